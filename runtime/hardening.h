// What nobody is to do with this process's memory.
#pragma once

namespace runtime {

// Call it first thing in main. Keys and tokens live in this memory: no core file is written, and no
// other process of the same user may look (RLIMIT_CORE, PR_SET_DUMPABLE). The addresses that were
// filled in at start, tables of functions among them, can be written no more (PT_GNU_RELRO): a
// dynamic loader sees to that, in a static program of musl's nobody does.
void harden_process();

}  // namespace runtime
