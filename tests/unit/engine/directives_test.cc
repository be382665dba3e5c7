#include "engine/directives.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/lexer.h"

namespace engine {
namespace {

using Texts = std::vector<std::string>;

Texts split(std::string_view text) {
  const SplitResult result = split_statements(text);
  Texts texts;
  for (const Statement& statement : result.statements) texts.push_back(statement.text);
  for (const LexError& error : result.errors) texts.push_back("error:" + error.code);
  return texts;
}

// One line a problem: severity code line:column message | hint
std::string problems_of(std::string_view text) {
  std::string shown;
  for (const Problem& problem : split_statements(text).directives.problems) {
    shown += problem.severity == Severity::kError ? "error " : "warning ";
    shown += problem.code + " " + std::to_string(problem.line) + ":" +
             std::to_string(problem.column) + " " + problem.message + " | " + problem.hint + "\n";
  }
  return shown;
}

// The first problem without its hint.
std::string problem_of(std::string_view text) {
  const std::string all = problems_of(text);
  return all.substr(0, all.find(" | "));
}

std::string mode_of(std::string_view text) {
  const auto mode = split_statements(text).directives.transaction;
  if (!mode) return "";
  return *mode == TransactionMode::kNone ? "none" : "file";
}

TEST(Directives, file_without_any_says_nothing) {
  EXPECT_EQ(mode_of("SELECT 1;"), "");
  EXPECT_EQ(problems_of("-- a remark\nSELECT 1; -- another: migrate it\n"), "");
}

TEST(Directives, transaction_is_read_before_the_first_statement) {
  EXPECT_EQ(mode_of("-- migrate:transaction none\n\nSELECT 1;"), "none");
  EXPECT_EQ(mode_of("-- migrate:transaction file\nSELECT 1;"), "file");
  EXPECT_EQ(mode_of("\n/* head */\n\n--migrate:transaction \t none \r\n\r\nSELECT 1;"), "none");
}

TEST(Directives, transaction_behind_a_statement_is_misplaced) {
  EXPECT_EQ(problems_of("SELECT 1;\n  -- migrate:transaction none\nSELECT 2;"),
            "error misplaced-directive 2:3 migrate:transaction does not stand before the first "
            "statement | Put it before the first statement of the file.\n");
}

TEST(Directives, transaction_takes_none_or_file) {
  EXPECT_EQ(
      problem_of("-- migrate:transaction\nSELECT 1"),
      "error bad-directive 1:1 migrate:transaction takes one of: none, file; here is nothing");
  EXPECT_EQ(
      problem_of("-- migrate:transaction off\nSELECT 1"),
      "error bad-directive 1:1 migrate:transaction takes one of: none, file; here is \"off\"");
}

TEST(Directives, twice_or_two_ways_is_an_error) {
  EXPECT_EQ(problem_of("-- migrate:transaction none\n-- migrate:transaction none\nSELECT 1"),
            "error bad-directive 2:1 migrate:transaction is given twice");
  EXPECT_EQ(problem_of("-- atlas:txmode file\n-- migrate:transaction none\n\nSELECT 1"),
            "error bad-directive 2:1 migrate:transaction contradicts the one before");
  EXPECT_EQ(problems_of("-- atlas:txmode none\n-- migrate:transaction none\n\nSELECT 1"), "");
}

TEST(Directives, unknown_name_is_an_error_with_the_near_one) {
  EXPECT_EQ(problems_of("-- migrate:transation none\nSELECT 1"),
            "error unknown-directive 1:1 there is no directive migrate:transation | Did you mean "
            "migrate:transaction?\n");
  EXPECT_EQ(problems_of("SELECT 1; -- migrate:TRANSACTION none"),
            "error unknown-directive 1:11 there is no directive migrate:TRANSACTION | Did you mean "
            "migrate:transaction?\n");
  EXPECT_NE(problems_of("-- migrate:concurrency 3\nSELECT 1").find("The directives are "),
            std::string::npos);
}

// "1" for each statement under migrate:batch, "0" for each other one.
std::string batches_of(std::string_view text) {
  std::string shown;
  for (const Statement& statement : split_statements(text).statements) {
    shown += statement.batch ? '1' : '0';
  }
  return shown;
}

constexpr const char* kMisplaced =
    "error misplaced-directive 2:1 migrate:batch does not stand directly before a statement";

TEST(Directives, batch_is_for_the_statement_below) {
  EXPECT_EQ(batches_of("-- migrate:batch\nDELETE FROM t;\nDELETE FROM t;\n  -- migrate:batch  \n"
                       "-- of old rows\n/* and\nothers */ DELETE FROM t"),
            "101");
  EXPECT_EQ(batches_of("-- head\r\n\r\n-- migrate:batch\r\nDELETE FROM t\r\n"), "1");
  EXPECT_EQ(batches_of("-- atlas:delimiter \\n\\n\nSELECT 1\n\n-- migrate:batch\nDELETE FROM t"),
            "01");
}

TEST(Directives, batch_anywhere_else_is_misplaced) {
  for (const char* text :
       {"SELECT 1;\n-- migrate:batch\n\nDELETE FROM t",
        "DELETE FROM t\n"
        "-- migrate:batch\nWHERE a",
        "DELETE FROM t;\n-- migrate:batch\n", "\n-- migrate:batch\n;DELETE FROM t"}) {
    EXPECT_EQ(problem_of(text), kMisplaced) << text;
    EXPECT_EQ(batches_of(text).find('1'), std::string::npos) << text;
  }
  EXPECT_TRUE(problem_of("DELETE FROM t; -- migrate:batch\nDELETE FROM t")
                  .starts_with("error misplaced-directive 1:16 "));
}

TEST(Directives, batch_of_a_statement_that_is_none_is_refused) {
  EXPECT_EQ(problem_of("-- migrate:batch\nSELECT 1"),
            "error bad-batch 1:1 migrate:batch is for UPDATE, DELETE and INSERT ... SELECT only");
  EXPECT_EQ(problem_of("-- migrate:batch 100\nDELETE FROM t"),
            "error bad-directive 1:1 migrate:batch takes no argument");
  EXPECT_EQ(problem_of("-- migrate:transaction file\n\n-- migrate:batch\nDELETE FROM t"),
            "error bad-directive 3:1 migrate:batch commits every round, but the file asks for one "
            "transaction");
  EXPECT_EQ(problem_of("-- migrate:bach\nDELETE FROM t"),
            "error unknown-directive 1:1 there is no directive migrate:bach");
}

TEST(Directives, what_is_nearly_one_is_never_passed_over) {
  for (const char* text :
       {"-- migrate: transaction none\nSELECT 1", "/* migrate:transaction none */ SELECT 1",
        "-- Migrate:transaction none\nSELECT 1"}) {
    EXPECT_EQ(problems_of(text),
              "error unknown-directive 1:1 this comment is nearly a directive | Write it as -- "
              "migrate:transaction on a line of its own.\n")
        << text;
  }
}

TEST(Directives, prose_with_the_word_is_no_directive) {
  EXPECT_EQ(problems_of("-- migrate: the users first\n-- to migrate:x see below\n-- migrate:\n"
                        "/* atlas: a book of maps */ SELECT 1"),
            "");
}

TEST(Directives, only_comments_count) {
  EXPECT_EQ(problems_of("SELECT '\n-- migrate:nonsense\n', $$\n-- migrate:nonsense\n$$, \"\n"
                        "-- migrate:nonsense\n\" /*\n-- migrate:nonsense\n*/"),
            "");
}

TEST(Directives, dbmate_files_are_refused) {
  EXPECT_EQ(problem_of("-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n"),
            "error unknown-directive 1:1 migrate:up is a directive of dbmate");
}

TEST(Directives, atlas_txmode_is_read) {
  EXPECT_EQ(mode_of("-- atlas:txmode none\n\nSELECT 1"), "none");
  EXPECT_EQ(mode_of("-- atlas:nolint\n-- atlas:txmode file\n\nSELECT 1"), "file");
  EXPECT_EQ(problems_of("-- atlas:nolint\n-- atlas:txmode file\n \t\nSELECT 1"), "");
  EXPECT_EQ(problems_of("-- atlas:txmode all\n\nSELECT 1"),
            "error bad-directive 1:1 atlas:txmode takes one of: none, file; here is \"all\" | A "
            "file cannot ask for one transaction over all files, in Atlas neither.\n");
}

TEST(Directives, atlas_txmode_is_read_with_a_warning_where_atlas_overlooks_it) {
  for (const char* text : {"-- atlas:txmode none\r\n\r\nSELECT 1", "-- atlas:txmode none\nSELECT 1",
                           "\n-- atlas:txmode none\n\nSELECT 1"}) {
    EXPECT_EQ(mode_of(text), "none") << text;
    EXPECT_TRUE(problems_of(text).starts_with("warning atlas-directive ")) << text;
  }
  EXPECT_EQ(
      problem_of("SELECT 1;\n-- atlas:txmode none\n"),
      "warning misplaced-directive 2:1 atlas:txmode does not stand before the first statement");
}

TEST(Directives, other_words_of_atlas_change_nothing) {
  EXPECT_EQ(
      problems_of("-- atlas:sum ignore\n-- atlas:checkpoint v1\n-- atlas:nolint data_depend\n\n"
                  "-- atlas:nolint\nSELECT 1"),
      "");
  EXPECT_EQ(problems_of("-- atlas:nolnt\n\nSELECT 1"),
            "warning unknown-directive 1:1 there is no directive atlas:nolnt | Did you mean "
            "atlas:nolint?\n");
}

TEST(Directives, words_of_atlas_that_change_what_a_file_does_are_refused) {
  EXPECT_EQ(problems_of("-- atlas:txtar\n\n-- checks.sql --\nSELECT 1;\n-- migration.sql --\n"
                        "DROP TABLE users;\n"),
            "error unknown-directive 1:1 atlas:txtar is not kept to here: the file's checks would "
            "be run as its statements, whatever they answer | Keep the statements below -- "
            "migration.sql -- only, without that line, and ask what the checks ask before the "
            "run.\n");
  EXPECT_TRUE(problem_of("SELECT 1;\n-- atlas:assert DS101\nSELECT 2")
                  .starts_with("error unknown-directive 2:1 atlas:assert is not kept to here"));
  EXPECT_EQ(problem_of("-- atlas:import ./a.sql\n\nSELECT 1"),
            "error unknown-directive 1:1 atlas:import is not kept to here: what it names would not "
            "be run");
}

TEST(Directives, a_word_that_is_nearly_one_of_atlas_is_refused) {
  EXPECT_EQ(problems_of("-- atlas:txmod none\n\nSELECT 1"),
            "error unknown-directive 1:1 there is no directive atlas:txmod | Did you mean "
            "atlas:txmode?\n");
  EXPECT_EQ(problem_of("/* atlas:checkpoint */\n\nSELECT 1"),
            "error unknown-directive 1:1 this comment is nearly a directive");
  EXPECT_TRUE(problem_of("-- atlas:something\n\nSELECT 1").starts_with("warning "));
}

TEST(Delimiter, cuts_the_file_and_is_left_out) {
  EXPECT_EQ(split("-- atlas:delimiter //\nSELECT 1 //\nSELECT 2//"),
            (Texts{"SELECT 1", "SELECT 2"}));
  EXPECT_EQ(split("-- atlas:delimiter -- end\nSELECT 1\n-- end\nSELECT 2 -- end"),
            (Texts{"SELECT 1", "SELECT 2"}));
  EXPECT_EQ(split("-- atlas:delimiter GO\nSELECT going\nGO\nSELECT 2\nGO\n"),
            (Texts{"SELECT going", "SELECT 2"}));
}

TEST(Delimiter, may_be_empty_lines) {
  const std::string text =
      "-- atlas:delimiter \\n\\n\nSELECT 1\n,\n2\n\nSELECT (3,\n\n4)\n\n\n\n-- x\nSELECT 5";
  EXPECT_EQ(split(text), (Texts{"SELECT 1\n,\n2", "SELECT (3,\n\n4)", "SELECT 5"}));
}

TEST(Delimiter, stands_for_either_line_end) {
  for (const char* delimiter : {"\\n\\n", "\\r\\n\\r\\n"}) {
    const std::string head = std::string("-- atlas:delimiter ") + delimiter;
    EXPECT_EQ(split(head + "\r\nSELECT 1\r\n\r\nSELECT 2\r\n"), (Texts{"SELECT 1", "SELECT 2"}));
    EXPECT_EQ(split(head + "\nSELECT 1\n\nSELECT 2\n"), (Texts{"SELECT 1", "SELECT 2"}));
    EXPECT_EQ(split(head + "\rSELECT 1\r+\r1\r\rSELECT 2\r"),
              (Texts{"SELECT 1\r+\r1", "SELECT 2"}));
  }
}

TEST(Delimiter, tab_is_an_escape) {
  EXPECT_EQ(split("-- atlas:delimiter \\t\nSELECT 1\tSELECT 2"), (Texts{"SELECT 1", "SELECT 2"}));
}

TEST(Delimiter, does_not_cut_inside_literals_comments_and_brackets) {
  EXPECT_EQ(
      split("-- atlas:delimiter //\nSELECT '//', $$//$$, \"//\" /* // */ -- //\n, (1 // 2)//"),
      (Texts{"SELECT '//', $$//$$, \"//\" /* // */ -- //\n, (1 // 2)"}));
}

TEST(Delimiter, semicolons_still_cut_where_psql_cuts) {
  EXPECT_EQ(
      split("-- atlas:delimiter //\nSELECT 1; SELECT 2;//\n"
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END//"),
      (Texts{"SELECT 1", "SELECT 2", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END"}));
}

TEST(Delimiter, empty_line_inside_a_routine_is_part_of_it) {
  const std::string routine = "CREATE FUNCTION f() BEGIN ATOMIC\nSELECT 1;\n\nSELECT 2; END";
  EXPECT_EQ(split("-- atlas:delimiter \\n\\n\n" + routine + "\n\nSELECT 3"),
            (Texts{routine, "SELECT 3"}));
  EXPECT_EQ(split_statements("-- atlas:delimiter \\n\\n\n" + routine).statements.at(0).hash,
            split_statements(routine).statements.at(0).hash);
}

TEST(Delimiter, counts_on_the_first_line_only) {
  EXPECT_EQ(split("\n-- atlas:delimiter //\nSELECT 1 // 2"), (Texts{"SELECT 1 // 2"}));
  EXPECT_TRUE(problems_of("\n-- atlas:delimiter //\nSELECT 1").starts_with("warning misplaced"));
  EXPECT_TRUE(problems_of("--atlas:delimiter //\nSELECT 1").starts_with("warning misplaced"));
}

TEST(Delimiter, has_to_be_named) {
  EXPECT_EQ(problem_of("-- atlas:delimiter\nSELECT 1"),
            "error bad-directive 1:1 atlas:delimiter names no delimiter");
  EXPECT_EQ(problem_of("-- atlas:delimiter \r\nSELECT 1"),
            "error bad-directive 1:1 atlas:delimiter names no delimiter");
}

TEST(Delimiter, places_are_those_of_the_file) {
  const auto result = split_statements("-- atlas:delimiter \\n\\n\nSELECT 1\n\n  SELECT 2");
  ASSERT_EQ(result.statements.size(), 2U);
  EXPECT_EQ(result.statements[1].line, 4);
  EXPECT_EQ(result.statements[1].column, 3);
}

}  // namespace
}  // namespace engine
