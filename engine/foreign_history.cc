#include "engine/foreign_history.h"

#include <array>
#include <string_view>

#include "engine/name.h"

namespace engine {
namespace {

struct Tool {
  std::string_view table;
  const char* name;
};

constexpr std::array kTools = {
    Tool{"aurora_schema_revisions", "aurora"},
    Tool{"atlas_schema_revisions", "Atlas"},
    Tool{"flyway_schema_history", "Flyway"},
    Tool{"SequelizeMeta", "sequelize"},
};

const char* find_tool(std::string_view table) {
  for (const auto& tool : kTools) {
    if (tool.table == table) return tool.name;
  }
  return "another tool";
}

std::string name_of(const ForeignHistory& history) {
  return quote_identifier(history.schema) + "." + quote_identifier(history.table);
}

}  // namespace

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
    histories.push_back({row.at(0).value_or(""), row.at(1).value_or("")});
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

std::optional<Problem> explain_histories(const std::vector<ForeignHistory>& histories) {
  if (histories.empty()) return std::nullopt;
  Problem problem;
  problem.code = "foreign-history";
  problem.message = std::string(find_tool(histories[0].table)) +
                    " has applied migrations to this database (table " + name_of(histories[0]) +
                    (histories.size() > 1 ? " and others" : "") +
                    "), and the ledger does not know them";
  problem.hint =
      "Mark what it has applied: {\"command\":\"baseline\",\"version\":\"...\"} with its last "
      "version, then run apply; or, when that table belongs to other files than these, give "
      "ignoreHistory";
  return problem;
}

}  // namespace engine
