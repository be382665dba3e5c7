#include "engine/adopt.h"

#include <algorithm>
#include <utility>

#include "engine/baseline.h"
#include "engine/excerpt.h"
#include "engine/flyway_checksum.h"
#include "engine/foreign_split.h"
#include "engine/version.h"

namespace engine {
namespace {

constexpr const char* kAsItIs = "the file counts as applied as it is now";

std::string label_of(const ForeignRow& row) {
  return row.version.empty() ? row.by : "version " + row.version;
}

// What sequelize's rows name is a folder's number; everybody else's are a file's version.
bool is_of(ForeignTool tool, const ForeignRow& row, const std::string& version) {
  if (row.version.empty()) return false;
  if (tool != ForeignTool::kSequelize) return compare_versions(row.version, version) == 0;
  return compare_versions(row.version, version.substr(0, version.find('/'))) == 0;
}

// Flyway's column holds 200 characters.
std::string abbreviated(const std::string& description) {
  constexpr std::size_t kLongest = 200;
  if (take_code_points(description, kLongest).size() == description.size()) return description;
  return std::string(take_code_points(description, kLongest - 3)) + "...";
}

Problem make_refusal(std::string message, std::string hint) {
  return make_problem("adopt-refused", std::move(message), std::move(hint));
}

// Atlas keeps partial hashes as long as it has not ended a file; what it counted as the total is of
// the file as it was first.
bool is_begun(ForeignTool tool, const ForeignRow& row) {
  if (row.failed) return true;
  if (tool == ForeignTool::kAurora) return row.applied < row.total || row.total == 0;
  if (tool != ForeignTool::kAtlas || row.applied >= row.total) return false;
  return row.applied == 0 || !row.partial_hashes.empty() || !row.error.empty();
}

// Whether the first statement that the tool has not counted may have taken effect. aurora does not
// count one that succeeds where one failed before, and never clears that error; Atlas does, so that
// an answer of the server's is about this very statement.
bool may_be_done(ForeignTool tool, const ForeignRow& row) {
  return tool == ForeignTool::kAurora || !row.error.starts_with("pq: ");
}

bool is_error(const Problem& problem) { return problem.severity == Severity::kError; }

}  // namespace

Adopter::Adopter(const ForeignHistory& history, const ForeignProgress& progress,
                 const Listing& listing, const std::vector<SourceEntry>& entries,
                 const Placeholders& placeholders, std::vector<std::string> accept)
    : progress_(progress),
      listing_(listing),
      entries_(entries),
      differences_(history.tool, std::move(accept)),
      placeholders_(placeholders) {
  if (progress.order_assumed) {
    differences_.add("order-assumed", "", "",
                     "the JavaScript files of the table are not in the source, so that only the "
                     "order of their names says which folder each has run",
                     "Put the folder with them and resources/ into the source.",
                     "the first name in the table is v1's, the second v2's, and so on");
  }
  cover();
}

const ForeignRow* Adopter::find_row(const Listing::File& listed, std::vector<bool>* used) const {
  for (std::size_t i = 0; i < progress_.versions.size(); ++i) {
    if (!is_of(differences_.tool(), progress_.versions[i], listed.name.version)) continue;
    (*used)[i] = true;
    return &progress_.versions[i];
  }
  return nullptr;
}

const ForeignRow* Adopter::find_repeatable(const Listing::File& listed) const {
  const auto& rows = progress_.repeatables;
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const ForeignRow& row) {
    return !row.failed && row.description == abbreviated(listed.name.description);
  });
  return found == rows.end() ? nullptr : &*found;
}

void Adopter::cover() {
  std::vector<bool> used(progress_.versions.size());
  std::vector<Covered> holes;  // since the last covered version
  for (const auto& listed : listing_.files) {
    const bool repeatable = listed.name.kind == MigrationKind::kRepeatable;
    const auto* row = repeatable ? find_repeatable(listed) : find_row(listed, &used);
    const bool is_start = compare_versions(listed.name.version, progress_.baseline) == 0;
    if (listed.name.kind == MigrationKind::kBaseline && is_start) row = &progress_.baseline_row;
    const bool below = !repeatable && !progress_.baseline.empty() &&
                       compare_versions(listed.name.version, progress_.baseline) <= 0;
    if (row == nullptr && !below) {
      if (!repeatable) holes.push_back({&listed, nullptr, true});
      continue;
    }
    if (!repeatable) covered_.insert(covered_.end(), holes.begin(), holes.end());
    if (!repeatable) holes.clear();
    covered_.push_back({&listed, row});
  }
  find_rows_without_file(used);
}

