#include "engine/sum_check.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace engine {
namespace {

constexpr std::string_view kSumFile = "atlas.sum";

std::optional<std::size_t> find_sum(const std::vector<SourceEntry>& entries) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const SourceEntry& entry) { return entry.name == kSumFile; });
  if (found == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entries.begin());
}

// In byte order of their names.
std::vector<std::size_t> find_covered(const std::vector<SourceEntry>& entries) {
  std::vector<std::size_t> covered;
  bool ups = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& name = entries[i].name;
    if (name.find('/') != std::string::npos || !name.ends_with(".sql")) continue;
    covered.push_back(i);
    ups |= name.ends_with(".up.sql");
  }
  if (ups) {
    std::erase_if(covered, [&](std::size_t i) { return !entries[i].name.ends_with(".up.sql"); });
  }
  std::sort(covered.begin(), covered.end(),
            [&](std::size_t a, std::size_t b) { return entries[a].name < entries[b].name; });
  return covered;
}

}  // namespace

SumReading read_sum(MigrationSource& source) {
  SumReading reading;
  if (const auto sum = find_sum(source.entries())) {
    source.read({&*sum, 1}, [&](SourceFile file) { reading.text = std::move(file.bytes); });
  }
  AtlasChain chain;
  std::vector<AtlasSumEntry> entries;
  source.read(find_covered(source.entries()), [&](const SourceFile& file) {
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
    return compare_atlas_sum(std::nullopt, AtlasSum{"", {{"", ""}}}).problem;
  }
  const auto reading = read_sum(source);
  return compare_atlas_sum(reading.text, reading.computed).problem;
}

}  // namespace engine
