#include "engine/existing.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

std::string made(const std::string& sql) { return find_made(sql).value_or("-"); }

std::string existing(const std::string& sql, const std::string& sqlstate,
                     const std::string& message) {
  const Error error(ErrorKind::kStatement, message, {sqlstate, message, "", "", 0});
  return find_existing(sql, error).value_or("-");
}

TEST(Existing, object_that_a_statement_makes_is_found) {
  EXPECT_EQ(made("CREATE TABLE IF NOT EXISTS app.Users (id int)"), "users");
  EXPECT_EQ(made("CREATE UNIQUE INDEX ASYNC \"By Name\" ON t (n)"), "By Name");
  EXPECT_EQ(made("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)"), "i");
  EXPECT_EQ(made("CREATE OR REPLACE VIEW v AS SELECT 1"), "v");
  EXPECT_EQ(made("CREATE MATERIALIZED VIEW v AS SELECT 1"), "v");
  EXPECT_EQ(made("CREATE SCHEMA app"), "app");
  EXPECT_EQ(made("CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION owner;"), "app");
  EXPECT_EQ(made("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t"), "g");
  EXPECT_EQ(made("ALTER TABLE IF EXISTS ONLY app.t ADD COLUMN IF NOT EXISTS c int"), "c");
  EXPECT_EQ(made("ALTER TABLE t ADD c numeric(3, 2)"), "c");
  EXPECT_EQ(made("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)"), "k");
  EXPECT_EQ(made("ALTER TYPE mood ADD VALUE 'glad'"), "glad");
}

TEST(Existing, statement_that_does_more_or_something_else_makes_nothing_by_name) {
  for (const char* sql :
       {"ALTER TABLE t ADD a int, ADD b int", "ALTER TABLE t ADD PRIMARY KEY (a)",
        "CREATE SCHEMA s CREATE TABLE t (a int)",
        "CREATE SCHEMA s AUTHORIZATION o GRANT SELECT ON t", "ALTER TABLE t RENAME TO u",
        "CREATE INDEX ON t (a)", "INSERT INTO t VALUES (1)", "DROP TABLE t",
        "ALTER TYPE mood RENAME VALUE 'a' TO 'b'", "CREATE", "ALTER TABLE t"}) {
    EXPECT_EQ(made(sql), "-") << sql;
  }
}

TEST(Existing, refusal_has_to_be_of_that_object) {
  EXPECT_EQ(existing("CREATE TABLE t (id int)", "42P07", "relation \"t\" already exists"), "t");
  EXPECT_EQ(existing("CREATE TABLE t (id int PRIMARY KEY)", "42P07",
                     "relation \"t_pkey\" already exists"),
            "-");
  EXPECT_EQ(existing("CREATE TABLE t (id int)", "42710", "type \"t\" already exists"), "-");
  EXPECT_EQ(existing("CREATE TABLE t (id int)", "42P06", "schema \"t\" already exists"), "-");
  EXPECT_EQ(
      existing("ALTER TABLE t ADD a int", "42701", "column \"a\" of relation \"t\" already exists"),
      "a");
  EXPECT_EQ(
      existing("CREATE SCHEMA s CREATE TABLE s (a int)", "42P07", "relation \"s\" already exists"),
      "-");
  EXPECT_EQ(existing("CREATE FUNCTION f() RETURNS int", "42723",
                     "function \"f\" already exists with same argument types"),
            "f");
  EXPECT_EQ(existing("INSERT INTO t VALUES (1)", "42P07", "relation \"t\" already exists"), "-");
}

TEST(Existing, lost_answer_is_no_refusal) {
  const Error lost(ErrorKind::kConnectionLost, "lost",
                   {"42P07", "relation \"t\" already exists", "", "", 0});
  EXPECT_EQ(find_existing("CREATE TABLE t (id int)", lost), std::nullopt);
}

}  // namespace
}  // namespace engine
