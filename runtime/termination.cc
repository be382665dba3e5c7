#include "runtime/termination.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace runtime {
namespace {

using Hook = void (*)() noexcept;

std::atomic<Hook> termination_hook{nullptr};
static_assert(std::atomic<Hook>::is_always_lock_free, "read in a signal handler");

extern "C" void end_process(int) {
  if (const Hook hook = termination_hook.exchange(nullptr)) hook();
  _exit(0);
}

}  // namespace

void end_on_sigterm() {
  struct sigaction action{};
  action.sa_handler = end_process;
  sigfillset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  // A parent may have started this process with the signal blocked.
  sigset_t only_sigterm;
  sigemptyset(&only_sigterm);
  sigaddset(&only_sigterm, SIGTERM);
  sigprocmask(SIG_UNBLOCK, &only_sigterm, nullptr);
}

void set_termination_hook(Hook hook) { termination_hook.store(hook); }

}  // namespace runtime
