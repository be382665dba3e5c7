#include "engine/settle.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/lexer.h"

namespace engine {
namespace {

using Way = SettleRule::Way;

SettleRule rule_of(const std::string& sql) {
  const auto split = split_statements(sql);
  return make_settle_rule(prepare_statement(split.statements.at(0), Dialect::kDsql));
}

// "again", "again exists", "again missing", "rename pg_attribute t n", "index", "ask".
std::string shown(const std::string& sql) {
  const auto rule = rule_of(sql);
  std::string text;
  if (rule.way == Way::kRunAgain) text = "again";
  if (rule.way == Way::kRename) text = "rename";
  if (rule.way == Way::kIndex) text = "index";
  if (rule.way == Way::kAsk) return rule.reason.empty() ? "ask without a reason" : "ask";
  if (rule.exists_is_done) text += " exists";
  if (rule.missing_is_done) text += " missing";
  if (rule.state_is_done) text += " state";
  if (rule.question) {
    for (const auto& value : rule.question->parameters) text += " " + value.value_or("NULL");
  }
  return text;
}

struct Case {
  const char* sql;
  const char* expected;
};

class Settle : public testing::TestWithParam<Case> {};

TEST_P(Settle, statement_in_doubt) { EXPECT_EQ(shown(GetParam().sql), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Rules, Settle,
    testing::Values(
        Case{"CREATE TABLE t (n int)", "again exists"},
        Case{"create or replace view v as select 1", "again"},
        Case{"CREATE SCHEMA s", "again exists"},
        Case{"CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1", "again exists"},
        Case{"CREATE INDEX i ON t (n)", "index"},
        Case{"CREATE UNIQUE INDEX ASYNC i ON t (n)", "index"}, Case{"CREATE INDEX ON t (n)", "ask"},
        Case{"CREATE STATISTICS ON a, b FROM t", "ask"}, Case{"DROP TABLE t", "again missing"},
        Case{"DROP INDEX IF EXISTS i", "again missing"}, Case{"COMMENT ON TABLE t IS 'x'", "again"},
        Case{"GRANT SELECT ON t TO r", "again"},
        Case{"AWS IAM GRANT r TO 'arn:aws:iam::1:role/x'", "again exists"},
        Case{"AWS IAM REVOKE r FROM 'arn:aws:iam::1:role/x'", "again missing"},
        Case{"ANALYZE t", "again"}, Case{"CALL sys.wait_for_job('x')", "ask"},
        Case{"ALTER TABLE t ADD COLUMN c int, ADD d text", "again exists"},
        Case{"ALTER TABLE t DROP COLUMN c", "again missing"},
        Case{"ALTER TABLE t DROP COLUMN c, ADD COLUMN d int", "again exists missing"},
        Case{"ALTER TABLE t DROP COLUMN c, ADD COLUMN c int", "ask"},
        Case{"ALTER TABLE t DROP COLUMN \"C\", ADD COLUMN c int", "again exists missing"},
        Case{"ALTER TABLE t ALTER COLUMN c SET DEFAULT 1", "again"},
        Case{"ALTER TABLE t ALTER c ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)", "again state"},
        Case{"ALTER TABLE t ALTER c RESTART WITH 5", "ask"},
        Case{"ALTER TABLE t ADD CONSTRAINT k CHECK (n > 0) NOT VALID", "again exists"},
        Case{"ALTER TABLE t ADD CHECK (n > 0) NOT VALID", "ask"},
        Case{"ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES u (n) NOT VALID", "ask"},
        Case{"ALTER TABLE t VALIDATE CONSTRAINT k", "again"},
        Case{"ALTER TABLE app.t RENAME TO \"New\"", "rename missing app.\"New\""},
        Case{"ALTER TABLE t RENAME COLUMN a TO B", "rename missing t b"},
        Case{"ALTER TABLE t RENAME a TO b", "rename missing t b"},
        Case{"ALTER TABLE IF EXISTS ONLY t RENAME CONSTRAINT a TO b", "rename missing t b"},
        Case{"ALTER TABLE app.t SET SCHEMA other", "rename missing other.t"},
        Case{"ALTER INDEX i RENAME TO j", "rename missing j"},
        Case{"ALTER SCHEMA a RENAME TO b", "rename missing b"},
        Case{"ALTER SEQUENCE s RESTART", "ask"}, Case{"ALTER SEQUENCE s INCREMENT 2", "again"},
        Case{"ALTER DOMAIN d RENAME TO e", "ask"}, Case{"ALTER ROLE r LOGIN", "again"}));

TEST(MeansDone, only_the_codes_of_the_rule_count) {
  const auto create = rule_of("CREATE TABLE t (n int)");
  EXPECT_TRUE(means_done(create, "42P07"));
  EXPECT_FALSE(means_done(create, "42P01"));
  EXPECT_FALSE(means_done(create, "42501"));
  EXPECT_FALSE(means_done(rule_of("COMMENT ON TABLE t IS 'x'"), "42P01"));
}

TEST(MeansNotDone, refusal_of_the_text_itself_does_and_of_the_moment_does_not) {
  const auto create = rule_of("CREATE TABLE t (n int)");
  EXPECT_TRUE(means_not_done(create, "42601"));
  EXPECT_TRUE(means_not_done(create, "0A000"));
  EXPECT_FALSE(means_not_done(create, "42501"));
  EXPECT_FALSE(means_not_done(create, "54000"));
  EXPECT_FALSE(means_not_done(rule_of("ALTER TABLE t RENAME TO u"), "42P01"));
  EXPECT_TRUE(means_not_done(rule_of("ALTER TABLE t RENAME TO u"), "42P07"));
}

}  // namespace
}  // namespace engine
