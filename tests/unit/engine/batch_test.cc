#include "engine/batch.h"

#include <gtest/gtest.h>

#include <string>

namespace engine {
namespace {

std::string fault_of(std::string_view statement) {
  const auto fault = find_batch_fault(statement);
  return fault ? fault->message : "";
}

TEST(Batch, changes_that_choose_their_rows_are_run_in_rounds) {
  for (const char* sql :
       {"DELETE FROM t WHERE id IN (SELECT id FROM t WHERE old LIMIT 1000)",
        "UPDATE ONLY t SET a = 1 WHERE id IN (SELECT id FROM t WHERE a = 0 LIMIT 9)",
        "INSERT INTO t (a, b) SELECT a, b FROM s WHERE NOT EXISTS (SELECT 1 FROM t) LIMIT 9",
        "INSERT INTO a.t AS x OVERRIDING USER VALUE SELECT 1 LIMIT 1", "INSERT INTO t (SELECT 1)",
        "WITH d AS (SELECT id FROM t LIMIT 9) DELETE FROM t USING d WHERE t.id = d.id",
        "WITH RECURSIVE d (a) AS (SELECT 1), e AS (SELECT 2) INSERT INTO t SELECT * FROM d LIMIT "
        "1"}) {
    EXPECT_EQ(fault_of(sql), "") << sql;
  }
}

TEST(Batch, other_statements_are_not) {
  for (const char* sql : {"SELECT 1", "CREATE TABLE t ()", "MERGE INTO t USING s ON true",
                          "WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d", "TRUNCATE t",
                          "EXPLAIN ANALYZE DELETE FROM t"}) {
    EXPECT_EQ(fault_of(sql), "migrate:batch is for UPDATE, DELETE and INSERT ... SELECT only")
        << sql;
  }
}

TEST(Batch, what_would_never_end_is_not) {
  EXPECT_NE(fault_of("INSERT INTO t (a) VALUES (1)").find("the same rows every time"),
            std::string::npos);
  EXPECT_NE(fault_of("INSERT INTO t DEFAULT VALUES"), "");
  EXPECT_NE(fault_of("UPDATE t SET a = (SELECT 1 WHERE true)").find("for ever"), std::string::npos);
}

TEST(Batch, hint_shows_the_form_for_the_statement) {
  EXPECT_EQ(make_batch_hint("DELETE FROM app.log WHERE day < now()", false),
            "Change at most 1000 rows at a time, and let it be run until none is left (key stands "
            "for the primary key):\n-- migrate:batch\nDELETE FROM app.log WHERE key IN (SELECT key "
            "FROM app.log WHERE <what is to go> LIMIT 1000);");
  EXPECT_NE(make_batch_hint("WITH a AS (SELECT 1) UPDATE \"T\" SET a = 1", false)
                .find("UPDATE \"T\" SET ... WHERE key IN (SELECT key FROM \"T\" WHERE"),
            std::string::npos);
  EXPECT_NE(make_batch_hint("INSERT INTO t (a) SELECT 1", false)
                .find("-- migrate:batch\nINSERT INTO t SELECT ... FROM s WHERE NOT EXISTS"),
            std::string::npos);
  EXPECT_EQ(make_batch_hint("WITH a AS (SELECT 1) INSERT INTO t VALUES (1)", false),
            "Write it as several INSERTs of at most 3,000 rows each");
  EXPECT_TRUE(make_batch_hint("DELETE FROM t", true).starts_with("Lower the LIMIT"));
  EXPECT_NE(make_batch_hint("SELECT f()", false), "");
}

}  // namespace
}  // namespace engine
