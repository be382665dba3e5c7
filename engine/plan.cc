#include "engine/plan.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/excerpt.h"
#include "engine/insert_parts.h"
#include "engine/session_setting.h"

namespace engine {
namespace {

Problem at_statement(Problem problem, const Statement& statement) {
  problem.line = statement.line;
  problem.column = statement.column;
  problem.statement = make_excerpt(statement.text);
  return problem;
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

bool has_our_checksum(const Revision& revision) { return revision.checksum.starts_with("sha256:"); }

void check_statements(const Revision& revision, const Migration& migration,
                      std::vector<Problem>& problems) {
  const std::size_t count = std::max(revision.statement_hashes.size(), migration.statements.size());
  const std::optional<std::size_t> edit = find_edit(revision, migration, count);
  if (edit || !has_hashes(revision)) {
    problems.push_back(make_checksum_mismatch(revision, migration, edit));
  } else {
    problems.push_back(make_layout_changed(migration));
  }
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
  if (revision.checksum == migration.checksum) {
    problem.hint =
        "The file is the same, so a placeholder in it has another value: give it the "
        "one it had; only after statement " +
        std::to_string(revision.applied) + " may it be another.";
  }
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

void check_partial(const Revision& revision, const Migration& migration, Step* step,
                   std::vector<Problem>& problems) {
  const auto applied = static_cast<std::size_t>(std::max(revision.applied, 0));
  step->applied = std::min(static_cast<int>(applied), step->total);
  std::optional<std::size_t> edit = find_edit(revision, migration, applied);
  if (!edit && applied > migration.statements.size()) edit = migration.statements.size();
  if (edit) problems.push_back(make_partial_edited(revision, migration, *edit));
  step->first_in_doubt = next_is_in_doubt(revision, migration);
  step->progress = revision.progress;
  if (!edit && is_part_edited(revision, migration, applied)) {
    problems.push_back(make_part_edited(revision, migration, applied));
  }
  if (!edit && step->first_in_doubt && find_edit(revision, migration, applied + 1)) {
    problems.push_back(make_in_doubt_edited(migration, applied));
  }
}

void lint_rest(const Migration& migration, int applied, Dialect dialect,
               std::vector<Problem>& problems) {
  for (auto i = static_cast<std::size_t>(applied); i < migration.statements.size(); ++i) {
    for (Problem& problem : lint_statement(migration.statements[i], migration.file, dialect)) {
      problems.push_back(std::move(problem));
    }
  }
}

bool is_of(const Revision& revision, MigrationKind kind) {
  return revision.kind == to_string(kind);
}

// What is complete of a repeatable file, or of one that stood for others, needs no file any more.
bool needs_file(const Revision& revision) {
  if (is_of(revision, MigrationKind::kVersioned) || revision.kind == kAdoptedKind) return true;
  const bool may_go =
      is_of(revision, MigrationKind::kRepeatable) || is_of(revision, MigrationKind::kBaseline);
  return may_go && !revision.complete() && revision.applied > 0;
}

}  // namespace

bool is_settled(const Revision& revision, const SourceEntry& entry) {
  if (!revision.complete()) return false;
  const bool as_recorded = !entry.etag.empty() && revision.source_etag == entry.etag &&
                           revision.source_size == entry.size && revision.source == entry.location;
  return as_recorded || !has_our_checksum(revision);
}

bool Plan::has_errors() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::kError; });
}

int Plan::statement_count() const {
  int count = 0;
  for (const Step& step : steps) count += step.total - step.applied;
  return count;
}

void load_statements(Step* step, const Migration& file, Dialect dialect) {
  step->statements.clear();
  for (auto i = static_cast<std::size_t>(step->applied); i < file.statements.size(); ++i) {
    step->statements.push_back(make_planned(file, i, dialect));
  }
}

struct Planner::File {
  Listing::File listed;
  const Revision* row;  // nullptr when there is none
  bool wanted;
  bool changed = false;
  std::string new_name = {};  // when the row is of a file with another one

  bool is_pending() const;
};

