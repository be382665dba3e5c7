// SIGTERM ends the process.
#pragma once

namespace runtime {

// From now on SIGTERM ends this process at once with exit code 0, by _exit from the signal handler:
// the one way that is the same, and prompt, while waiting for an invocation, inside libpq, inside a
// name lookup and between statements. Nothing is lost by it, because nothing is kept for the end:
// each log line is already written, and what the migration did is in its ledger. Lambda sends
// SIGKILL at most 500 ms later (it sends SIGTERM only where an extension is registered, at
// spin-down or after a time-out), so a correct end can depend on no handler anyway.
//
// Call it first thing in a process that serves; a command line keeps the default action.
void end_on_sigterm();

// Runs `hook` in the signal handler before the process ends; nullptr for none. It must be
// async-signal-safe and quick (PQcancel is documented as such). Replaces the one before.
void set_termination_hook(void (*hook)() noexcept);

}  // namespace runtime
