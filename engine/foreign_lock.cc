#include "engine/foreign_lock.h"

namespace engine {
namespace {

// What the tables are called; with a renamed one $1 and $2, its name and schema.
std::string make_tables(const HistoryChoice& history, std::vector<Value>* parameters) {
  const std::string usual = "'flyway_schema_history', 'atlas_schema_revisions'";
  const bool locks = history.tool == ForeignTool::kFlyway || history.tool == ForeignTool::kAtlas;
  if (!locks || !history.is_renamed()) return "c.relname IN (" + usual + ") ORDER BY s.nspname";
  parameters->insert(parameters->end(), {history.table, history.schema});
  const auto table = "$" + std::to_string(parameters->size() - 1);
  const auto schema = "$" + std::to_string(parameters->size());
  return "c.relname IN (" + usual + ", " + table + ") AND (c.relname <> " + table +
         " OR s.nspname = " + schema + ") ORDER BY c.relname = " + table + " DESC, s.nspname";
}

// The keys of pg_advisory_lock(bigint). Atlas has one: FNV-1 of "atlas_migrate_execute". Flyway
// (PostgreSQLAdvisoryLockTemplate) adds Java's hash of "schema"."table" to "Flyway" as a number;
// twice the modulo, for the hash wraps around to negative ones. A schema a tenant may give
// thousands of tables: the first twenty are taken.
std::string make_keys(const HistoryChoice& history, std::vector<Value>* parameters) {
  const std::string is_atlas = history.tool == ForeignTool::kAtlas && history.is_renamed()
                                   ? "c.relname <> 'flyway_schema_history'"
                                   : "c.relname = 'atlas_schema_revisions'";
  return "(SELECT DISTINCT CASE WHEN t.atlas THEN 'Atlas' ELSE 'Flyway' END AS tool, CASE WHEN "
         "t.atlas THEN 2686470616 ELSE 77431708279161 + ((h.hash + 2147483648) & 4294967295) - "
         "2147483648 END AS key FROM (SELECT " +
         is_atlas +
         " AS atlas, '\"' || replace(s.nspname::text, '\"', '\"\"') || '\".\"' || "
         "replace(c.relname::text, '\"', '\"\"') || '\"' AS name FROM pg_class c JOIN pg_namespace "
         "s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND " +
         make_tables(history, parameters) +
         " LIMIT 20) t CROSS JOIN LATERAL (WITH RECURSIVE java(i, hash) AS (SELECT 0, 0::bigint "
         "UNION ALL SELECT i + 1, (hash * 31 + ascii(substr(t.name, i + 1, 1))) & 4294967295 FROM "
         "java WHERE i < length(t.name)) SELECT hash FROM java ORDER BY i DESC LIMIT 1) h) keys";
}

std::string make_tried(const HistoryChoice& history, std::vector<Value>* parameters) {
  return "(SELECT tool, key, pg_try_advisory_lock_shared(key) AS got FROM " +
         make_keys(history, parameters) + " OFFSET 0) tried";
}

std::string tool_of(const std::string& taken) { return taken.substr(0, taken.find(' ')); }

}  // namespace

std::string make_taking_keys(const HistoryChoice& history, std::vector<Value>* parameters) {
  return "(SELECT min(tool || ' ' || key) FROM " + make_tried(history, parameters) +
         " WHERE NOT got)";
}

Query make_take_keys(const HistoryChoice& history) {
  Query query;
  query.sql = "SELECT " + make_taking_keys(history, &query.parameters);
  return query;
}

Query make_hold_keys(const HistoryChoice& history) {
  Query query;
  query.sql = "SELECT 1 / (count(*) FILTER (WHERE NOT got) = 0)::integer FROM " +
              make_tried(history, &query.parameters);
  query.guard = Query::Guard{ErrorKind::kLeaseLost,
                             "Flyway or Atlas is at work on this database: its advisory lock is "
                             "another session's"};
  return query;
}

// A bigint key is two of oid's in pg_locks.
Query make_find_key_holder(const std::string& taken) {
  return {
      "SELECT a.usename::text, a.application_name, a.pid::text, to_char(COALESCE(a.xact_start, "
      "a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM pg_locks "
      "l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
      "AND l.objsubid = 1 AND a.datname = current_database() AND l.classid::bigint = "
      "($1::bigint >> 32) AND l.objid::bigint = ($1::bigint & 4294967295) AND l.mode = "
      "'ExclusiveLock' LIMIT 1",
      {taken.substr(taken.find(' ') + 1)}};
}

LockHolder parse_key_holder(const std::string& taken, const ResultSet& result) {
  LockHolder holder{tool_of(taken), "", ""};
  if (result.rows.empty()) return holder;
  const auto& row = result.rows[0];
  const auto application = row.at(1).value_or("");
  holder.owner += " (user " + row.at(0).value_or("");
  if (!application.empty()) holder.owner += ", application " + application;
  holder.owner += ", process " + row.at(2).value_or("") + ")";
  holder.since = row.at(3).value_or("");
  return holder;
}

}  // namespace engine
