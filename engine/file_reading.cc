#include "engine/file_reading.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/baseline_file.h"
#include "engine/error.h"

namespace engine {
namespace {

constexpr std::size_t kComparedAtOnce = 100;  // files, and rows with all their hashes

void compare_some(std::span<const Planner::Changed> changed, MigrationSource& source,
                  Ledger& ledger, Planner& planner) {
  std::vector<std::string> versions;
  std::vector<std::size_t> entries;
  for (const auto& file : changed) {
    versions.push_back(file.version);
    entries.push_back(file.entry);
  }
  const auto rows = ledger.read_rows(versions);
  auto next = changed.begin();
  source.read(entries, [&](const SourceFile& file) {
    const auto& [index, entry, version] = *next++;
    if (const auto* row = find_revision(rows, version)) planner.compare(index, file, *row);
  });
}

void judge_some(std::span<const Planner::Renamed> renamed, Ledger& ledger,
                std::vector<Problem>& problems) {
  std::vector<std::string> versions;
  for (const auto& file : renamed) versions.push_back(file.version);
  const auto rows = ledger.read_rows(versions);
  for (const auto& [name, file, version] : renamed) {
    const auto* row = find_revision(rows, version);
    if (row == nullptr) continue;
    if (auto problem = judge_name(*row, name, file)) problems.push_back(std::move(*problem));
  }
}

void check_unchanged(const Step& step, const Migration& file) {
  if (file.checksum == step.migration.checksum) return;
  throw Error(ErrorKind::kSource,
              "file " + step.migration.file + " was changed after the run had begun");
}

}  // namespace

Plan read_plan(MigrationSource& source, Ledger& ledger, const LedgerState& state,
               const RunOptions& options, bool shown) {
  Planner planner(source.entries(), state.revisions, options.dialect, options.format,
                  options.selection);
  planner.set_transaction(options.transaction);
  if (shown) planner.keep_statements();
  read_wanted(source, options, planner);
  const auto changed = planner.changed();
  for (std::size_t first = 0; first < changed.size(); first += kComparedAtOnce) {
    const auto count = std::min(kComparedAtOnce, changed.size() - first);
    compare_some(std::span(changed).subspan(first, count), source, ledger, planner);
  }
  const auto renamed = planner.renamed();
  for (std::size_t first = 0; first < renamed.size(); first += kComparedAtOnce) {
    const auto count = std::min(kComparedAtOnce, renamed.size() - first);
    judge_some(std::span(renamed).subspan(first, count), ledger, planner.problems());
  }
  return planner.finish();
}

void read_wanted(MigrationSource& source, const RunOptions& options, Planner& planner) {
  read_script_configs(source, planner.wanted_files(), planner.problems());
  const auto wanted = planner.wanted();
  // Files that are all as the ledger knows them are what they were when the sum was right.
  if (!wanted.empty() && planner.format() == Format::kAtlas) {
    if (auto problem = check_sum(source, options.sum)) planner.problems().push_back(*problem);
  }
  source.read(wanted, [&](const SourceFile& file) { planner.take(file); });
}

void read_script_configs(MigrationSource& source, std::span<Listing::File* const> files,
                         std::vector<Problem>& problems) {
  std::vector<std::size_t> entries;
  std::vector<Listing::File*> heeding;
  for (auto* file : files) {
    if (!file->script_config) continue;
    entries.push_back(*file->script_config);
    heeding.push_back(file);
  }
  auto next = heeding.begin();
  source.read(entries, [&](const SourceFile& file) {
    auto config = parse_script_config(file.bytes, file.name);
    (*next++)->heed(config);
    std::move(config.problems.begin(), config.problems.end(), std::back_inserter(problems));
  });
}

Plan read_undo_plan(MigrationSource& source, const UndoChoice& choice, const RunOptions& options,
                    bool shown) {
  Planner planner(choice, options.dialect, options.format.placeholders);
  planner.set_transaction(options.transaction);
  if (shown) planner.keep_statements();
  read_wanted(source, options, planner);
  return planner.finish();
}

void read_steps(MigrationSource& source, std::span<const Step> steps,
                const Placeholders& placeholders,
                const std::function<void(const Step&, Migration)>& take) {
  std::vector<std::size_t> entries;
  for (const auto& step : steps) entries.push_back(step.entry);
  auto next = steps.begin();
  try {
    source.read(entries, [&](const SourceFile& source_file) {
      const auto& step = *next++;
      std::vector<Problem> known;  // the plan has them
      const MigrationName name{step.migration.kind, step.migration.version,
                               step.migration.description};
      auto file =
          parse_migration(source_file, name, known, step.replaces ? &placeholders : nullptr);
      check_unchanged(step, file);
      file.transaction = step.migration.transaction;
      file.source_version = step.migration.source_version;  // where it came from, not a spool
      take(step, std::move(file));
    });
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kSource, error.what());
  }
}

VersionReading read_version(MigrationSource& source, const std::string& version,
                            const DirectoryFormat& format, const std::vector<Revision>& revisions,
                            MigrationKind kind) {
  VersionReading reading;
  auto listing = list_migrations(source.entries(), format);
  choose_baseline_file(&listing, revisions);
  for (auto& listed : kind == MigrationKind::kUndo ? listing.undo_files : listing.files) {
    if (compare_versions(listed.name.version, version) != 0) continue;
    Listing::File* const only = &listed;
    read_script_configs(source, {&only, 1}, reading.problems);
    source.read({&listed.entry, 1}, [&](const SourceFile& file) {
      reading.file = parse_listed(file, listed, format.placeholders, reading.problems);
    });
    break;
  }
  for (auto& problem : listing.problems) {
    const bool of_file = reading.file && problem.file == reading.file->file;
    if (of_file || !listing.format) reading.problems.push_back(std::move(problem));
  }
  return reading;
}

Migration read_step(MigrationSource& source, const Step& step, const Placeholders& placeholders) {
  Migration file;
  read_steps(source, {&step, 1}, placeholders,
             [&](const Step&, Migration read) { file = std::move(read); });
  return file;
}

}  // namespace engine
