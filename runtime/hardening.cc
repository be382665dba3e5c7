#include "runtime/hardening.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace runtime {
namespace {

void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// The first object is the program itself.
int protect_relocated(dl_phdr_info* program, std::size_t, void*) {
  const std::span segments(program->dlpi_phdr, program->dlpi_phnum);
  const auto relro = std::find_if(segments.begin(), segments.end(),
                                  [](const auto& one) { return one.p_type == PT_GNU_RELRO; });
  if (relro != segments.end()) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const std::uintptr_t start = program->dlpi_addr + relro->p_vaddr;
    const std::uintptr_t first = start / page * page;
    const std::uintptr_t end = (start + relro->p_memsz) / page * page;
    void* const address = reinterpret_cast<void*>(first);  // NOLINT(performance-no-int-to-ptr)
    mprotect(address, end - first, PROT_READ);
  }
  return 1;
}

}  // namespace

void harden_process() {
  dl_iterate_phdr(protect_relocated, nullptr);
  forbid_core_dumps();
}

}  // namespace runtime
