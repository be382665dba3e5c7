#include "engine/migrator.h"

#include "engine/command.h"
#include "engine/executor.h"
#include "engine/lock.h"
#include "engine/rollback.h"
#include "engine/run.h"

namespace engine {
namespace {

void apply_locked(Command& command, Lock& lock, RunReport* report) {
  if (!is_untouched(command.state, lock)) {
    command.look(report);
    if (ends_with_plan(command.plan, report)) return;
  }
  Run run{command.session, command.ledger, lock, command.options};
  Executor(run, command.source, command.state.revisions).run(command.plan, report);
}

// True when the files are an earlier release, and that is not for the plan to judge.
bool ends_with_rollback(const Command& command, RunReport* report) {
  const auto wanted = command.options.on_rollback;
  if (wanted == OnRollback::kNone) return false;
  if (!goes_backwards(command.plan, command.state.revisions)) return false;
  report->problems = explain_rollback(command.plan, wanted);
  report->went_back = wanted == OnRollback::kIgnore;
  report->status = report->went_back ? Status::kUpToDate : Status::kInvalid;
  return true;
}

void run_apply(Command& command, RunReport* report) {
  command.look(report);
  if (ends_with_rollback(command, report)) return;
  if (ends_with_plan(command.plan, report)) return;
  if (ends_with_history(command, report)) return;
  // A lock that nobody has had: when it then is ours first, the ledger is empty, as the look said.
  if (!command.state.exists && command.ledger.ensure()) command.state.lock.emplace();
  run_locked(command, report, [&](Lock& lock) { apply_locked(command, lock, report); });
}

}  // namespace

RunReport apply(Database& database, MigrationSource& source, const RunOptions& options,
                const Observer& observer) {
  return run_command(database, source, options, observer, run_apply);
}

}  // namespace engine