Planner::Planner(const std::vector<SourceEntry>& entries, const std::vector<Revision>& revisions,
                 Dialect dialect, const DirectoryFormat& format, Selection selection)
    : dialect_(dialect),
      selection_(std::move(selection)),
      placeholders_(format.placeholders),
      is_new_(revisions.empty()),
      baseline_(find_baseline(revisions)) {
  auto listing = list_migrations(entries, format);
  choose_baseline_file(&listing, revisions, parse_limit(selection_.to_version).version);
  format_ = listing.format;
  plan_.problems = std::move(listing.problems);
  plan_.current_version = find_current_version(revisions);
  last_version_ = find_last_version(listing.files);
  const auto start = find_start(revisions);
  std::vector<bool> matched(revisions.size());
  for (auto& file : listing.files) {
    const Revision* row = find_revision(revisions, file.name.version);
    if (row == nullptr && is_up_to(file.name.version, start)) continue;
    if (row != nullptr) matched[static_cast<std::size_t>(row - revisions.data())] = true;
    if (row != nullptr && row->is_undone()) row = nullptr;
    if (row != nullptr && row->is_undo()) continue;
    if (row != nullptr && row->complete()) ++plan_.already_applied;
    const bool wanted = row == nullptr || !is_settled(*row, entries[file.entry]);
    files_.push_back({std::move(file), row, wanted});
  }
  limit_files();
  for (const Revision& row : revisions) {
    if (row.is_undo() && !row.complete()) plan_.problems.push_back(make_undo_under_way(row));
  }
  if (const auto* marking = find_unfinished_marking(revisions)) {
    plan_.problems.push_back(make_unfinished_marking(*marking));
  }
  if (!format_) return;  // there may be files for all of them
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    const auto& row = revisions[i];
    if (matched[i] || !needs_file(row)) continue;
    if (row.complete() && is_up_to(row.version, start)) continue;
    without_file_.push_back(&row);
  }
}

Planner::Planner(const UndoChoice& choice, Dialect dialect, const Placeholders& placeholders)
    : dialect_(dialect), format_(choice.format), placeholders_(placeholders) {
  for (const auto& file : choice.files) files_.push_back({file.listed, file.row, true});
}

Planner::~Planner() = default;

bool Planner::is_ahead(const File& file) const {
  const auto& version = file.listed.name.version;
  return file.row != nullptr || plan_.current_version.empty() || !is_version(version) ||
         compare_versions(version, plan_.current_version) > 0;
}

bool Planner::File::is_pending() const { return row == nullptr || !row->complete(); }

// The last version asked for; "" for none at all, nullopt for all.
std::optional<std::string> Planner::find_limit() {
  auto limit = parse_limit(selection_.to_version);
  if (limit.kind == VersionLimit::Kind::kNone) return std::nullopt;
  if (limit.kind == VersionLimit::Kind::kVersion) {
    const bool known = std::any_of(files_.begin(), files_.end(), [&](const File& file) {
      return compare_versions(file.listed.name.version, limit.version) == 0;
    });
    if (!known && is_up_to(limit.version, baseline_)) {
      plan_.problems.push_back(make_not_above_baseline(limit.version, baseline_));
    } else if (!known && !limit.may_be_absent && format_) {
      plan_.problems.push_back(make_unknown_version(limit.version, last_version_));
    }
    return limit.version;
  }
  const auto next = std::find_if(files_.begin(), files_.end(), [&](const File& file) {
    return file.is_pending() && is_ahead(file) && is_version(file.listed.name.version);
  });
  const bool moves = limit.kind == VersionLimit::Kind::kNext && next != files_.end();
  return moves ? next->listed.name.version : plan_.current_version;
}

// Leaves out what is not applied and comes after the version asked for.
void Planner::limit_files() {
  plan_.target_version = last_version_;
  const auto limit = find_limit();
  if (!limit) return;
  plan_.target_version.clear();
  std::erase_if(files_, [&](const File& file) {
    const auto& version = file.listed.name.version;
    if (!is_version(version)) return false;  // a repeatable one comes after any
    const bool after = limit->empty() || compare_versions(version, *limit) > 0;
    if (!after) plan_.target_version = version;
    return after && file.is_pending();
  });
  const bool none = plan_.target_version.empty();
  if (none && is_up_to(*limit, baseline_)) plan_.target_version = baseline_;
}

std::vector<std::size_t> Planner::wanted() const {
  std::vector<std::size_t> wanted;
  for (const File& file : files_) {
    if (file.wanted) wanted.push_back(file.listed.entry);
  }
  return wanted;
}

std::vector<Listing::File*> Planner::wanted_files() {
  std::vector<Listing::File*> files;
  for (File& file : files_) {
    if (file.wanted) files.push_back(&file.listed);
  }
  return files;
}

void Planner::take(const SourceFile& source) {
  while (!files_.at(taken_).wanted) ++taken_;
  File& file = files_[taken_++];
  const bool repeatable = file.listed.name.kind == MigrationKind::kRepeatable;
  if (file.row != nullptr && repeatable) {
    take_repeatable(file, source);
  } else if (file.row != nullptr && file.row->complete()) {
    take_complete(file, source);
  } else {
    take_pending(file, source);
  }
}

void Planner::take_complete(File& file, const SourceFile& source) {
  if (identify_migration(source, file.listed.name).checksum == file.row->checksum) {
    if (is_renamed(*file.row, source.location)) file.new_name = source.name;
    return;
  }
  file.changed = file.row->brief;
  if (!file.changed) compare(file, source, *file.row);
}

