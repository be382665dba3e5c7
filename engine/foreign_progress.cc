#include "engine/foreign_progress.h"

#include <algorithm>
#include <array>

#include "engine/version.h"

namespace engine {
namespace {

void raise_baseline(ForeignProgress* progress, const ForeignRow& row) {
  const auto& before = progress->baseline;
  if (!before.empty() && compare_versions(before, row.version) >= 0) return;
  progress->baseline = row.version;
  progress->baseline_row = row;
}

// Takes what an earlier row said of the same migration away.
void forget(std::vector<ForeignRow>& rows, const ForeignRow& said) {
  std::erase_if(rows, [&](const ForeignRow& row) {
    return said.version.empty() ? row.description == said.description
                                : compare_versions(row.version, said.version) == 0;
  });
}

ForeignProgress find_flyway(const std::vector<ForeignRow>& rows) {
  ForeignProgress progress;
  for (const auto& row : rows) {
    if (row.type == "SCHEMA") continue;
    if (row.type == "BASELINE" || row.type == "SQL_BASELINE") {
      if (row.failed) continue;
      raise_baseline(&progress, row);
      continue;
    }
    auto& kept = row.version.empty() ? progress.repeatables : progress.versions;
    if (row.type.starts_with("UNDO") && row.failed) continue;
    forget(kept, row);
    if (row.type.starts_with("UNDO") || row.type == "DELETE") continue;
    kept.push_back(row);
  }
  return progress;
}

ForeignProgress find_atlas(const std::vector<ForeignRow>& rows) {
  ForeignProgress progress;
  for (const auto& row : rows) {
    if (row.type == "BASELINE") {
      raise_baseline(&progress, row);
    } else {
      progress.versions.push_back(row);
    }
  }
  return progress;
}

// umzug's pattern; what is in a folder below is no migration of its.
bool is_javascript(const std::string& name) {
  constexpr std::array<std::string_view, 4> kEndings = {".cjs", ".js", ".cts", ".ts"};
  if (name.find('/') != std::string::npos || name.ends_with(".d.ts")) return false;
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

std::vector<std::string> find_names(std::span<const SourceEntry> entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (is_javascript(entry.name)) names.push_back(entry.name);
  }
  return names;
}

bool is_folder(const std::string& name) {
  return name.starts_with('v') && is_dotted_number(std::string_view(name).substr(1));
}

ForeignProgress find_sequelize(const std::vector<ForeignRow>& rows,
                               std::span<const SourceEntry> entries) {
  ForeignProgress progress;
  auto names = find_names(entries);
  progress.order_assumed = names.empty();
  progress.versions = rows;
  if (names.empty()) {
    for (const auto& row : rows) names.push_back(row.version);
    std::erase_if(names, is_folder);
    progress.order_assumed = !names.empty();
  }
  std::sort(names.begin(), names.end());
  for (auto& row : progress.versions) {
    if (is_folder(row.version)) {
      row.version = row.version.substr(1);
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), row.version);
    row.version = found == names.end() ? "" : std::to_string(found - names.begin() + 1);
  }
  return progress;
}

}  // namespace

ForeignProgress find_progress(ForeignTool tool, const std::vector<ForeignRow>& rows,
                              std::span<const SourceEntry> entries) {
  switch (tool) {
    case ForeignTool::kFlyway:
      return find_flyway(rows);
    case ForeignTool::kAtlas:
      return find_atlas(rows);
    case ForeignTool::kSequelize:
      return find_sequelize(rows, entries);
    case ForeignTool::kAurora: {
      ForeignProgress progress;
      progress.versions = rows;
      return progress;
    }
  }
  return {};
}

}  // namespace engine
