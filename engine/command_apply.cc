#include "engine/migrator.h"

#include "engine/command.h"
#include "engine/executor.h"
#include "engine/lock.h"
#include "engine/rollback.h"
#include "engine/run.h"

namespace engine {
namespace {

// False: the lock was not to be had as the look said.
bool execute(Command& command, Lock& lock, RunReport* report) {
  Run run{command.session, command.ledger, lock, command.options};
  return Executor(run, command.source, command.state.revisions).run(command.plan, report);
}

// A lock that was free is taken on the way. Else what was found may have changed before it is ours.
void apply_with_lock(Command& command, Lock& lock, RunReport* report) {
  if (const auto free = find_free_lock(command.state)) {
    lock.expect(*free);
    if (execute(command, lock, report)) return;
  }
  if (!lock.held() && !acquire(command, lock, report)) return;
  command.look(report);
  if (!ends_with_plan(command.plan, report)) execute(command, lock, report);
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
  command.ensure_ledger();
  run_with_lock(command, report, [&](Lock& lock) { apply_with_lock(command, lock, report); });
}

}  // namespace

RunReport apply(Database& database, MigrationSource& source, const RunOptions& options,
                const Observer& observer) {
  return run_command(database, source, options, observer, run_apply);
}

}  // namespace engine