void Adopter::find_rows_without_file(const std::vector<bool>& used) {
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const auto& row = progress_.versions[i];
    const bool code = row.type != "SQL";
    differences_.add("row-without-file", row.version, "",
                     std::string(to_string(differences_.tool())) + " has applied " + label_of(row) +
                         (code ? " (" + row.type + ")" : "") + ", which has no file here",
                     "Put the file back.", "the row is left out of the ledger");
  }
}

void Adopter::add_files_without_row() {
  for (const auto* listed : missing_) {
    const auto& version = listed->name.version;
    if (!checkpoint_.empty() && compare_versions(version, checkpoint_) < 0) continue;
    differences_.add("file-without-row", version, entries_[listed->entry].name,
                     "version " + version + " comes before versions that " +
                         to_string(differences_.tool()) + " has applied, and is not among them",
                     "Apply it with that tool, or take the file away.",
                     "it is not applied, and stays pending");
  }
}

std::vector<std::size_t> Adopter::wanted() const {
  std::vector<std::size_t> wanted;
  wanted.reserve(covered_.size());
  for (const auto& covered : covered_) wanted.push_back(covered.listed->entry);
  return wanted;
}

void Adopter::take(const SourceFile& source) {
  const auto& covered = covered_.at(taken_++);
  if (covered.is_hole) return take_hole(covered, source);
  if (covered.listed->name.kind == MigrationKind::kRepeatable) {
    if (runs_again(covered, source)) return;
  } else if (covered.row != nullptr) {
    check(covered, source);
  }
  files_.push_back(make_row(covered, source));
}

// A database that did not begin with a checkpoint never runs it.
void Adopter::take_hole(const Covered& hole, const SourceFile& source) {
  std::vector<Problem> problems;
  const auto migration = parse_listed(source, *hole.listed, placeholders_, problems);
  const bool passed_over = migration.checkpoint && listing_.format == Format::kAtlas;
  if (!passed_over) missing_.push_back(hole.listed);
}

// As with Flyway itself, when the text or a placeholder's value has changed.
bool Adopter::runs_again(const Covered& covered, const SourceFile& source) const {
  const auto& checksum = covered.row->checksum;
  if (std::to_string(flyway_checksum(source.bytes)) == checksum) return false;
  if (!covered.listed->replaces) return true;
  const auto replaced = replace_placeholders(source.bytes, placeholders_, source.name);
  return std::to_string(flyway_checksum(replaced.text)) != checksum;
}

void Adopter::check(const Covered& covered, const SourceFile& source) {
  switch (differences_.tool()) {
    case ForeignTool::kAurora:
      check_description(covered, source);
      return check_aurora(covered, source);
    case ForeignTool::kAtlas:
      check_description(covered, source);
      return check_atlas(covered, source);
    case ForeignTool::kFlyway:
      check_description(covered, source);
      return check_flyway(covered, source);
    case ForeignTool::kSequelize:
      return;
  }
}

void Adopter::check_description(const Covered& covered, const SourceFile& source) {
  const auto& name = covered.listed->name;
  const auto here = differences_.tool() == ForeignTool::kFlyway ? abbreviated(name.description)
                                                                : name.description;
  if (covered.row->description == here) return;
  differences_.add("description-differs", name.version, source.name,
                   "version " + name.version + " was applied as \"" + covered.row->description +
                       "\", and the file is called \"" + name.description + "\"",
                   "Give the file its name back.", kAsItIs);
}

