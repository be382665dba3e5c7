#include "engine/migrator.h"

#include "engine/command.h"
#include "engine/excerpt.h"
#include "engine/file_reading.h"
#include "engine/lock.h"
#include "engine/repair.h"

namespace engine {
namespace {

RepairState make_repair_state(const Revision& row) {
  return {row.applied, row.total, row.in_doubt, row.complete(), row.checksum, row.error};
}

RepairReport make_repair_report(const RepairRequest& request, const Migration& file) {
  static constexpr const char* kOutcomes[] = {"done", "notDone", "checksum"};
  RepairReport repair;
  repair.version = file.version;
  repair.file = file.file;
  repair.outcome = kOutcomes[static_cast<std::size_t>(request.outcome)];
  repair.statement = request.statement;
  const auto index = static_cast<std::size_t>(request.statement) - 1;
  if (index >= file.statements.size()) return repair;
  repair.line = file.statements[index].line;
  repair.column = file.statements[index].column;
  repair.text = make_excerpt(file.statements[index].text);
  return repair;
}

// What keeps the file's statements from being known.
std::vector<Problem> find_errors(VersionReading reading) {
  std::erase_if(reading.problems,
                [](const Problem& problem) { return problem.severity != Severity::kError; });
  return std::move(reading.problems);
}

// How the row is afterwards.
RepairState change_row(Command& command, Lock& lock, const Revision& before,
                       RepairDecision decision, RunReport* report) {
  decision.revision.applied_by = command.options.owner;
  command.ledger.repair(lock, before, decision.revision, decision.complete);
  command.look(report);
  report->problems.clear();  // of the plan: another command's
  report->status = Status::kRepaired;
  return make_repair_state(command.find_row(before.version).value_or(decision.revision));
}

void repair_locked(Command& command, const RepairRequest& request, Lock& lock, RunReport* report) {
  if (!is_untouched(command.state, lock)) command.look(report);
  report->problems.clear();
  const auto reading = read_version(command.source, request.version, command.options.format,
                                    command.state.revisions);
  const auto& file = reading.file;
  if (auto errors = find_errors(reading); !errors.empty()) {
    return refuse(report, std::move(errors));
  }
  const auto row = command.find_row(request.version);
  auto decision = decide_repair(request, file ? &*file : nullptr, row ? &*row : nullptr);
  if (decision.problem) return refuse(report, {std::move(*decision.problem)});
  if (!file || !row) return;  // then there was a problem
  auto repair = make_repair_report(request, *file);
  repair.changed = decision.changes;
  repair.before = repair.after = make_repair_state(*row);
  report->status = Status::kUpToDate;
  if (decision.changes) {
    repair.after = change_row(command, lock, *row, std::move(decision), report);
  }
  report->repair = std::move(repair);
}

void run_repair(Command& command, const RepairRequest& request, RunReport* report) {
  command.look(report);
  report->problems.clear();
  if (!command.state.exists) {
    const auto decision = decide_repair(request, nullptr, nullptr);
    if (decision.problem) refuse(report, {*decision.problem});
    return;
  }
  run_locked(command, report, [&](Lock& lock) { repair_locked(command, request, lock, report); });
}

}  // namespace

RunReport repair(Database& database, MigrationSource& source, const RepairRequest& request,
                 const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer, [&](Command& command, RunReport* report) {
    run_repair(command, request, report);
  });
}

}  // namespace engine
