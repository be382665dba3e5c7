#include "engine/dialect.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "engine/lexer.h"

namespace engine {
namespace {

PreparedStatement prepare(const std::string& text, Dialect dialect) {
  return prepare_statement(split_statements(text).statements.at(0), dialect);
}

std::string dsql(const std::string& text) { return prepare(text, Dialect::kDsql).sql; }
std::string postgres(const std::string& text) { return prepare(text, Dialect::kPostgres).sql; }

TEST(DialectDsql, plain_index_becomes_asynchronous) {
  EXPECT_EQ(dsql("CREATE INDEX i ON t (a)"), "CREATE INDEX ASYNC i ON t (a)");
  EXPECT_EQ(dsql("create unique index if not exists i on s.t (a)"),
            "create unique index ASYNC if not exists i on s.t (a)");
}

TEST(DialectDsql, index_without_a_name_becomes_asynchronous) {
  EXPECT_EQ(dsql("CREATE INDEX ON t(a)"), "CREATE INDEX ASYNC ON t(a)");
}

TEST(DialectDsql, concurrently_becomes_async) {
  EXPECT_EQ(dsql("CREATE INDEX concurrently i ON t (a)"), "CREATE INDEX ASYNC i ON t (a)");
  EXPECT_EQ(dsql("CREATE UNIQUE INDEX CONCURRENTLY ON t (a)"),
            "CREATE UNIQUE INDEX ASYNC ON t (a)");
}

TEST(DialectDsql, async_index_stays_as_written) {
  EXPECT_EQ(dsql("create index Async i on t (a)"), "create index Async i on t (a)");
}

TEST(DialectDsql, using_btree_is_dropped) {
  EXPECT_EQ(dsql("CREATE INDEX i ON t USING btree (a)"), "CREATE INDEX ASYNC i ON t (a)");
  EXPECT_EQ(dsql("CREATE INDEX i ON t\n  using BTREE\n  (a)"), "CREATE INDEX ASYNC i ON t\n  (a)");
  EXPECT_EQ(dsql("CREATE INDEX i ON t USING \"btree\"(a)"), "CREATE INDEX ASYNC i ON t(a)");
}

TEST(DialectDsql, other_methods_stay_for_lint_to_report) {
  EXPECT_EQ(dsql("CREATE INDEX i ON t USING gin (a)"), "CREATE INDEX ASYNC i ON t USING gin (a)");
}

TEST(DialectDsql, asc_is_dropped_and_desc_stays) {
  EXPECT_EQ(dsql("CREATE INDEX i ON t (a ASC, lower(b) asc NULLS LAST, c DESC)"),
            "CREATE INDEX ASYNC i ON t (a, lower(b) NULLS LAST, c DESC)");
}

TEST(DialectDsql, columns_named_like_keywords_stay) {
  EXPECT_EQ(dsql("CREATE INDEX i ON t (\"asc\", \"using\") WHERE \"asc\" = 'USING btree ASC'"),
            "CREATE INDEX ASYNC i ON t (\"asc\", \"using\") WHERE \"asc\" = 'USING btree ASC'");
}

TEST(DialectDsql, comments_and_strings_stay_as_they_are) {
  EXPECT_EQ(dsql("CREATE /* CONCURRENTLY */ INDEX -- btree\n CONCURRENTLY \"concurrently\" ON t "
                 "(a /* ASC */ ASC)"),
            "CREATE /* CONCURRENTLY */ INDEX -- btree\n ASYNC \"concurrently\" ON t (a /* ASC */)");
}

TEST(DialectDsql, comment_between_index_and_name_does_not_swallow_async) {
  EXPECT_EQ(dsql("CREATE INDEX -- note\ni ON t (a)"), "CREATE INDEX ASYNC -- note\ni ON t (a)");
}

TEST(DialectDsql, validate_constraint_becomes_asynchronous) {
  EXPECT_EQ(dsql("ALTER TABLE t VALIDATE CONSTRAINT c"),
            "ALTER TABLE ASYNC t VALIDATE CONSTRAINT c");
  EXPECT_EQ(dsql("ALTER TABLE IF EXISTS ONLY s.t VALIDATE CONSTRAINT \"c\""),
            "ALTER TABLE ASYNC IF EXISTS ONLY s.t VALIDATE CONSTRAINT \"c\"");
  EXPECT_EQ(dsql("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c"),
            "ALTER TABLE ASYNC t VALIDATE CONSTRAINT c");
}

TEST(DialectDsql, everything_else_is_sent_as_written) {
  for (const std::string text :
       {"CREATE TABLE t (id int)", "ALTER TABLE t ADD COLUMN validate text",
        "ALTER TABLE t VALIDATE CONSTRAINT c, ADD COLUMN d text",
        "COMMENT ON INDEX i IS 'CREATE INDEX'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'CREATE INDEX i ON t (a)'",
        "INSERT INTO t VALUES ('CREATE INDEX i ON t (a)')", "DROP INDEX CONCURRENTLY i",
        "REINDEX INDEX CONCURRENTLY i", "CREATE INDEX i", "CREATE INDEX i ON t USING"}) {
    EXPECT_EQ(dsql(text), text);
    EXPECT_FALSE(prepare(text, Dialect::kDsql).starts_job) << text;
  }
}

TEST(DialectDsql, index_says_what_its_job_works_on) {
  const PreparedStatement prepared =
      prepare("CREATE UNIQUE INDEX CONCURRENTLY \"I x\" ON ONLY app . \"T\" (a)", Dialect::kDsql);
  EXPECT_EQ(prepared.kind, StatementKind::kDdl);
  EXPECT_TRUE(prepared.starts_job);
  EXPECT_EQ(prepared.index_name, "\"I x\"");
  EXPECT_EQ(prepared.table_name, "app.\"T\"");
  EXPECT_EQ(prepared.constraint_name, "");
}

TEST(DialectDsql, validation_says_what_its_job_works_on) {
  const PreparedStatement prepared =
      prepare("ALTER TABLE ONLY app.t VALIDATE CONSTRAINT \"C\"", Dialect::kDsql);
  EXPECT_EQ(prepared.kind, StatementKind::kDdl);
  EXPECT_TRUE(prepared.starts_job);
  EXPECT_EQ(prepared.table_name, "app.t");
  EXPECT_EQ(prepared.constraint_name, "\"C\"");
}

TEST(DialectPostgres, async_index_is_built_concurrently) {
  const PreparedStatement prepared =
      prepare("CREATE INDEX async IF NOT EXISTS i ON t (a)", Dialect::kPostgres);
  EXPECT_EQ(prepared.sql, "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)");
  EXPECT_EQ(prepared.kind, StatementKind::kStandalone);
  EXPECT_FALSE(prepared.starts_job);
  EXPECT_EQ(prepared.index_name, "i");
}

TEST(DialectPostgres, other_indexes_stay_as_written) {
  for (const std::string text :
       {"CREATE INDEX i ON t USING btree (a ASC)", "CREATE INDEX CONCURRENTLY i ON t (a)",
        "CREATE INDEX \"async\" ON t (a)", "CREATE INDEX async_i ON t (a)"}) {
    EXPECT_EQ(postgres(text), text);
  }
  EXPECT_EQ(prepare("CREATE INDEX i ON t (a)", Dialect::kPostgres).kind, StatementKind::kDdl);
}

TEST(DialectPostgres, validation_loses_async) {
  EXPECT_EQ(postgres("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c"),
            "ALTER TABLE t VALIDATE CONSTRAINT c");
  EXPECT_EQ(postgres("ALTER TABLE ASYNC IF EXISTS s.t VALIDATE CONSTRAINT c"),
            "ALTER TABLE IF EXISTS s.t VALIDATE CONSTRAINT c");
  EXPECT_FALSE(prepare("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c", Dialect::kPostgres).starts_job);
}

TEST(DialectPostgres, table_called_async_is_a_table) {
  for (const std::string text :
       {"ALTER TABLE async VALIDATE CONSTRAINT c", "ALTER TABLE async ADD COLUMN x int",
        "ALTER TABLE async.t VALIDATE CONSTRAINT c"}) {
    EXPECT_EQ(postgres(text), text);
  }
}

}  // namespace
}  // namespace engine
