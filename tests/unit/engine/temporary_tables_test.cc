#include "engine/temporary_tables.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

std::string made(const char* sql) { return find_temporary_change(sql).made; }

TEST(TemporaryChange, is_made_by_every_form_that_makes_one) {
  EXPECT_EQ(made("CREATE TEMP TABLE t (n int)"), "t");
  EXPECT_EQ(made("create local temporary table if not exists \"T\" as select 1"), "T");
  EXPECT_EQ(made("CREATE TABLE pg_temp.T (n int) ON COMMIT DELETE ROWS"), "t");
  EXPECT_EQ(made("CREATE OR REPLACE TEMP VIEW v AS SELECT 1"), "v");
  EXPECT_EQ(made("CREATE TEMPORARY SEQUENCE s"), "s");
  EXPECT_EQ(made("SELECT a, (SELECT 1) INTO TEMP TABLE t FROM u"), "t");
  EXPECT_EQ(made("WITH a AS (SELECT 1) SELECT * INTO pg_temp.t FROM a"), "t");
}

TEST(TemporaryChange, is_made_by_nothing_else) {
  EXPECT_EQ(made("CREATE TABLE temp (n int)"), "");
  EXPECT_EQ(made("CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1"), "");
  EXPECT_EQ(made("CREATE TABLE app.t (n int)"), "");
  EXPECT_EQ(made("SELECT 1 INTO t"), "");
  EXPECT_EQ(made("SELECT 1 FROM t"), "");
  EXPECT_EQ(made("WITH a AS (SELECT 1) INSERT INTO temp SELECT * FROM a"), "");
  EXPECT_EQ(made("INSERT INTO temp VALUES (1)"), "");
}

TEST(TemporaryChange, ends_with_a_drop_or_discard) {
  EXPECT_EQ(find_temporary_change("DROP TABLE IF EXISTS a, pg_temp.\"B\", app.c CASCADE").dropped,
            (std::set<std::string>{"a", "B"}));
  EXPECT_TRUE(find_temporary_change("DISCARD TEMP").dropped_all);
  EXPECT_FALSE(find_temporary_change("DISCARD PLANS").dropped_all);
}

}  // namespace
}  // namespace engine
