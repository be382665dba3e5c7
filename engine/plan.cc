#include "engine/plan.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "engine/excerpt.h"
#include "engine/insert_parts.h"

namespace engine {
namespace {

struct VersionLess {
  bool operator()(const std::string& a, const std::string& b) const {
    return compare_versions(a, b) < 0;
  }
};

using RevisionsByVersion = std::map<std::string, const Revision*, VersionLess>;

Problem make_problem(const std::string& file, std::string code, std::string message,
                     std::string hint) {
  Problem problem;
  problem.code = std::move(code);
  problem.file = file;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

Problem at_statement(Problem problem, const Statement& statement) {
  problem.line = statement.line;
  problem.column = statement.column;
  problem.statement = make_excerpt(statement.text);
  return problem;
}

std::string highest_complete(const std::vector<Revision>& revisions) {
  std::string highest;
  for (const Revision& revision : revisions) {
    if (!revision.complete()) continue;
    if (highest.empty() || compare_versions(highest, revision.version) < 0) {
      highest = revision.version;
    }
  }
  return highest;
}

// Rows that another tool wrote have no hashes.
bool has_hashes(const Revision& revision) {
  return !revision.statement_hashes.empty() || revision.total == 0;
}

}  // namespace

std::optional<std::size_t> find_edit(const Revision& revision, const Migration& migration,
                                     std::size_t count) {
  if (!has_hashes(revision)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= migration.statements.size() || i >= revision.statement_hashes.size() ||
        migration.statements[i].hash != revision.statement_hashes[i]) {
      return i;
    }
  }
  return std::nullopt;
}

namespace {

// `index` is the first statement that differs, nullopt when that is not known.
Problem make_checksum_mismatch(const Revision& revision, const Migration& migration,
                               std::optional<std::size_t> index) {
  Problem problem = make_problem(
      migration.file, "checksum-mismatch",
      "version " + migration.version + " was changed after it was applied",
      "Put the file back as it was and write the change as a new migration; or, when the "
      "change is one of words only, accept it: command repair, outcome checksum.");
  if (!index) return problem;
  const bool gone = *index >= migration.statements.size();
  const bool added = *index >= revision.statement_hashes.size();
  problem.message += ": statement " + std::to_string(*index + 1) +
                     (gone    ? " is gone"
                      : added ? " is new"
                              : " is another one");
  return gone ? problem : at_statement(std::move(problem), migration.statements[*index]);
}

Problem make_layout_changed(const Migration& migration) {
  Problem problem = make_problem(
      migration.file, "layout-changed",
      "version " + migration.version + " was reformatted after it was applied",
      "Nothing needs to be done: its statements are the same, only layout or comments changed.");
  problem.severity = Severity::kWarning;
  return problem;
}

void check_applied(const Revision& revision, const Migration& migration,
                   std::vector<Problem>& problems) {
  const bool ours = revision.checksum.starts_with("sha256:");
  if (!ours || revision.checksum == migration.checksum) return;
  const std::size_t count = std::max(revision.statement_hashes.size(), migration.statements.size());
  const std::optional<std::size_t> edit = find_edit(revision, migration, count);
  if (edit || !has_hashes(revision)) {
    problems.push_back(make_checksum_mismatch(revision, migration, edit));
  } else {
    problems.push_back(make_layout_changed(migration));
  }
}

Problem make_out_of_order(const Migration& migration, const std::string& current) {
  return make_problem(migration.file, "out-of-order",
                      "version " + migration.version + " is not applied, but " + current +
                          ", which comes after it, is",
                      "Give the file a version above " + current + ".");
}

Problem make_partial_edited(const Revision& revision, const Migration& migration,
                            std::size_t index) {
  const std::string number = std::to_string(index + 1);
  Problem problem =
      make_problem(migration.file, "partial-file-edited",
                   "statement " + number + " was changed after it was applied; " +
                       std::to_string(revision.applied) + " of " + std::to_string(revision.total) +
                       " statements of version " + migration.version + " are applied",
                   "Put statement " + number + " back as it was; only what comes after statement " +
                       std::to_string(revision.applied) + " may still be changed.");
  if (index >= migration.statements.size()) {
    problem.message = "statement " + number + " is gone after it was applied; " +
                      std::to_string(revision.applied) + " of " + std::to_string(revision.total) +
                      " statements of version " + migration.version + " are applied";
    return problem;
  }
  return at_statement(std::move(problem), migration.statements[index]);
}

// A batch may be changed between two rounds: the next one asks anew which rows are left.
bool is_part_edited(const Revision& revision, const Migration& migration, std::size_t index) {
  if (revision.progress == 0 || !find_edit(revision, migration, index + 1)) return false;
  return index >= migration.statements.size() || !migration.statements[index].batch;
}

Problem make_part_edited(const Revision& revision, const Migration& migration, std::size_t index) {
  const std::string number = std::to_string(index + 1);
  Problem problem = make_problem(
      migration.file, "partial-file-edited",
      "statement " + number + " was changed after a part of it was applied (progress " +
          std::to_string(revision.progress) + ")",
      "Put statement " + number + " back as it was and run apply, which does the rest of it.");
  const bool gone = index >= migration.statements.size();
  return gone ? problem : at_statement(std::move(problem), migration.statements[index]);
}

Problem make_in_doubt_edited(const Migration& migration, std::size_t index) {
  const std::string number = std::to_string(index + 1);
  return at_statement(make_problem(migration.file, "in-doubt-statement-edited",
                                   "statement " + number +
                                       " was changed while it is not known whether it took "
                                       "effect as it was before",
                                   "Put statement " + number +
                                       " back as it was and run apply, which finds out; "
                                       "then write the change as a new migration."),
                      migration.statements[index]);
}

Problem make_missing_file(const Revision& revision) {
  Problem problem = make_problem(
      "", "missing-file", "version " + revision.version + " is in the ledger, but has no file",
      "Put the file back, or leave it out for good: what it did stays in the database.");
  problem.severity = Severity::kWarning;
  if (!revision.complete()) {
    problem.severity = Severity::kError;
    problem.message = "version " + revision.version + " is partly applied (" +
                      std::to_string(revision.applied) + " of " + std::to_string(revision.total) +
                      " statements), but has no file";
    problem.hint = "Put the file back so that it can be finished.";
  }
  return problem;
}

// The executor writes the number ahead: a statement that cannot share a transaction with its record
// is in doubt from the record before it until its own, and every orderly end clears that.
bool next_is_in_doubt(const Revision& revision, const Migration& migration) {
  const auto next = static_cast<std::size_t>(revision.applied);
  return next < migration.statements.size() && revision.in_doubt == revision.applied + 1;
}

PlannedStatement make_planned(const Migration& migration, std::size_t index, Dialect dialect) {
  const Statement& statement = migration.statements[index];
  PlannedStatement planned;
  planned.number = static_cast<int>(index) + 1;
  planned.line = statement.line;
  planned.column = statement.column;
  planned.hash = statement.hash;
  planned.text = statement.text;
  planned.prepared = prepare_statement(statement, dialect);
  const bool insert = dialect == Dialect::kDsql && statement.kind == StatementKind::kDml;
  if (statement.batch) {
    planned.passes = Passes::kRounds;
  } else if (insert && must_be_cut(statement.text)) {
    planned.passes = Passes::kParts;
  }
  return planned;
}

// The statements from the `applied`th on.
Step make_step(const Migration& migration, std::size_t applied, Dialect dialect,
               std::vector<Problem>& problems) {
  Step step;
  step.migration = migration;
  step.resumes = applied > 0;
  for (std::size_t i = applied; i < migration.statements.size(); ++i) {
    step.statements.push_back(make_planned(migration, i, dialect));
    for (Problem& problem : lint_statement(migration.statements[i], migration.file, dialect)) {
      problems.push_back(std::move(problem));
    }
  }
  for (Statement& statement : step.migration.statements) statement.text.clear();
  return step;
}

Step resume_step(const Revision& revision, const Migration& migration, Dialect dialect,
                 std::vector<Problem>& problems) {
  const auto applied = static_cast<std::size_t>(std::max(revision.applied, 0));
  std::optional<std::size_t> edit = find_edit(revision, migration, applied);
  if (!edit && applied > migration.statements.size()) edit = migration.statements.size();
  if (edit) problems.push_back(make_partial_edited(revision, migration, *edit));
  Step step = make_step(migration, applied, dialect, problems);
  step.first_in_doubt = next_is_in_doubt(revision, migration);
  step.progress = revision.progress;
  if (!edit && is_part_edited(revision, migration, applied)) {
    problems.push_back(make_part_edited(revision, migration, applied));
  }
  if (!edit && step.first_in_doubt && find_edit(revision, migration, applied + 1)) {
    problems.push_back(make_in_doubt_edited(migration, applied));
  }
  return step;
}

// A ledger row that stands for no file.
bool needs_file(const Revision& revision) { return revision.kind == "versioned"; }

void plan_migration(const Migration& migration, const Revision* revision, Dialect dialect,
                    Plan& plan) {
  if (revision == nullptr) {
    if (!plan.current_version.empty() &&
        compare_versions(migration.version, plan.current_version) < 0) {
      plan.problems.push_back(make_out_of_order(migration, plan.current_version));
    }
    plan.steps.push_back(make_step(migration, 0, dialect, plan.problems));
  } else if (revision->complete()) {
    ++plan.already_applied;
    check_applied(*revision, migration, plan.problems);
  } else {
    plan.steps.push_back(resume_step(*revision, migration, dialect, plan.problems));
  }
}

}  // namespace

bool Plan::has_errors() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::kError; });
}

int Plan::statement_count() const {
  std::size_t count = 0;
  for (const Step& step : steps) count += step.statements.size();
  return static_cast<int>(count);
}

Plan make_plan(const MigrationDirectory& directory, const std::vector<Revision>& revisions,
               Dialect dialect) {
  Plan plan;
  plan.problems = directory.problems;
  plan.current_version = highest_complete(revisions);
  if (!directory.migrations.empty()) plan.target_version = directory.migrations.back().version;
  RevisionsByVersion unmatched;
  for (const Revision& revision : revisions) unmatched.emplace(revision.version, &revision);
  for (const Migration& migration : directory.migrations) {
    const auto found = unmatched.find(migration.version);
    plan_migration(migration, found == unmatched.end() ? nullptr : found->second, dialect, plan);
    if (found != unmatched.end()) unmatched.erase(found);
  }
  for (const auto& [version, revision] : unmatched) {
    if (needs_file(*revision)) plan.problems.push_back(make_missing_file(*revision));
  }
  return plan;
}

}  // namespace engine
