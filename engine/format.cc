#include "engine/format.h"

#include <array>
#include <utility>

#include "engine/version.h"

namespace engine {
namespace {

constexpr std::array kFormats = {
    std::pair{Format::kAtlas, "atlas"},
    std::pair{Format::kFlyway, "flyway"},
    std::pair{Format::kFolders, "folders"},
};

int rank_of(MigrationKind kind) {
  switch (kind) {
    case MigrationKind::kRepeatable:
      return 1;
    case MigrationKind::kUndo:
      return 2;
    default:
      return 0;
  }
}

// The first path the format reads as a migration, "" for none.
std::string find_example(Format format, const std::vector<std::string>& paths,
                         const FlywayNaming& naming) {
  for (const std::string& path : paths) {
    if (read_name(format, path, naming).name) return path;
  }
  return "";
}

bool is_sql_file(const std::string& path) { return path.ends_with(".sql") && !is_hidden(path); }

std::string explain(const std::string& examples, const std::vector<std::string>& paths) {
  if (!examples.empty()) return "several formats fit: " + examples;
  for (const std::string& path : paths) {
    if (is_sql_file(path)) return "no format fits a name as " + path;
  }
  return "";
}

}  // namespace

const char* to_string(MigrationKind kind) {
  switch (kind) {
    case MigrationKind::kRepeatable:
      return "repeatable";
    case MigrationKind::kUndo:
      return "undo";
    case MigrationKind::kBaseline:
      return "baseline-file";
    default:
      return "versioned";
  }
}

std::optional<Format> find_format(std::string_view name) {
  for (const auto& [format, known] : kFormats) {
    if (name == known) return format;
  }
  return std::nullopt;
}

NameReading read_name(Format format, std::string_view path, const FlywayNaming& naming) {
  switch (format) {
    case Format::kFlyway:
      return read_flyway_name(path, naming);
    case Format::kFolders:
      return read_folders_name(path);
    default:
      return read_atlas_name(path);
  }
}

bool runs_before(const MigrationName& a, const MigrationName& b) {
  if (rank_of(a.kind) != rank_of(b.kind)) return rank_of(a.kind) < rank_of(b.kind);
  const int order = compare_versions(a.version, b.version);
  if (order != 0) return order < 0;
  return a.kind == MigrationKind::kBaseline && b.kind != MigrationKind::kBaseline;
}

bool is_hidden(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos ||
         path.starts_with("__MACOSX/");
}

FormatGuess guess_format(const std::vector<std::string>& paths, const FlywayNaming& naming) {
  FormatGuess guess;
  std::string examples;
  int found = 0;
  for (const auto& [format, name] : kFormats) {
    const std::string example = find_example(format, paths, naming);
    if (example.empty()) continue;
    ++found;
    guess.format = format;
    examples += (examples.empty() ? "" : ", ") + std::string(name) + " " + example;
  }
  if (found == 1) return guess;
  return {std::nullopt, explain(examples, paths), found > 1};
}

std::optional<Problem> find_order_change(const std::vector<std::string>& files) {
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i - 1] < files[i]) continue;
    Problem problem;
    problem.severity = Severity::kWarning;
    problem.code = "order-by-number";
    problem.file = files[i];
    problem.message = "it runs after " + files[i - 1] +
                      "; aurora, Atlas and sequelize sort names by bytes and run it before";
    problem.hint = "Nothing needs to be done when the order of the numbers is meant.";
    return problem;
  }
  return std::nullopt;
}

}  // namespace engine