// It keeps no checksum; but it counts the pieces between semicolons.
void Adopter::check_aurora(const Covered& covered, const SourceFile& source) {
  const auto pieces = std::count(source.bytes.begin(), source.bytes.end(), ';') + 1;
  if (pieces == covered.row->total || is_begun(ForeignTool::kAurora, *covered.row)) return;
  const auto& version = covered.listed->name.version;
  differences_.add("checksum-differs", version, source.name,
                   "version " + version +
                       " was changed after aurora applied it: between its "
                       "semicolons are " +
                       std::to_string(pieces) + " pieces, and there were " +
                       std::to_string(covered.row->total),
                   "Put the file back as it was.", kAsItIs);
}

void Adopter::check_flyway(const Covered& covered, const SourceFile& source) {
  const auto& version = covered.listed->name.version;
  const auto& row = *covered.row;
  const bool stands_for_others = covered.listed->name.kind == MigrationKind::kBaseline;
  if (row.type != (stands_for_others ? "SQL_BASELINE" : "SQL")) {
    differences_.add("type-differs", version, source.name,
                     "version " + version + " was applied as a migration of type " + row.type,
                     "Put back what was applied.", kAsItIs);
    return;
  }
  if (row.checksum.empty() || row.failed) return;
  const auto checksum = std::to_string(flyway_checksum(source.bytes));
  if (checksum == row.checksum) return;
  differences_.add("checksum-differs", version, source.name,
                   "version " + version + " was changed after Flyway applied it (checksum " +
                       checksum + ", in the table " + row.checksum + ")",
                   "Put the file back as it was, or run Flyway's repair.", kAsItIs);
}

void Adopter::check_atlas(const Covered& covered, const SourceFile& source) {
  const auto& row = *covered.row;
  if (is_begun(ForeignTool::kAtlas, row)) return;  // its partial hashes say more
  const auto found = hashes_.find(source.name);
  const auto here = found == hashes_.end() ? "" : found->second;
  if (row.checksum.empty() || row.checksum == here) return;
  const auto& version = covered.listed->name.version;
  differences_.add("checksum-differs", version, source.name,
                   "version " + version +
                       ", or a file before it, was changed after Atlas applied it (its hash in "
                       "atlas.sum would be " +
                       here + ", in the table it is " + row.checksum + ")",
                   "Put the file back as it was; but where it failed first and was completed after "
                   "a correction, Atlas has kept the hash from before.",
                   kAsItIs);
}

// What its tool has done of a file that it has not ended.
void Adopter::take_part(const Covered& covered, const SourceFile& source,
                        const Migration& migration, Revision* row) {
  const auto cut = find_cut(differences_.tool(), *covered.row, migration, source.bytes);
  if (!cut.fault.empty()) {
    differences_.refuse("partial-row", source.name,
                        std::string(to_string(differences_.tool())) +
                            " has applied a part of version " + row->version + " (" +
                            std::to_string(covered.row->applied) + " of " +
                            std::to_string(covered.row->total) +
                            "), and where it goes on is not known: " + cut.fault,
                        std::string("Put back what was applied of the file, or finish it with ") +
                            to_string(differences_.tool()) + ".");
  }
  row->applied = cut.applied;
  if (row->applied == row->total) return;
  row->kind = "versioned";
  row->finished_at.clear();
  row->error = covered.row->error;
  if (may_be_done(differences_.tool(), *covered.row)) row->in_doubt = row->applied + 1;
}

// Atlas goes on with no file but that of the last row, nor with one that somebody marked.
bool Adopter::is_left_behind(const ForeignRow& row) const {
  if (differences_.tool() != ForeignTool::kAtlas) return false;
  const bool last =
      &row == &progress_.versions.back() &&
      (progress_.baseline.empty() || compare_versions(progress_.baseline, row.version) < 0);
  return row.resolved || !last;
}

void Adopter::take_left_behind(const SourceFile& source, const ForeignRow& row) {
  differences_.add(
      "partial-left", row.version, source.name,
      "Atlas has applied a part of version " + row.version + " (" + std::to_string(row.applied) +
          " of " + std::to_string(row.total) + "), and does not go on with it: " +
          (row.resolved ? "it was marked as done by hand" : "there are rows of later versions"),
      "See whether the rest of it is done, and do by hand what is not.",
      "the whole file counts as applied");
}