void Planner::take_repeatable(const File& file, const SourceFile& source) {
  std::vector<Problem> problems;
  Migration migration = parse_listed(source, file.listed, placeholders_, problems);
  if (file.row->complete() && migration.checksum == file.row->checksum) return;
  std::move(problems.begin(), problems.end(), std::back_inserter(plan_.problems));
  Step step;
  step.total = static_cast<int>(migration.statements.size());
  if (file.row->complete()) {
    step.reruns = true;
    --plan_.already_applied;
  } else {
    std::vector<Problem> edits;
    check_partial(*file.row, migration, &step, edits);
    // A job of the text before could still be at work on what this one makes anew.
    step.reruns = !edits.empty() && file.row->job_ids.empty();
    if (step.reruns) {
      step.applied = 0;
      step.first_in_doubt = false;
      step.progress = 0;
    } else {
      std::move(edits.begin(), edits.end(), std::back_inserter(plan_.problems));
    }
  }
  add_step(file, std::move(step), std::move(migration));
}

void Planner::take_pending(const File& file, const SourceFile& source) {
  std::vector<Problem> problems;
  Migration migration = parse_listed(source, file.listed, placeholders_, problems);
  if (is_left_out(file, migration)) return;
  if (!is_ahead(file)) {
    const auto problem = judge_out_of_order(source.name, file.listed.name.version,
                                            plan_.current_version, selection_.out_of_order);
    if (problem) plan_.problems.push_back(*problem);
    if (selection_.out_of_order == OutOfOrder::kSkip) return;
  }
  std::move(problems.begin(), problems.end(), std::back_inserter(plan_.problems));
  if (migration.checkpoint && format_ == Format::kAtlas) begin_with(&migration);
  Step step;
  step.total = static_cast<int>(migration.statements.size());
  if (file.row != nullptr) check_partial(*file.row, migration, &step, plan_.problems);
  step.out_of_order = !is_ahead(file);
  add_step(file, std::move(step), std::move(migration));
}

// A checkpoint on a database that did not begin with it.
bool Planner::is_left_out(const File& file, const Migration& migration) const {
  return migration.checkpoint && format_ == Format::kAtlas && file.row == nullptr && !is_new_;
}

void Planner::begin_with(Migration* checkpoint) {
  checkpoint->kind = MigrationKind::kBaseline;
  if (!is_new_) return;
  for (const Step& step : std::exchange(plan_.steps, {})) {
    std::erase_if(plan_.problems,
                  [&](const Problem& problem) { return problem.file == step.migration.file; });
  }
}

void Planner::add_step(const File& file, Step step, Migration migration) {
  if (!migration.transaction) migration.transaction = transaction_;
  step.entry = file.listed.entry;
  step.replaces = file.listed.replaces;
  step.resumes = step.applied > 0;
  lint_rest(migration, step.applied, dialect_, plan_.problems);
  auto problems = lint_session(migration, step.applied);
  if (keeps_statements_ || !problems.empty()) load_statements(&step, migration, dialect_);
  migration.statements = {};
  step.migration = std::move(migration);
  if (!problems.empty() && !is_one_transaction(step, dialect_)) {
    std::move(problems.begin(), problems.end(), std::back_inserter(plan_.problems));
  }
  if (!keeps_statements_) step.statements.clear();
  plan_.steps.push_back(std::move(step));
}

std::vector<Planner::Changed> Planner::changed() const {
  std::vector<Changed> changed;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].changed) changed.push_back({i, files_[i].listed.entry, files_[i].row->version});
  }
  return changed;
}

std::vector<Planner::Renamed> Planner::renamed() const {
  std::vector<Renamed> renamed;
  for (const File& file : files_) {
    if (file.new_name.empty()) continue;
    renamed.push_back({file.listed.name, file.new_name, file.row->version});
  }
  return renamed;
}

void Planner::compare(std::size_t index, const SourceFile& source, const Revision& row) {
  compare(files_.at(index), source, row);
}

void Planner::compare(const File& file, const SourceFile& source, const Revision& row) {
  const auto migration = parse_listed(source, file.listed, placeholders_, plan_.problems);
  check_statements(row, migration, plan_.problems);
  if (!is_renamed(row, source.location)) return;
  if (const auto problem = judge_name(row, file.listed.name, source.name)) {
    plan_.problems.push_back(*problem);
  }
}

Plan Planner::finish() {
  for (const Revision* row : without_file_) {
    plan_.problems.push_back(make_missing_file(*row, last_version_, selection_.allow_missing));
    if (row->complete() && is_of(*row, MigrationKind::kVersioned)) {
      plan_.gone.push_back(row->version);
    }
  }
  return std::move(plan_);
}

bool is_one_transaction(const Step& step, Dialect dialect) {
  return dialect == Dialect::kPostgres && step.applied == 0 && !step.first_in_doubt &&
         step.migration.transaction != TransactionMode::kNone &&
         std::none_of(step.statements.begin(), step.statements.end(),
                      [](const PlannedStatement& statement) {
                        return statement.prepared.kind == StatementKind::kStandalone ||
                               statement.passes != Passes::kOne;
                      });
}

}  // namespace engine
