#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/excerpt.h"
#include "engine/file_reading.h"
#include "engine/lock.h"
#include "engine/migrator.h"
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

// Whether the plan says that the applied part of that file, or its name, is another one now.
bool is_edited(const Plan& plan, const std::string& file) {
  static constexpr std::string_view kCodes[] = {"checksum-mismatch", "layout-changed",
                                                "description-differs", "partial-file-edited",
                                                "in-doubt-statement-edited"};
  return std::any_of(plan.problems.begin(), plan.problems.end(), [&](const Problem& problem) {
    return problem.file == file &&
           std::find(std::begin(kCodes), std::end(kCodes), problem.code) != std::end(kCodes);
  });
}

// A repair as it was decided, before anything is written.
struct Decided {
  RepairReport shown;
  Revision before;
  RepairDecision decision;
};

// nullopt, and why, when it is refused.
std::optional<Decided> decide(Command& command, const RepairRequest& request,
                              std::vector<Problem>* problems) {
  const auto row = command.find_row(request.version);
  const bool undo = row && row->is_undo();
  const auto reading =
      read_version(command.source, request.version, command.options.format, command.state.revisions,
                   undo ? MigrationKind::kUndo : MigrationKind::kVersioned);
  const auto& file = reading.file;
  if (auto errors = find_errors(reading); !errors.empty()) {
    problems->insert(problems->end(), errors.begin(), errors.end());
    return std::nullopt;
  }
  if (const auto baseline = find_baseline(command.state.revisions);
      !row && is_up_to(request.version, baseline)) {
    problems->push_back(make_below_baseline(request.version, baseline));
    return std::nullopt;
  }
  auto decision = decide_repair(request, file ? &*file : nullptr, row ? &*row : nullptr);
  if (decision.problem) {
    problems->push_back(std::move(*decision.problem));
    return std::nullopt;
  }
  if (!file || !row) return std::nullopt;  // then there was a problem
  Decided decided{make_repair_report(request, *file), *row, std::move(decision)};
  decided.shown.changed = decided.decision.changes;
  decided.shown.before = decided.shown.after = make_repair_state(*row);
  return decided;
}

void write(Command& command, Lock& lock, Decided& decided) {
  auto& revision = decided.decision.revision;
  revision.applied_by = command.options.owner;
  command.ledger.repair(lock, decided.before, revision, decided.decision.complete);
}

// How the row is afterwards.
void show_after(Command& command, Decided& decided) {
  const auto row = command.find_row(decided.before.version);
  decided.shown.after = make_repair_state(row.value_or(decided.decision.revision));
}

void look_again(Command& command, RunReport* report) {
  command.look(report);
  report->problems.clear();  // of the plan: another command's
  report->status = Status::kRepaired;
}

void repair_one(Command& command, const RepairRequest& request, Lock& lock, RunReport* report) {
  std::vector<Problem> problems;
  auto decided = decide(command, request, &problems);
  if (!decided) return refuse(report, std::move(problems));
  report->status = Status::kUpToDate;
  if (decided->decision.changes) {
    write(command, lock, *decided);
    look_again(command, report);
    show_after(command, *decided);
  }
  report->repair = std::move(decided->shown);
}

// The repairs that a request without a version is for: of all files that were edited, or of all
// that failed.
std::vector<RepairRequest> find_repairs(const Command& command, const RepairRequest& request) {
  std::vector<RepairRequest> repairs;
  const auto listing = list_migrations(command.source.entries(), command.options.format);
  for (const auto& file : listing.files) {
    const auto* row = find_revision(command.state.revisions, file.name.version);
    if (row == nullptr) continue;
    const auto& name = command.source.entries()[file.entry].name;
    const bool wanted = request.outcome == RepairRequest::Outcome::kChecksum
                            ? is_edited(command.plan, name)
                            : !row->complete() && !row->error.empty();
    if (!wanted) continue;
    repairs.push_back(request);
    repairs.back().version = row->version;
    if (request.outcome == RepairRequest::Outcome::kNotDone) {
      repairs.back().statement = find_failed_statement(*row);
    }
  }
  return repairs;
}

// Nothing is written unless every one of them can be. One that is cut off is finished when it is
// repeated.
void repair_all(Command& command, const RepairRequest& request, Lock& lock, RunReport* report) {
  std::vector<Problem> problems;
  std::vector<Decided> all;
  for (const auto& one : find_repairs(command, request)) {
    auto decided = decide(command, one, &problems);
    if (decided && decided->decision.changes) all.push_back(std::move(*decided));
  }
  if (!problems.empty()) return refuse(report, std::move(problems));
  for (auto& decided : all) write(command, lock, decided);
  look_again(command, report);
  if (all.empty()) report->status = Status::kUpToDate;
  report->repairs.emplace();
  for (auto& decided : all) {
    show_after(command, decided);
    report->repairs->push_back(std::move(decided.shown));
  }
}

void repair_locked(Command& command, const RepairRequest& request, Lock& lock, RunReport* report) {
  if (!is_untouched(command.state, lock)) command.look(report);
  report->problems.clear();
  if (const auto* marking = find_unfinished_marking(command.state.revisions)) {
    return refuse(report, {make_unfinished_marking(*marking)});
  }
  if (request.version.empty()) {
    repair_all(command, request, lock, report);
  } else {
    repair_one(command, request, lock, report);
  }
}

void run_repair(Command& command, const RepairRequest& request, RunReport* report) {
  command.look(report);
  report->problems.clear();
  if (ends_with_earlier_ledger(command, report)) return;
  if (!command.state.exists && command.state.revisions.empty()) {
    const auto decision = decide_repair(request, nullptr, nullptr);
    if (decision.problem) refuse(report, {*decision.problem});
    return;
  }
  command.ensure_ledger();
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