void Adopter::take_failed(const SourceFile& source, Revision* row) {
  const bool accepted = differences_.add(
      "failed-row", row->version, source.name,
      "version " + row->version + " failed with Flyway, which does not say how far it came",
      "Put the database right and run Flyway's repair.",
      "it is not applied; mark with repair what it has done, before apply begins with it");
  if (!accepted || row->total == 0) return;
  row->kind = "versioned";
  row->applied = 0;
  row->finished_at.clear();
  row->error = "it failed with Flyway";
}

Revision Adopter::make_row(const Covered& covered, const SourceFile& source) {
  std::vector<Problem> problems;
  auto migration = parse_listed(source, *covered.listed, placeholders_, problems);
  bool begun = covered.row != nullptr && is_begun(differences_.tool(), *covered.row);
  const bool left_behind = begun && is_left_behind(*covered.row);
  begun = begun && !left_behind;
  // What is not understood of a file that is applied needs not be: it is not run.
  const bool broken = std::any_of(problems.begin(), problems.end(), is_error);
  if (broken) migration.statements.clear();
  for (auto& problem : problems) differences_.note(std::move(problem), begun);
  auto row = make_baseline_row(migration);
  if (migration.kind == MigrationKind::kRepeatable) row.kind = to_string(migration.kind);
  if (migration.checkpoint && files_.empty()) {
    row.kind = to_string(MigrationKind::kBaseline);
    checkpoint_ = row.version;
  }
  row.applied_by = to_string(differences_.tool());
  if (covered.row == nullptr) return row;
  if (row.is_marked()) row.kind = kAdoptedKind;
  row.applied_by = covered.row->by;
  row.started_at = row.finished_at = covered.row->applied_at;
  row.execution_ms = covered.row->execution_ms;
  if (covered.row->failed) {
    take_failed(source, &row);
  } else if (left_behind) {
    take_left_behind(source, *covered.row);
  } else if (begun && !broken) {
    take_part(covered, source, migration, &row);
  }
  return row;
}

// What the rows of files alone do not say, to a ledger that nothing else has been said to.
void Adopter::add_start(const std::vector<Revision>& ledger, std::vector<Revision>* rows) const {
  const bool by_file = std::any_of(files_.begin(), files_.end(), [](const Revision& row) {
    return row.kind == to_string(MigrationKind::kBaseline);
  });
  if (progress_.baseline.empty() ? !files_.empty() || !ledger.empty() : by_file) return;
  auto row = make_start_row(progress_.baseline);
  if (find_revision(ledger, row.version) != nullptr) return;
  const auto& said = progress_.baseline_row;
  row.description = said.description;
  row.started_at = row.finished_at = said.applied_at;
  row.applied_by = said.by.empty() ? to_string(differences_.tool()) : said.by;
  rows->push_back(std::move(row));
}

AdoptDecision Adopter::finish(const std::vector<Revision>& ledger) {
  AdoptDecision decision;
  add_files_without_row();
  decision.problems = differences_.finish();
  const auto run = std::find_if(ledger.begin(), ledger.end(), [](const Revision& row) {
    return row.complete() && row.kind == "versioned";
  });
  const auto start = run == ledger.end() ? "" : find_start(ledger);
  for (const auto& file : files_) {
    // A file that was put below the baseline later needs no row.
    if (file.kind == "baseline" && is_up_to(file.version, start)) continue;
    if (find_revision(ledger, file.version) == nullptr) decision.rows.push_back(file);
  }
  if (run == ledger.end()) {
    add_start(ledger, &decision.rows);
  } else if (!decision.rows.empty()) {
    decision.problems.push_back(make_refusal(
        "version " + run->version + " was applied by a run of this function, and version " +
            decision.rows.front().version + ", of the other tool's history, is not in the ledger",
        "A history is adopted before the first run: leave the ledger as it is, and apply with one "
        "of the two only."));
  }
  decision.cut_off = find_cut_off(ledger, files_, decision.problems);
  decision.files = std::move(files_);
  return decision;
}

}  // namespace engine
