#include "engine/failure.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

PlannedStatement statement_of(const std::string& text) {
  PlannedStatement statement;
  statement.number = 2;
  statement.line = 10;
  statement.column = 5;
  statement.text = text;
  statement.prepared.sql = text;
  return statement;
}

TEST(Failure, server_position_becomes_line_and_column_of_the_file) {
  const auto statement = statement_of("SELECT 'ü',\n  nosuch");
  EXPECT_EQ(locate(statement, 8).line, 10);
  EXPECT_EQ(locate(statement, 8).column, 12);
  EXPECT_EQ(locate(statement, 12).column, 16);
  EXPECT_EQ(locate(statement, 15).line, 11);
  EXPECT_EQ(locate(statement, 15).column, 3);
}

TEST(Failure, rewritten_statement_has_its_own_place) {
  auto statement = statement_of("CREATE INDEX i ON t (n)");
  statement.prepared.sql = "CREATE INDEX ASYNC i ON t (n)";
  EXPECT_EQ(locate(statement, 20).line, 10);
  EXPECT_EQ(locate(statement, 20).column, 5);
  EXPECT_EQ(locate(statement_of("SELECT 1"), 0).column, 5);
}

TEST(Failure, refused_statement_is_named_with_code_place_and_next_step) {
  Migration migration;
  migration.version = "3";
  migration.file = "3_x.sql";
  const Error error(ErrorKind::kStatement, "column \"x\" does not exist",
                    {"42703", "column \"x\" does not exist", "some detail", "Perhaps y.", 8});
  const auto failure = make_failure(error, migration, statement_of("SELECT x\nFROM t"), false);
  EXPECT_EQ(failure.code, "statement-failed");
  EXPECT_EQ(failure.file, "3_x.sql");
  EXPECT_EQ(failure.column, 12);
  EXPECT_EQ(failure.statement, "SELECT x");
  EXPECT_EQ(failure.statement_number, 2);
  EXPECT_EQ(failure.sqlstate, "42703");
  EXPECT_EQ(failure.detail, "some detail");
  EXPECT_EQ(failure.hint,
            "Perhaps y. Correct the file and run again; what was done before this statement will "
            "not be done twice");
}

TEST(Failure, transaction_too_large_is_told_the_batch_form) {
  for (const char* message :
       {"transaction row limit exceeded", "transaction size limit 10mb exceeded",
        "transaction age limit of 300s exceeded"}) {
    const Error error(ErrorKind::kStatement, message, {"54000", message, "", "", 0});
    const auto failure = make_failure(error, Migration{}, statement_of("DELETE FROM t"), false);
    EXPECT_NE(failure.hint.find("-- migrate:batch\nDELETE FROM t WHERE key IN"), std::string::npos);
  }
  const Error columns(ErrorKind::kStatement, "x", {"54000", "row is too big", "", "", 0});
  const auto other = make_failure(columns, Migration{}, statement_of("DELETE FROM t"), false);
  EXPECT_EQ(other.hint.find("batch"), std::string::npos);
}

}  // namespace
}  // namespace engine
