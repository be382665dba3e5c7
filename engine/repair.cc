#include "engine/repair.h"

#include <algorithm>
#include <utility>

#include "engine/excerpt.h"
#include "engine/jobs.h"
#include "engine/plan.h"

namespace engine {
namespace {

using Outcome = RepairRequest::Outcome;

int count_statements(const Migration& file) { return static_cast<int>(file.statements.size()); }

std::string number_of(int statement) { return "statement " + std::to_string(statement); }

// Of Revision::job_ids: "3:ID" is under way; "3:" was submitted and its id not recorded, or has
// failed, and is to be sent again. "3:=NAME" of one that is not applied is no job, but the name
// that was chosen for its index.
bool is_name_only(const std::string& entry, int applied) {
  return std::stoi(entry) > applied && names_no_job(entry) && entry.find('=') != entry.npos;
}

std::optional<std::string> find_entry(const Revision& row, int statement) {
  const auto prefix = std::to_string(statement) + ":";
  const auto found =
      std::find_if(row.job_ids.begin(), row.job_ids.end(),
                   [&](const std::string& entry) { return entry.starts_with(prefix); });
  return found == row.job_ids.end() ? std::nullopt : std::optional(*found);
}

std::string describe_possible(const Migration& file, const Revision& row) {
  std::string text = "Possible now: ";
  const bool next = row.applied < count_statements(file);
  if (next) text += "done for " + number_of(row.applied + 1);
  if (row.in_doubt > row.applied) text += ", notDone for " + number_of(row.in_doubt);
  if (row.applied > 0) {
    text += std::string(next ? ", " : "") + "notDone with force for " + number_of(row.applied);
  }
  return text + (next || row.applied > 0 ? ", " : "") + "checksum.";
}

// One decision being made.
class Decider {
 public:
  Decider(const RepairRequest& request, const Migration& file, const Revision& row)
      : request_(request), file_(file), row_(row) {
    decision_.revision = row;
    decision_.complete = row.complete();
  }

  RepairDecision decide() {
    if (request_.outcome == Outcome::kChecksum) {
      accept_file();
    } else if (request_.statement < 1 || request_.statement > count_statements(file_)) {
      refuse("the file has " + std::to_string(file_.statements.size()) + " statements, and no " +
             number_of(request_.statement));
    } else if (const auto entry = find_entry(row_, request_.statement);
               entry && !is_name_only(*entry, row_.applied)) {
      decide_job(*entry);
    } else if (request_.outcome == Outcome::kDone) {
      mark_done();
    } else {
      mark_not_done();
    }
    return std::move(decision_);
  }

 private:
  void mark_done() {
    if (request_.statement > row_.applied + 1) {
      return refuse(number_of(request_.statement) + " comes after one that is not done, " +
                    number_of(row_.applied + 1));
    }
    const bool recorded = request_.statement <= row_.applied;
    if (recorded && row_.in_doubt != request_.statement) return;
    if (!check_edits(std::max(row_.applied, row_.in_doubt))) return;
    if (!recorded) {
      decision_.revision.applied = request_.statement;
      decision_.revision.progress = 0;
      if (const auto name = find_entry(row_, request_.statement)) {
        std::erase(decision_.revision.job_ids, *name);
      }
    }
    if (take_file()) settle();
  }

  void mark_not_done() {
    if (request_.statement <= row_.applied) return take_back();
    if (request_.statement > row_.applied + 1) {
      return refuse(number_of(request_.statement) + " was never sent");
    }
    if (row_.in_doubt != request_.statement && row_.error.empty()) return;
    if (!check_edits(row_.applied)) return;
    if (request_.force && !take_file()) return;
    settle();
  }

  // Nothing of an earlier owner can land any more, so that `applied` may go down here; one at a
  // time, because what comes after a statement may rest on it.
  void take_back() {
    const auto number = number_of(request_.statement);
    if (request_.statement < row_.applied) {
      return refuse(number + " is recorded as done, and so is one after it");
    }
    if (!request_.force) {
      return refuse(number + " is recorded as done",
                    "Add force when it has to be sent again: if it did take effect, it then does "
                    "so twice.");
    }
    if (row_.progress > 0) {
      return refuse("a part of " + number_of(row_.applied + 1) + ", after it, is done",
                    "Run apply, which finishes that one, or mark it as done.");
    }
    if (!check_edits(row_.applied - 1)) return;
    decision_.revision.applied = row_.applied - 1;
    if (take_file()) settle();
  }

  // Of one that failed nothing is under way: done says that it was made by hand or is given up, not
  // done what the row says, that it is sent again.
  void decide_job(const std::string& entry) {
    if (!names_no_job(entry) || row_.error.empty()) {
      return refuse(number_of(request_.statement) + " has an asynchronous job that is not settled",
                    "Run apply, which asks the catalog how it ended.");
    }
    if (request_.outcome == Outcome::kDone) {
      if (!check_edits(std::max(row_.applied, row_.in_doubt))) return;
      std::erase(decision_.revision.job_ids, entry);
      if (!take_file()) return;
    }
    clear_failure();
  }

  void accept_file() {
    if (row_.complete()) {
      decision_.revision.applied = count_statements(file_);
    } else if (count_statements(file_) < row_.applied) {
      return refuse("the file has fewer statements than are applied of it",
                    "Put back what was applied; or, when that is undone in the database, mark the "
                    "statements as notDone with force, from the last one.");
    } else if (row_.in_doubt > row_.applied && find_edit(row_, file_, number(row_.in_doubt))) {
      return refuse("an edit cannot be accepted while it is not known whether " +
                        number_of(row_.in_doubt) + " took effect",
                    "Mark it as done or notDone first.");
    }
    if (!take_file()) return;
    decision_.changes = decision_.revision.checksum != row_.checksum ||
                        decision_.revision.description != row_.description ||
                        decision_.revision.statement_hashes != row_.statement_hashes;
  }

