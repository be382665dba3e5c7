#include <algorithm>
#include <utility>

#include "engine/command.h"
#include "engine/executor.h"
#include "engine/file_reading.h"
#include "engine/lock.h"
#include "engine/migrator.h"
#include "engine/run.h"
#include "engine/undo.h"

namespace engine {
namespace {

// The last version was taken back by this very invocation: it is delivered again, and what is the
// last one now is not meant.
bool is_repeated(Command& command, const UndoRequest& request, const UndoChoice& choice) {
  if (!request.to_version.empty() || choice.files.empty()) return false;
  const auto& last = choice.files.front();
  if (last.row != nullptr) return false;
  for (const auto& row : command.state.revisions) {
    if (!row.is_undone() || compare_versions(row.version, last.listed.name.version) < 0) continue;
    const auto whole = command.find_row(row.version);
    return whole && whole->applied_by == command.options.owner;
  }
  return false;
}

// Reads the ledger and the undo files; false when the report says how it ended.
bool look(Command& command, const UndoRequest& request, UndoChoice* choice, RunReport* report) {
  command.state = command.ledger.read();
  if (ends_with_earlier_ledger(command, report)) return false;
  const auto listing = list_migrations(command.source.entries(), command.options.format);
  *choice = choose_undo(listing, command.state.revisions, request.to_version);
  report->current_version = find_current_version(command.state.revisions);
  if (is_repeated(command, request, *choice))
    *choice = {listing.format, {}, {}, report->current_version};
  report->target_version = choice->stays;
  if (!choice->problems.empty()) {
    refuse(report, choice->problems);
    return false;
  }
  command.plan = read_undo_plan(command.source, *choice, command.options, request.dry_run);
  report->problems = command.plan.problems;
  report->already_applied = 0;
  for (const auto& row : command.state.revisions) {
    if (row.complete() && !row.is_undo()) ++report->already_applied;
  }
  report->pending = make_pending(command.plan, 0);
  return !ends_with_plan(command.plan, report);
}

void take_back(Command& command, const UndoChoice& choice, Lock& lock, RunReport* report) {
  auto options = command.options;
  options.wait_for_indexes = true;  // the version is half taken back until they have ended
  Run run{command.session, command.ledger, lock, options};
  Executor(run, command.source, command.state.revisions).run(command.plan, report);
  if (report->status == Status::kApplied) report->status = Status::kUndone;
  report->undone = std::exchange(report->migrations, {});
  std::vector<std::string> versions;
  versions.reserve(report->undone.size());
  for (const auto& result : report->undone) versions.push_back(result.version);
  report->current_version = find_current_version(command.state.revisions, versions);
  report->target_version = choice.stays;
}

void run_undo(Command& command, const UndoRequest& request, RunReport* report) {
  report->undoes = true;
  UndoChoice choice;
  if (!look(command, request, &choice, report)) return;
  if (request.dry_run) {
    report->status = Status::kPlanned;
    report->plan = command.plan;
    return;
  }
  command.ensure_ledger();
  run_locked(command, report, [&](Lock& lock) {
    if (!is_untouched(command.state, lock) && !look(command, request, &choice, report)) return;
    take_back(command, choice, lock, report);
  });
}

}  // namespace

RunReport undo(Database& database, MigrationSource& source, const UndoRequest& request,
               const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer, [&](Command& command, RunReport* report) {
    run_undo(command, request, report);
  });
}

}  // namespace engine
