#include "engine/migrator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/command.h"
#include "engine/executor.h"
#include "engine/lock.h"
#include "engine/rollback.h"
#include "engine/run.h"

namespace engine {
namespace {

// Rows of repeatable migrations that changed say that nothing of them is done, before anything is.
void reopen(Command& command, Lock& lock) {
  auto& revisions = command.state.revisions;
  std::vector<Revision> reopened;
  for (const auto& step : command.plan.steps) {
    if (!step.reruns) continue;
    Revision row;
    row.version = find_revision(revisions, step.migration.version)->version;
    row.description = step.migration.description;
    row.kind = to_string(step.migration.kind);
    row.checksum = step.migration.checksum;
    row.total = step.total;
    row.applied_by = command.options.owner;
    reopened.push_back(std::move(row));
  }
  if (reopened.empty()) return;
  command.ledger.reopen(lock, reopened);
  for (auto& row : revisions) {
    const auto* now = find_revision(reopened, row.version);
    if (now != nullptr) row = *now;
  }
}

// False: the lock was not to be had as the look said.
bool execute(Command& command, Lock& lock, RunReport* report) {
  Run run{command.session, command.ledger, lock, command.options};
  return Executor(run, command.source, command.state.revisions).run(command.plan, report);
}

bool has_reruns(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const Step& step) { return step.reruns; });
}

// A lock that was free is taken on the way. Else what was found may have changed before it is ours.
void apply_with_lock(Command& command, Lock& lock, RunReport* report) {
  const bool reruns = has_reruns(command.plan);
  if (const auto free = find_free_lock(command.state); free && !reruns) {
    lock.expect(*free);
    if (execute(command, lock, report)) return;
  }
  if (!lock.held() && !acquire(command, lock, report)) return;
  if (!reruns || !is_untouched(command.state, lock)) command.look(report);
  if (ends_with_plan(command.plan, report)) return;
  reopen(command, lock);
  execute(command, lock, report);
}

// True when the files are an earlier release, and that is not for the plan to judge.
bool ends_with_rollback(Command& command, RunReport* report) {
  const auto wanted = command.options.on_rollback;
  if (wanted == OnRollback::kNone) return false;
  const auto versions = find_telling(command.plan);
  const auto telling =
      versions.empty() ? std::vector<Revision>() : command.ledger.read_rows(versions);
  if (!goes_backwards(command.plan, command.state.revisions, telling)) return false;
  report->problems = explain_rollback(command.plan, wanted);
  report->went_back = wanted != OnRollback::kFail;
  report->status = report->went_back ? Status::kUpToDate : Status::kInvalid;
  return true;
}

void run_apply(Command& command, RunReport* report) {
  command.look(report);
  if (ends_with_earlier_ledger(command, report)) return;
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
