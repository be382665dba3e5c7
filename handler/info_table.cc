#include "handler/info_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace handler {
namespace {

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

constexpr std::size_t kVersionColumn = 1;

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // of UTF-8 the first byte
  }));
}

std::string category_of(const engine::MigrationInfo& info) {
  if (info.kind == "baseline") return "";
  if (info.kind == "baseline-file") return "Baseline";
  return info.kind == "repeatable" ? "Repeatable" : "Versioned";
}

// "2026-11-21 05:49:56"
std::string time_of(const engine::MigrationInfo& info) {
  auto text = (info.finished_at.empty() ? info.started_at : info.finished_at).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

const char* type_of(const engine::MigrationInfo& info) {
  if (info.kind == "baseline") return "BASELINE";
  return info.kind == "baseline-file" ? "SQL_BASELINE" : "SQL";
}

Row make_row(const engine::MigrationInfo& info) {
  return {category_of(info), info.kind == "repeatable" ? "" : info.version,
          info.description,  type_of(info),
          time_of(info),     info.state};
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - count_characters(text), ' ');
  return right ? blanks + text : text + blanks;
}

}  // namespace

std::string make_info_table(const std::vector<engine::MigrationInfo>& migrations) {
  std::vector<Row> rows = {{"Category", "Version", "Description", "Type", "Installed On", "State"}};
  for (const auto& info : migrations) rows.push_back(make_row(info));
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], count_characters(row[i]));
    }
  }
  std::string line = "+";
  for (const auto width : widths) line += std::string(width + 2, '-') + "+";
  line += '\n';
  std::string table = line;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      table += "| " + pad(row[i], widths[i], i == kVersionColumn && &row != &rows.front()) + " ";
    }
    table += "|\n";
    if (&row == &rows.front()) table += line;
  }
  return table + line;
}

}  // namespace handler
