#include "engine/listing.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/version.h"

namespace engine {
namespace {

Problem make_ambiguous(const std::string& why) {
  return make_problem("", "ambiguous-format", why,
                      "Give format (atlas, flyway or folders), or move what does not belong to the "
                      "migrations out of the source.");
}

Problem make_bad_name(const std::string& file, NameReading reading) {
  Problem problem =
      make_problem(file, "bad-name", std::move(reading.fault), std::move(reading.hint));
  problem.severity = reading.severity;
  return problem;
}

Problem make_duplicate(const std::string& first_file, const std::string& second_file,
                       const MigrationName& name) {
  if (name.kind == MigrationKind::kRepeatable) {
    return make_problem(second_file, "duplicate-version",
                        "its description is also that of " + first_file,
                        "Give one of the two repeatable files another description.");
  }
  return make_problem(second_file, "duplicate-version",
                      "version " + name.version + " is also the version of " + first_file,
                      "Give one of the two files another version; 1 and 01 are the same version.");
}

// The format to read the names in; none when several fit, which is a problem then.
std::optional<Format> choose_format(std::span<const SourceEntry> entries,
                                    const DirectoryFormat& wanted, std::vector<Problem>& problems) {
  if (wanted.format) return wanted.format;
  std::vector<std::string> paths;
  paths.reserve(entries.size());
  for (const auto& entry : entries) paths.push_back(entry.name);
  auto guess = guess_format(paths, wanted.naming);
  if (guess.format) return guess.format;
  if (!guess.fits_several) return Format::kAtlas;
  problems.push_back(make_ambiguous(guess.why));
  return std::nullopt;
}

void sort_by_order(std::span<const SourceEntry> entries, std::vector<Listing::File>& files) {
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) {
    if (runs_before(a.name, b.name)) return true;
    return !runs_before(b.name, a.name) && entries[a.entry].name < entries[b.entry].name;
  });
}

void find_duplicates(std::span<const SourceEntry> entries, const std::vector<Listing::File>& files,
                     std::vector<Problem>& problems) {
  for (std::size_t i = 1; i < files.size(); ++i) {
    const auto& first = files[i - 1];
    const auto& second = files[i];
    if (compare_versions(first.name.version, second.name.version) != 0) continue;
    problems.push_back(
        make_duplicate(entries[first.entry].name, entries[second.entry].name, second.name));
  }
}

void add_name(const SourceEntry& entry, std::size_t index, NameReading reading, Listing& listing) {
  if (!reading.fault.empty()) {
    listing.problems.push_back(make_bad_name(entry.name, std::move(reading)));
  } else if (reading.name) {
    auto* files = &listing.files;
    if (reading.name->kind == MigrationKind::kBaseline) files = &listing.baselines;
    if (reading.name->kind == MigrationKind::kUndo) files = &listing.undo_files;
    files->push_back({std::move(*reading.name), index});
  }
}

std::map<std::string_view, std::size_t> find_script_configs(std::span<const SourceEntry> entries) {
  std::map<std::string_view, std::size_t> configs;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].name.ends_with(".conf")) configs.emplace(entries[i].name, i);
  }
  return configs;
}

// How the texts are to be read.
void set_settings(std::span<const SourceEntry> entries, const DirectoryFormat& wanted,
                  Listing& listing) {
  const bool flyway = listing.format == Format::kFlyway;
  const bool replaces = wanted.placeholders.replaced.value_or(flyway);
  const auto configs =
      flyway ? find_script_configs(entries) : std::map<std::string_view, std::size_t>();
  for (auto* files : {&listing.files, &listing.baselines, &listing.undo_files}) {
    for (auto& file : *files) {
      file.replaces = replaces;
      if (configs.empty()) continue;
      const auto found = configs.find(entries[file.entry].name + ".conf");
      if (found != configs.end()) file.script_config = found->second;
    }
  }
}

}  // namespace

bool Listing::has_errors() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::kError; });
}

Listing list_migrations(std::span<const SourceEntry> entries, const DirectoryFormat& wanted) {
  Listing listing;
  listing.format = choose_format(entries, wanted, listing.problems);
  if (!listing.format) return listing;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    add_name(entries[i], i, read_name(*listing.format, entries[i].name, wanted.naming), listing);
  }
  for (auto* files : {&listing.files, &listing.baselines}) {
    sort_by_order(entries, *files);
    find_duplicates(entries, *files, listing.problems);
  }
  sort_by_order(entries, listing.undo_files);
  set_settings(entries, wanted, listing);
  return listing;
}

void Listing::File::heed(const ScriptConfig& config) {
  replaces = config.placeholder_replacement.value_or(replaces);
  if (config.execute_in_transaction) {
    transaction = *config.execute_in_transaction ? TransactionMode::kFile : TransactionMode::kNone;
  }
}

std::string find_last_version(const std::vector<Listing::File>& files) {
  const auto last = std::find_if(files.rbegin(), files.rend(), [](const Listing::File& file) {
    return is_version(file.name.version);
  });
  return last == files.rend() ? "" : last->name.version;
}

}  // namespace engine
