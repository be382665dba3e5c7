#include "engine/foreign_history.h"

#include <algorithm>
#include <array>

#include "engine/name.h"

namespace engine {
namespace {

struct Tool {
  ForeignTool tool;
  std::string_view table;
  std::string_view word;  // in a choice
  const char* name;
};

constexpr std::array kTools = {
    Tool{ForeignTool::kAurora, "aurora_schema_revisions", "aurora", "aurora"},
    Tool{ForeignTool::kAtlas, "atlas_schema_revisions", "atlas", "Atlas"},
    Tool{ForeignTool::kFlyway, "flyway_schema_history", "flyway", "Flyway"},
    Tool{ForeignTool::kSequelize, "SequelizeMeta", "sequelize", "sequelize"},
};

const Tool* find_tool_of(std::string_view table) {
  const auto* found = std::find_if(kTools.begin(), kTools.end(),
                                   [&](const Tool& tool) { return tool.table == table; });
  return found == kTools.end() ? nullptr : found;
}

const Tool* find_tool_called(std::string_view word) {
  const auto* found = std::find_if(kTools.begin(), kTools.end(),
                                   [&](const Tool& tool) { return tool.word == word; });
  return found == kTools.end() ? nullptr : found;
}

}  // namespace

const char* to_string(ForeignTool tool) {
  const auto* found = std::find_if(kTools.begin(), kTools.end(),
                                   [&](const Tool& known) { return known.tool == tool; });
  return found == kTools.end() ? "" : found->name;
}

std::string name_of(const ForeignHistory& history) {
  return quote_identifier(history.schema) + "." + quote_identifier(history.table);
}

std::optional<HistoryChoice> parse_history_choice(std::string_view text) {
  HistoryChoice choice;
  const auto colon = text.find(':');
  if (const auto* tool = find_tool_called(text.substr(0, colon))) {
    choice.tool = tool->tool;
    if (colon == std::string_view::npos) return choice;
    text.remove_prefix(colon + 1);
  }
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) return std::nullopt;
  choice.schema = text.substr(0, dot);
  choice.table = text.substr(dot + 1);
  if (!choice.tool) {
    const auto* tool = find_tool_of(choice.table);
    if (tool == nullptr) return std::nullopt;
    choice.tool = tool->tool;
  }
  return choice;
}

// A schema a tenant may give thousands: the first few say enough.
Query make_find_histories() {
  Query query{
      "SELECT s.nspname, c.relname FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace "
      "WHERE c.relkind IN ('r', 'p') AND c.relname IN ("};
  for (const auto& tool : kTools) {
    query.parameters.emplace_back(std::string(tool.table));
    query.sql +=
        (query.parameters.size() > 1 ? ", $" : "$") + std::to_string(query.parameters.size());
  }
  query.sql += ") ORDER BY 1, 2 LIMIT 20";
  return query;
}

std::vector<ForeignHistory> parse_histories(const ResultSet& result) {
  std::vector<ForeignHistory> histories;
  histories.reserve(result.rows.size());
  for (const auto& row : result.rows) {
    const auto table = row.at(1).value_or("");
    if (const auto* tool = find_tool_of(table)) {
      histories.push_back({row.at(0).value_or(""), table, tool->tool});
    }
  }
  return histories;
}

Query make_find_filled(const std::vector<ForeignHistory>& histories) {
  Query query{"SELECT "};
  for (const auto& history : histories) {
    query.sql += std::string(query.sql.ends_with(')') ? ", " : "") + "EXISTS (SELECT 1 FROM " +
                 name_of(history) + ")";
  }
  return query;
}

std::vector<ForeignHistory> parse_filled(const ResultSet& result,
                                         std::vector<ForeignHistory> histories) {
  const auto& row = result.rows.at(0);
  std::size_t column = 0;
  std::erase_if(histories, [&](const ForeignHistory&) { return row.at(column++) == "f"; });
  return histories;
}

std::vector<ForeignHistory> choose_histories(const HistoryChoice& choice,
                                             std::vector<ForeignHistory> histories) {
  if (choice.tool && !choice.table.empty()) return {{choice.schema, choice.table, *choice.tool}};
  std::erase_if(histories, [&](const ForeignHistory& history) {
    return choice.tool && history.tool != *choice.tool;
  });
  return histories;
}

std::optional<Problem> explain_histories(const std::vector<ForeignHistory>& histories) {
  if (histories.empty()) return std::nullopt;
  Problem problem;
  problem.code = "foreign-history";
  problem.message = std::string(to_string(histories[0].tool)) +
                    " has applied migrations to this database (table " + name_of(histories[0]) +
                    (histories.size() > 1 ? " and others" : "") +
                    "), and the ledger does not know them";
  problem.hint =
      "Take its history over, {\"command\":\"adopt\"}, then run apply; or, when that table belongs "
      "to other files than these, give ignoreHistory";
  return problem;
}

}  // namespace engine
