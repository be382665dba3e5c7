#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/lexer.h"

namespace engine {
namespace {

StatementKind kind_of(const std::string& text) {
  return split_statements(text).statements.at(0).kind;
}

void expect_all(StatementKind kind, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) EXPECT_EQ(kind_of(text), kind) << text;
}

TEST(Classify, changes_of_the_schema_are_ddl) {
  expect_all(
      StatementKind::kDdl,
      {"CREATE TABLE t (id int)", "create unique index i on t (a)", "CREATE INDEX ASYNC i ON t (a)",
       "ALTER TABLE t ADD COLUMN c text", "DROP TABLE IF EXISTS t", "COMMENT ON TABLE t IS 'x'",
       "GRANT SELECT ON t TO app", "REVOKE ALL ON t FROM app", "AWS IAM GRANT app TO 'arn'",
       "REFRESH MATERIALIZED VIEW v", "CREATE TABLE a AS SELECT 1",
       "/* x */ CREATE -- y\n VIEW v AS SELECT 1"});
}

TEST(Classify, select_into_is_ddl) {
  expect_all(StatementKind::kDdl,
             {"SELECT * INTO t FROM a", "SELECT a, (SELECT 1) INTO TEMP t FROM b",
              "WITH x AS (SELECT 1) SELECT * INTO t FROM x"});
}

TEST(Classify, changes_of_rows_are_dml) {
  expect_all(StatementKind::kDml,
             {"INSERT INTO t VALUES (1)", "update t set a = 1", "DELETE FROM t",
              "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "COPY t FROM '/x'",
              "TRUNCATE t", "DO $$ BEGIN END $$"});
}

TEST(Classify, with_goes_by_its_main_verb) {
  expect_all(StatementKind::kDml,
             {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
              "WITH RECURSIVE a (x) AS (SELECT 1), b AS (SELECT 2) UPDATE t SET x = 1",
              "WITH a AS NOT MATERIALIZED (SELECT 1) DELETE FROM t"});
  expect_all(StatementKind::kQuery, {"WITH a AS (SELECT 1) SELECT * FROM a",
                                     "WITH a AS (SELECT 'insert' AS update) TABLE a"});
}

TEST(Classify, with_that_changes_rows_in_its_list_is_dml) {
  expect_all(StatementKind::kDml,
             {"WITH gone AS (DELETE FROM t RETURNING *) SELECT count(*) FROM gone"});
}

TEST(Classify, queries_are_queries) {
  expect_all(StatementKind::kQuery,
             {"SELECT 1", "VALUES (1)", "TABLE t", "SHOW search_path", "(SELECT 1) UNION SELECT 2",
              "((SELECT 1))", "COPY t TO '/x'", "SELECT f(x) FROM into_table"});
}

TEST(Classify, explain_counts_as_its_statement_only_with_analyze) {
  expect_all(
      StatementKind::kQuery,
      {"EXPLAIN DELETE FROM t", "EXPLAIN (COSTS OFF) DELETE FROM t", "EXPLAIN VERBOSE SELECT 1",
       "EXPLAIN (ANALYZE false) DELETE FROM t", "EXPLAIN ANALYZE SELECT 1"});
  expect_all(StatementKind::kDml,
             {"EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN (COSTS OFF, ANALYZE) DELETE FROM t",
              "explain analyze verbose insert into t values (1)"});
}

TEST(Classify, session_settings_live_with_the_connection) {
  expect_all(StatementKind::kSession,
             {"SET search_path = app", "RESET ALL", "SET LOCAL a.b TO 1", "DISCARD ALL",
              "PREPARE p AS SELECT 1", "DEALLOCATE ALL", "LISTEN x"});
}

TEST(Classify, select_of_set_config_alone_is_a_setting) {
  expect_all(
      StatementKind::kSession,
      {"SELECT set_config('search_path', 'app', false)",
       "SELECT pg_catalog.set_config('search_path', '', false) AS path",
       "select SET_CONFIG('a.b', 'x', true), set_config('c.d', NULL, false) d",
       "SELECT set_config('search_path', current_setting('search_path') || ', app', false)"});
  expect_all(
      StatementKind::kQuery,
      {"SELECT set_config('a.b', x, false) FROM t", "SELECT 1, set_config('a.b', '', false)",
       "SELECT set_config('a.b', nextval('s')::text, false)", "SELECT set_config(x, 'y', false)",
       "SELECT set_config('a', 'b')", "SELECT app.set_config('a.b', 'c', false)",
       "SELECT set_config('a.b', 'c', false) WHERE f()", "SELECT set_config"});
}

TEST(Classify, transaction_control_is_its_own_kind) {
  expect_all(
      StatementKind::kTransaction,
      {"BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT a",
       "RELEASE a", "ROLLBACK TO a", "PREPARE TRANSACTION 'x'", "SET TRANSACTION READ ONLY"});
}

TEST(Classify, what_cannot_be_in_a_transaction_stands_alone) {
  expect_all(StatementKind::kStandalone,
             {"CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE UNIQUE INDEX CONCURRENTLY ON t (a)",
              "DROP INDEX CONCURRENTLY i", "REINDEX INDEX CONCURRENTLY i", "VACUUM t", "ANALYZE t",
              "CALL sys.wait_for_job('x')", "ALTER SYSTEM SET a = 1", "CREATE DATABASE d",
              "DROP DATABASE d", "ALTER TYPE s.mood ADD VALUE IF NOT EXISTS 'glad'",
              "ALTER SUBSCRIPTION s REFRESH PUBLICATION", "CREATE TABLESPACE s LOCATION '/x'",
              "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"});
}

TEST(Classify, names_that_look_like_keywords_do_not_count) {
  expect_all(StatementKind::kDdl,
             {"CREATE INDEX \"concurrently\" ON t (a)", "CREATE INDEX concurrently_idx ON t (a)"});
  expect_all(StatementKind::kUnknown, {"\"select\" 1", "'select'", "FOO BAR", "; ; AWS S3"});
}

}  // namespace
}  // namespace engine
