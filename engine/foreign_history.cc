#include "engine/foreign_history.h"

#include <algorithm>
#include <array>
#include <utility>

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
  if (choice.table == "*") {
    choice.table.clear();
    return choice;
  }
  if (!choice.tool) {
    const auto* tool = find_tool_of(choice.table);
    if (tool == nullptr) return std::nullopt;
    choice.tool = tool->tool;
  }
  return choice;
}

bool HistoryChoice::is_renamed() const {
  const auto* usual = find_tool_of(table);
  return tool && !table.empty() && (usual == nullptr || usual->tool != *tool);
}

// A schema a tenant may give thousands: the first few say enough.
Query make_find_histories(const HistoryChoice& choice) {
  Query query{
      "SELECT s.nspname, c.relname FROM pg_class c JOIN pg_namespace s ON s.oid = "
      "c.relnamespace WHERE (c.relkind IN ('r', 'p') AND c.relname IN ("};
  for (const auto& tool : kTools) {
    query.parameters.emplace_back(std::string(tool.table));
    query.sql +=
        (query.parameters.size() > 1 ? ", $" : "$") + std::to_string(query.parameters.size());
  }
  query.sql += "))";
  if (choice.is_renamed()) {
    query.parameters.insert(query.parameters.end(), {choice.schema, choice.table});
    const auto count = query.parameters.size();
    const auto chosen =
        "s.nspname = $" + std::to_string(count - 1) + " AND c.relname = $" + std::to_string(count);
    query.sql += " OR (c.relkind IN ('r', 'p', 'v', 'm', 'f') AND " + chosen + ") ORDER BY " +
                 chosen + " DESC, 1, 2 LIMIT 20";
  } else {
    query.sql += " ORDER BY 1, 2 LIMIT 20";
  }
  return query;
}

std::vector<ForeignHistory> parse_histories(const ResultSet& result, const HistoryChoice& choice) {
  std::vector<ForeignHistory> histories;
  histories.reserve(result.rows.size());
  for (const auto& row : result.rows) {
    const auto schema = row.at(0).value_or("");
    const auto table = row.at(1).value_or("");
    const bool chosen = schema == choice.schema && table == choice.table;
    if (choice.tool && choice.is_renamed() && chosen) {
      histories.push_back({schema, table, *choice.tool});
    } else if (const auto* tool = find_tool_of(table)) {
      histories.push_back({schema, table, tool->tool});
    }
  }
  return histories;
}

Query make_find_filled(const std::vector<ForeignHistory>& histories) {
  Query query{"SELECT "};
  for (const auto& history : histories) {
    const bool flyway = history.tool == ForeignTool::kFlyway;  // its other rows are no migrations
    query.sql += std::string(query.sql.ends_with(')') ? ", " : "") + "EXISTS (SELECT 1 FROM " +
                 name_of(history) + (flyway ? " WHERE installed_rank > 0)" : ")");
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
  std::erase_if(histories, [&](const ForeignHistory& history) {
    return (choice.tool && history.tool != *choice.tool) ||
           (!choice.schema.empty() && history.schema != choice.schema) ||
           (!choice.table.empty() && history.table != choice.table);
  });
  return histories;
}

Problem explain_no_history(const HistoryChoice& choice, bool there) {
  const auto said = choice.said_in.empty() ? "" : " (" + choice.said_in + ")";
  const auto tool = choice.tool ? to_string(*choice.tool) : std::string();
  std::string message;
  if (!choice.table.empty()) {
    const auto name = quote_identifier(choice.schema) + "." + quote_identifier(choice.table) + said;
    message = there ? "the table " + name + " has no row: " + tool + " has applied nothing"
                    : "there is no table " + name + " of " + tool + "'s";
  } else {
    const auto of = tool.empty() ? "aurora's, Atlas's, Flyway's or sequelize's" : tool + "'s";
    message = "no table of " + of + " with a row is in " +
              (choice.schema.empty() ? "this database" : "schema " + choice.schema + said);
  }
  return make_problem("no-history", std::move(message),
                      "Where the table has another name give history as TOOL:SCHEMA.TABLE, as the "
                      "catalog has them; where nothing tells what is applied, baseline marks it.");
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
