// The answer's one sentence.
#include <algorithm>

#include "handler/response.h"

namespace handler {
namespace {

using engine::RunReport;
using engine::Status;

std::string place_of(const std::string& file, int line, int column) {
  if (file.empty() || line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string join(const std::string& place, const std::string& message, const std::string& hint) {
  std::string text = place.empty() ? message : place + ": " + message;
  if (!hint.empty()) text += (text.back() == '.' ? " Hint: " : ". Hint: ") + hint;
  return text;
}

std::string count_of(std::size_t n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string invalid_message(const RunReport& report) {
  std::size_t errors = 0;
  const engine::Problem* first = nullptr;
  for (const auto& problem : report.problems) {
    if (problem.severity != engine::Severity::kError) continue;
    if (errors++ == 0) first = &problem;
  }
  if (first == nullptr) return "the migration files have problems; nothing was applied";
  auto text = join(place_of(first->file, first->line, first->column), first->message, first->hint);
  if (errors > 1) text += " (and " + count_of(errors - 1, "more problem") + ")";
  const bool ended = text.back() == '.' || text.back() == '?';
  return text + (ended ? "" : ".") +
         (report.undoes ? " Nothing was undone." : " Nothing was applied.");
}

std::string failed_message(const RunReport& report) {
  if (!report.failure) return "the run failed";
  const auto& failure = *report.failure;
  auto message = failure.message;
  if (!failure.sqlstate.empty() && message.find(failure.sqlstate) == std::string::npos) {
    message += " (SQLSTATE " + failure.sqlstate + ")";
  }
  return join(place_of(failure.file, failure.line, failure.column), message, failure.hint);
}

std::string locked_message(const RunReport& report) {
  if (!report.lock) return "another run holds the lock";
  return "another run holds the lock: " + report.lock->owner + " since " + report.lock->since +
         ". Hint: try again later, or give a longer lockTimeout to wait for it";
}

std::string change_of(const char* name, const std::string& before, const std::string& after) {
  return before == after ? "" : std::string(", ") + name + " " + before + " -> " + after;
}

std::string doubt_of(const engine::RepairState& state) {
  return state.in_doubt == 0 ? "none" : "statement " + std::to_string(state.in_doubt);
}

std::string name_of(const engine::RepairReport& repair) {
  if (repair.statement == 0) {
    return "the checksum of version " + repair.version + " is that of " + repair.file;
  }
  return "statement " + std::to_string(repair.statement) + " of version " + repair.version +
         " is marked as " + (repair.outcome == "done" ? "done" : "not done");
}

// "statement 2 of version 7 is marked as done: applied 1 -> 2, in doubt statement 2 -> none".
std::string repair_message(const engine::RepairReport& repair) {
  if (!repair.changed) return "nothing to repair: " + name_of(repair) + " already";
  const auto& before = repair.before;
  const auto& after = repair.after;
  auto changes =
      change_of("applied", std::to_string(before.applied), std::to_string(after.applied)) +
      change_of("in doubt", doubt_of(before), doubt_of(after)) +
      change_of("statements", std::to_string(before.total), std::to_string(after.total));
  if (before.complete != after.complete) {
    changes += after.complete ? ", the file is complete" : ", the file is not complete any more";
  }
  if (!before.error.empty() && after.error.empty()) changes += ", its failure is cleared";
  return name_of(repair) + (changes.empty() ? "" : ": " + changes.substr(2));
}

// "3 migrations repaired: 1, 2, 7".
std::string repairs_message(const std::vector<engine::RepairReport>& repairs) {
  constexpr std::size_t kNamed = 10;
  if (repairs.empty()) return "nothing to repair";
  std::string text = count_of(repairs.size(), "migration") + " repaired: ";
  for (std::size_t i = 0; i < std::min(repairs.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + repairs[i].version;
  }
  return repairs.size() > kNamed ? text + ", ..." : text;
}

// "version 3 as applied up to statement 1 of 2".
std::string part_of(const engine::PartlyMarked& file) {
  const auto version = "version " + file.version;
  if (file.applied == 0) return version + " as begun, with nothing of it applied";
  return version + " as applied up to statement " + std::to_string(file.applied) + " of " +
         std::to_string(file.total);
}

// "2 migrations are marked as applied, up to version 2; nothing was run", or "..., and version 3 as
// applied up to statement 1 of 2; ...".
std::string adopt_message(const engine::AdoptReport& adopted) {
  const auto marked = adopted.marked;
  const auto& last = adopted.last_version;
  if (last.empty()) return "the history is taken over, and covers none of the files";
  if (marked == 0 && adopted.partial.empty())
    return "nothing to mark: version " + last + " and all before it are in the ledger";
  auto text = count_of(static_cast<std::size_t>(marked), "migration") +
              (marked == 1 ? " is" : " are") + " marked as applied";
  if (adopted.partial.empty()) text += ", up to version " + last;
  for (const auto& file : adopted.partial) {
    text += (&file == &adopted.partial.back() ? ", and " : ", ") + part_of(file);
  }
  return text + "; nothing was run";
}

// "4 migrations are valid, 2 of them applied".
std::string valid_message(const RunReport& report) {
  const auto applied = static_cast<std::size_t>(report.already_applied);
  const auto all = count_of(applied + report.pending.size(), "migration") +
                   (applied + report.pending.size() == 1 ? " is valid" : " are valid");
  if (report.round_trips == 0) return all + "; no database was asked";
  return all + ", " + std::to_string(applied) + " of them applied; the database is at " +
         (report.current_version.empty() ? "no version yet" : "version " + report.current_version);
}

std::string info_message(const engine::InfoReport& info, const std::string& at) {
  auto text = count_of(static_cast<std::size_t>(info.total), "migration") + ", " +
              std::to_string(info.pending) + " of them pending; the database is at " + at;
  if (!info.next.empty()) text += ". There are more: ask again with after " + info.next;
  return text;
}

std::string sum_message(const engine::SumReport& sum, const RunReport& report) {
  const auto& to = sum.written_to;
  if (report.status == Status::kUpToDate && to.empty()) return "atlas.sum is right";
  const auto& problem = report.problems.front();
  if (!to.empty()) return to + " is written; before that: " + problem.message;
  return "atlas.sum is to be written anew, its text is in sum: " + problem.message;
}

std::string rollback_message(const RunReport& report, const std::string& at) {
  const auto& to = report.target_version;
  return "the files go back to " + (to.empty() ? std::string("no version") : "version " + to) +
         "; the database stays as it is, at " + at + ": nothing was changed";
}

}  // namespace

std::string make_message(const RunReport& report) {
  const auto at = report.current_version.empty() ? std::string("no version yet")
                                                 : "version " + report.current_version;
  switch (report.status) {
    case Status::kUpToDate:
      if (report.went_back) return rollback_message(report, at);
      if (report.repair) return repair_message(*report.repair);
      if (report.repairs) return repairs_message(*report.repairs);
      if (report.adopted) return adopt_message(*report.adopted);
      if (report.info) return info_message(*report.info, at);
      if (report.sum) return sum_message(*report.sum, report);
      if (report.undoes) return "nothing to undo; the database is at " + at;
      return "the database is up to date at " + at;
    case Status::kApplied:
      return count_of(count_applied(report), "migration") + " applied" +
             (report.jobs.empty() ? ""
                                  : ", " + count_of(report.jobs.size(), "job") + " under way") +
             "; the database is at " + at;
    case Status::kContinue:
      return "the time budget ended; " + count_of(report.pending.size(), "migration") +
             " left; run again to continue";
    case Status::kValid:
      return valid_message(report);
    case Status::kPending:
      if (report.info) return info_message(*report.info, at);
      if (report.sum) return sum_message(*report.sum, report);
      return count_of(report.pending.size(), "migration") + " pending; the database is at " + at;
    case Status::kPlanned:
      return count_of(report.plan ? report.plan->steps.size() : 0, "migration") +
             (report.undoes ? " would be undone" : " would be applied");
    case Status::kUndone:
      return count_of(report.undone.size(), "migration") + " undone; the database is at " + at;
    case Status::kRepaired:
      if (report.repairs) return repairs_message(*report.repairs);
      return report.repair ? repair_message(*report.repair) : "repaired";
    case Status::kAdopted:
      return report.adopted ? adopt_message(*report.adopted) : "marked as applied";
    case Status::kInvalid:
      return invalid_message(report);
    case Status::kLocked:
      return locked_message(report);
    case Status::kFailed:
      return failed_message(report);
  }
  return "";
}

}  // namespace handler
