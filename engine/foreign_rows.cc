#include "engine/foreign_rows.h"

#include <string_view>

#include "engine/number.h"

namespace engine {
namespace {

using Columns = std::vector<Value>;

std::string text(const Columns& row, std::size_t column) { return row.at(column).value_or(""); }

int integer(const Columns& row, std::size_t column) {
  return static_cast<int>(leading_integer(text(row, column)));
}

// A time before the year 1000 is aurora's for never.
std::string time(const Columns& row, std::size_t column) {
  auto text = row.at(column).value_or("");
  return text.starts_with('0') ? "" : text;
}

std::string time_of(const char* column) {
  return std::string("to_char(") + column + ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

std::string in_utc(const char* column) { return std::string(column) + " AT TIME ZONE 'UTC'"; }

// ["h1:...", "h1:..."]: base64 has neither quotation marks nor backslashes.
std::vector<std::string> parse_hashes(std::string_view json) {
  std::vector<std::string> hashes;
  for (;;) {
    const auto begin = json.find('"');
    const auto end = begin == std::string_view::npos ? begin : json.find('"', begin + 1);
    if (end == std::string_view::npos) return hashes;
    hashes.emplace_back(json.substr(begin + 1, end - begin - 1));
    json.remove_prefix(end + 1);
  }
}

ForeignRow parse_aurora(const Columns& columns) {
  ForeignRow row;
  row.version = text(columns, 0);
  row.description = text(columns, 1);
  row.type = "SQL";
  row.total = integer(columns, 2);
  row.applied = integer(columns, 3);
  row.error = text(columns, 4);
  row.applied_at = time(columns, 5);
  row.execution_ms = leading_integer(text(columns, 6));
  row.by = "aurora";
  return row;
}

// Bits of its type.
constexpr long long kAtlasBaseline = 1;
constexpr long long kAtlasResolved = 4;

ForeignRow parse_atlas(const Columns& columns) {
  ForeignRow row;
  row.version = text(columns, 0);
  row.description = text(columns, 1);
  const auto type = leading_integer(text(columns, 2));
  row.type = (type & kAtlasBaseline) != 0 ? "BASELINE" : "SQL";
  row.resolved = (type & kAtlasResolved) != 0;
  row.applied = integer(columns, 3);
  row.total = integer(columns, 4);
  row.applied_at = time(columns, 5);
  row.execution_ms = leading_integer(text(columns, 6));
  row.error = text(columns, 7);
  row.checksum = text(columns, 8);
  row.partial_hashes = parse_hashes(text(columns, 9));
  row.by = "Atlas (" + text(columns, 10) + ")";
  return row;
}

ForeignRow parse_flyway(const Columns& columns) {
  ForeignRow row;
  row.version = text(columns, 0);
  row.description = text(columns, 1);
  row.type = text(columns, 2);
  row.checksum = text(columns, 3);
  row.by = "Flyway (" + text(columns, 4) + ")";
  row.applied_at = time(columns, 5);
  row.execution_ms = leading_integer(text(columns, 6));
  row.failed = text(columns, 7) != "true";
  return row;
}

ForeignRow parse_sequelize(const Columns& columns) {
  ForeignRow row;
  row.version = text(columns, 0);
  row.type = "SQL";
  row.by = "sequelize (" + row.version + ")";
  return row;
}

// As Flyway leaves them out itself: the row that says a schema was made has rank 0, a row that is a
// lock -100.
std::string flyway_columns() {
  return "version, description, type, checksum::text, installed_by, " + time_of("installed_on") +
         ", execution_time::text, success::text";
}

}  // namespace

Query make_read_rows(const ForeignHistory& history) {
  const auto from = " FROM " + name_of(history);
  switch (history.tool) {
    case ForeignTool::kAurora:
      return {"SELECT id, description, total::text, count::text, error, " +
              time_of(in_utc("executed_at").c_str()) + ", (execution_time / 1000000)::text" + from +
              " ORDER BY id"};
    case ForeignTool::kAtlas:
      return {"SELECT version, description, type::text, applied::text, total::text, " +
              time_of(in_utc("executed_at").c_str()) +
              ", (execution_time / 1000000)::text, error, hash, partial_hashes::text, "
              "operator_version" +
              from + " WHERE version NOT LIKE '.%' ORDER BY version"};
    case ForeignTool::kFlyway:
      return {"SELECT " + flyway_columns() + from +
              " WHERE installed_rank > 0 ORDER BY installed_rank"};
    case ForeignTool::kSequelize:
      return {"SELECT name" + from + " ORDER BY name"};
  }
  return {};
}

std::vector<ForeignRow> parse_rows(ForeignTool tool, const ResultSet& result) {
  std::vector<ForeignRow> rows;
  rows.reserve(result.rows.size());
  for (const auto& columns : result.rows) {
    switch (tool) {
      case ForeignTool::kAurora:
        rows.push_back(parse_aurora(columns));
        break;
      case ForeignTool::kAtlas:
        rows.push_back(parse_atlas(columns));
        break;
      case ForeignTool::kFlyway:
        rows.push_back(parse_flyway(columns));
        break;
      case ForeignTool::kSequelize:
        rows.push_back(parse_sequelize(columns));
        break;
    }
  }
  return rows;
}

}  // namespace engine