  static std::size_t number(int statement) { return static_cast<std::size_t>(statement); }

  // False, and refused, when one of the first `count` statements is not as it was.
  bool check_edits(int count) {
    if (request_.force) return true;
    const auto edit = find_edit(row_, file_, number(count));
    if (!edit) return true;
    refuse(number_of(static_cast<int>(*edit) + 1) +
               " was changed after it was applied, or while it was in doubt",
           "Put it back as it was; or add force when the file as it is now says what was applied.",
           *edit < file_.statements.size() ? &file_.statements[*edit] : nullptr);
    return false;
  }

  // As when a run begins with the file. False, and refused, when something that goes on by its
  // number and its text would be another one.
  bool take_file() {
    auto& revision = decision_.revision;
    for (const auto& entry : revision.job_ids) {
      const int statement = std::stoi(entry);
      if (is_name_only(entry, revision.applied) || !is_changed(statement)) continue;
      return refuse_job(statement, names_no_job(entry));
    }
    const int next = revision.applied + 1;
    if (revision.progress > 0 && is_changed(next) && !is_batch(next)) return refuse_part(next);
    revision.checksum = file_.checksum;
    revision.description = file_.description;
    revision.total = count_statements(file_);
    revision.statement_hashes.clear();
    for (const auto& statement : file_.statements) {
      revision.statement_hashes.push_back(statement.hash);
    }
    return true;
  }

  const Statement* find_statement(int statement) const {
    const auto index = number(statement) - 1;
    return index < file_.statements.size() ? &file_.statements[index] : nullptr;
  }

  // May be changed between two rounds.
  bool is_batch(int statement) const {
    const auto* now = find_statement(statement);
    return now != nullptr && now->batch;
  }

  bool is_changed(int statement) const {
    const auto& hashes = row_.statement_hashes;
    if (hashes.empty()) return false;  // not known
    const auto* now = find_statement(statement);
    if (now == nullptr || hashes.size() < number(statement)) return true;
    return now->hash != hashes[number(statement) - 1];
  }

  bool refuse_job(int statement, bool again) {
    refuse(number_of(statement) + " is another one now, while " +
               (again ? "the one before it is to be sent again, as its job failed or is not known"
                      : "the asynchronous job of the one before it is not settled"),
           "Put it back where and as it was, and run apply, which asks the catalog; or, when its "
           "job failed, first mark it as done, with force: it was made by hand, or is given up.",
           find_statement(statement));
    return false;
  }

  bool refuse_part(int statement) {
    refuse(number_of(statement) +
               " is another one now, while a part of the one before it is done " + "(progress " +
               std::to_string(row_.progress) + ")",
           "Put it back as it was, and run apply, which does the rest of it; or do the rest by "
           "hand, and mark it as done.",
           find_statement(statement));
    return false;
  }

  // The doubt and the failure were of the statement that is decided now.
  void settle() {
    decision_.revision.in_doubt = 0;
    clear_failure();
  }

  void clear_failure() {
    auto& revision = decision_.revision;
    revision.error.clear();
    revision.error_statement.clear();
    revision.error_sqlstate.clear();
    decision_.complete =
        revision.applied == revision.total && revision.in_doubt == 0 && revision.job_ids.empty();
    decision_.changes = true;
  }

  void refuse(std::string message, std::string hint = "", const Statement* at = nullptr) {
    Problem problem;
    problem.code = "repair-refused";
    problem.file = file_.file;
    problem.message = std::move(message);
    problem.hint = hint.empty() ? describe_possible(file_, row_) : std::move(hint);
    if (at != nullptr) {
      problem.line = at->line;
      problem.column = at->column;
      problem.statement = make_excerpt(at->text);
    }
    decision_.problem = std::move(problem);
  }

  const RepairRequest& request_;
  const Migration& file_;
  const Revision& row_;
  RepairDecision decision_;
};

RepairDecision refuse_version(std::string message, std::string hint) {
  RepairDecision decision;
  decision.problem.emplace();
  decision.problem->code = "repair-refused";
  decision.problem->message = std::move(message);
  decision.problem->hint = std::move(hint);
  return decision;
}

}  // namespace

Problem make_below_baseline(const std::string& version, const std::string& baseline) {
  return make_problem("repair-refused",
                      "version " + version +
                          " is not in the ledger: the database began at version " + baseline +
                          ", and nothing up to there is run",
                      "Nothing has to be repaired; what is still to be done belongs into a new "
                      "migration.");
}

int find_failed_statement(const Revision& row) {
  const auto lost = std::find_if(row.job_ids.begin(), row.job_ids.end(), names_no_job);
  return lost == row.job_ids.end() ? row.applied + 1 : std::stoi(*lost);
}

RepairDecision decide_repair(const RepairRequest& request, const Migration* file,
                             const Revision* row) {
  const auto version = "version " + request.version;
  if (row == nullptr || row->is_undone()) {
    return refuse_version(version + " is not in the ledger",
                          "Only a migration that a run has begun with can be repaired.");
  }
  if (file == nullptr) {
    return refuse_version(version + (row->is_undo() ? " has no undo file" : " has no file"),
                          "Its statements have to be known: name the source that has the file.");
  }
  return Decider(request, *file, *row).decide();
}

}  // namespace engine
