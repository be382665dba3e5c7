#include "engine/sum_check.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/format.h"

namespace engine {
namespace {

constexpr std::string_view kSumFile = "atlas.sum";

std::optional<std::size_t> find_sum(const std::vector<SourceEntry>& entries) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const SourceEntry& entry) { return entry.name == kSumFile; });
  if (found == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entries.begin());
}

bool is_up(const std::string& name) { return name.ends_with(".up.sql"); }

// Atlas took all of golang-migrate's files into a sum until April 2025, and those up only since
// then.
bool names_other_than_up(std::string_view sum, const std::vector<SourceEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const SourceEntry& entry) {
    return entry.name.ends_with(".sql") && !is_up(entry.name) &&
           sum.find("\n" + entry.name + " h1:") != std::string_view::npos;
  });
}

// In byte order of their names.
std::vector<std::size_t> find_covered(const std::vector<SourceEntry>& entries,
                                      std::string_view sum) {
  std::vector<std::size_t> covered;
  bool ups = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& name = entries[i].name;
    if (name.find('/') != std::string::npos || !name.ends_with(".sql")) continue;
    covered.push_back(i);
    ups |= is_up(name);
  }
  if (ups && !names_other_than_up(sum, entries)) {
    std::erase_if(covered, [&](std::size_t i) { return !is_up(entries[i].name); });
  }
  std::sort(covered.begin(), covered.end(),
            [&](std::size_t a, std::size_t b) { return entries[a].name < entries[b].name; });
  return covered;
}

// A file that would run although no sum speaks for it: of golang-migrate's one that does not end
// with .up.sql, or one that asks to be left out. Atlas would not run it.
std::optional<Problem> find_uncovered(const std::vector<SourceEntry>& entries,
                                      const AtlasSum& sum) {
  for (const auto& entry : entries) {
    const auto reading = read_atlas_name(entry.name);
    if (!reading.name || reading.name->kind == MigrationKind::kUndo) continue;
    const bool covered =
        std::any_of(sum.entries.begin(), sum.entries.end(),
                    [&](const AtlasSumEntry& line) { return line.name == entry.name; });
    if (covered) continue;
    return make_problem(
        entry.name, "sum-stale", "it would be run, and atlas.sum does not cover it",
        "Among golang-migrate's files name it " + entry.name.substr(0, entry.name.size() - 4) +
            ".up.sql; in one that begins with atlas:sum ignore remove that line. Then write "
            "atlas.sum anew (atlas migrate hash, or command hash), or move the file away.");
  }
  return std::nullopt;
}

}  // namespace

SumReading read_sum(MigrationSource& source) {
  SumReading reading;
  if (const auto sum = find_sum(source.entries())) {
    source.read({&*sum, 1}, [&](SourceFile file) { reading.text = std::move(file.bytes); });
  }
  AtlasChain chain;
  std::vector<AtlasSumEntry> entries;
  const auto covered = find_covered(source.entries(), reading.text.value_or(""));
  reading.has_files = !covered.empty();
  source.read(covered, [&](const SourceFile& file) {
    auto hash = chain.add(file.name, file.bytes);
    if (hash) entries.push_back({file.name, std::move(*hash)});
  });
  reading.computed = sum_of_entries(std::move(entries));
  return reading;
}

std::optional<Problem> check_sum(MigrationSource& source, SumRule rule) {
  if (rule == SumRule::kIgnore) return std::nullopt;
  if (!find_sum(source.entries())) {
    if (rule == SumRule::kVerify) return std::nullopt;
    return compare_atlas_sum(std::nullopt, {}, true).problem;
  }
  const auto reading = read_sum(source);
  auto problem = compare_atlas_sum(reading.text, reading.computed, reading.has_files).problem;
  return problem ? problem : find_uncovered(source.entries(), reading.computed);
}

}  // namespace engine
