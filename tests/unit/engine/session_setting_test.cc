#include "engine/session_setting.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/dialect.h"
#include "engine/lexer.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

Migration file_of(const std::string& sql) {
  return parse_directory({{"1_a.sql", sql, "file:///1_a.sql", ""}}).migrations.at(0);
}

// "code line:column" of each.
std::string shown(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    text += (text.empty() ? "" : ", ") + problem.code + " " + std::to_string(problem.line) + ":" +
            std::to_string(problem.column);
  }
  return text;
}

std::string lint(const std::string& sql, int applied = 0) {
  return shown(lint_session(file_of(sql), applied));
}

std::string plan(const std::string& sql, Dialect dialect) {
  return shown(make_plan(parse_directory({{"1_a.sql", sql, "", ""}}), {}, dialect).problems);
}

TEST(SessionSetting, change_of_role_is_refused_with_its_place) {
  for (const char* sql :
       {"SET ROLE app", "SET SESSION ROLE app", "SET LOCAL ROLE app", "SET role TO app",
        "SET ROLE = 'app'", "SET SESSION AUTHORIZATION app", "SET LOCAL SESSION AUTHORIZATION app",
        "SET SESSION SESSION AUTHORIZATION 'app'", "set session_authorization to app",
        "SET \"role\" TO app"}) {
    EXPECT_TRUE(lint("SELECT 1;\n  " + std::string(sql) + ";").starts_with("set-role 2:")) << sql;
  }
  EXPECT_EQ(lint("SELECT 1,\n set_config('Role', 'app', true);"), "set-role 2:2");
  EXPECT_EQ(lint("SELECT pg_catalog.set_config('session_authorization', 'app', false)"),
            "set-role 1:19");
}

TEST(SessionSetting, going_back_to_the_users_own_role_is_not_a_change) {
  for (const char* sql : {"RESET ROLE", "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT",
                          "SET role TO DEFAULT", "RESET SESSION AUTHORIZATION"}) {
    EXPECT_EQ(lint(sql), "") << sql;
  }
}

TEST(SessionSetting, what_ends_with_a_transaction_of_one_statement_is_refused) {
  EXPECT_EQ(lint("SET LOCAL search_path TO app"), "set-local 1:5");
  EXPECT_EQ(lint("SELECT set_config('search_path', 'app', TRUE)"), "set-local 1:8");
  EXPECT_EQ(lint("SET search_path TO app; SELECT set_config('a.b', '1', false); SET TIME ZONE 0"),
            "");
}

TEST(SessionSetting, setting_that_is_part_of_another_statement_is_refused) {
  EXPECT_EQ(lint("INSERT INTO t SELECT set_config('search_path', 'app', false)"),
            "set-config-mixed 1:22");
  EXPECT_EQ(lint("SELECT set_config('a.b', x, false) FROM t"), "set-config-mixed 1:8");
  EXPECT_EQ(lint("SELECT set_config('a.b', now()::text, false)"), "set-config-mixed 1:8");
  EXPECT_EQ(lint("SELECT nextval('s'), \"set_config\"('a.b', 'x', false)"),
            "set-config-mixed 1:22");
  EXPECT_EQ(lint("VALUES (Set_Config('a.b', '1', $1))"), "set-config-mixed 1:9");
}

TEST(SessionSetting, setting_for_its_own_statement_and_one_that_is_not_called_are_none) {
  EXPECT_EQ(lint("WITH s AS (SELECT set_config('a.b', '1', true)) INSERT INTO t SELECT f() FROM s"),
            "");
  EXPECT_EQ(lint("INSERT INTO t VALUES ('set_config(1)') -- set_config('a.b', '1', false)"), "");
  EXPECT_EQ(lint("CREATE VIEW v AS SELECT set_config('a.b', '1', false)"), "");
  EXPECT_EQ(lint("SELECT set_config FROM t"), "");
}

TEST(SessionSetting, statements_that_are_applied_are_not_looked_at) {
  EXPECT_EQ(lint("SET ROLE a;\nSET LOCAL b.c = 1;\nSET ROLE d;", 2), "set-role 3:5");
}

TEST(SessionSetting, only_a_file_that_is_one_transaction_may_have_them) {
  const std::string sql = "SET ROLE app;\nINSERT INTO t SELECT set_config('a.b', '1', false);\n";
  EXPECT_EQ(plan(sql, Dialect::kPostgres), "");
  EXPECT_EQ(plan("-- migrate:transaction none\n" + sql, Dialect::kPostgres),
            "set-role 2:5, set-config-mixed 3:22");
  EXPECT_EQ(plan(sql + "VACUUM t;", Dialect::kPostgres), "set-role 1:5, set-config-mixed 2:22");
  EXPECT_EQ(plan("SET ROLE app;\nSET LOCAL search_path TO app;", Dialect::kDsql),
            "set-role 1:5, set-local 2:5");
}

TEST(SessionSetting, files_that_may_set_something_are_known) {
  for (const char* sql : {"SET a.b = 1", "SELECT f()", "DO $$ BEGIN END $$", "do 'x'", "CALL p()",
                          "EXECUTE p", "INSERT INTO t SELECT set_config('a.b', '1', false)"}) {
    EXPECT_TRUE(may_set_session(file_of("CREATE TABLE t (a int);\n" + std::string(sql)))) << sql;
  }
  EXPECT_FALSE(may_set_session(
      file_of("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nUPDATE t SET a = 2;\n"
              "DROP TABLE t;\nDELETE FROM t;")));
}

}  // namespace
}  // namespace engine
