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

std::string error_of(std::string_view text) {
  const SplitResult result = split_statements(text);
  if (result.errors.empty()) return "";
  const LexError& error = result.errors.front();
  return std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message +
         "\n" + error.caret;
}

std::string hash_of(std::string_view text) { return split_statements(text).statements.at(0).hash; }

TEST(Split, semicolons_separate_and_are_left_out) {
  EXPECT_EQ(split("SELECT 1; SELECT 2;\n"), (Texts{"SELECT 1", "SELECT 2"}));
}

TEST(Split, last_statement_needs_no_semicolon) {
  EXPECT_EQ(split("SELECT 1;\nSELECT 2\n"), (Texts{"SELECT 1", "SELECT 2"}));
}

TEST(Split, empty_statements_are_left_out) {
  EXPECT_EQ(split(";;\nSELECT 1;;\n;"), (Texts{"SELECT 1"}));
}

TEST(Split, comments_alone_are_no_statement) {
  EXPECT_EQ(split("-- nothing here; yet\n/* ; */\n"), (Texts{}));
  EXPECT_EQ(split(""), (Texts{}));
}

TEST(Split, text_begins_at_the_first_token_and_ends_at_the_last) {
  EXPECT_EQ(split("-- head\nSELECT /* in */ 1 -- tail\n;\n"), (Texts{"SELECT /* in */ 1"}));
}

TEST(Split, place_is_that_of_the_first_token) {
  const SplitResult result = split_statements("SELECT 1; -- é\r\n  /* é */ SELECT 2");
  ASSERT_EQ(result.statements.size(), 2U);
  EXPECT_EQ(result.statements[1].line, 2);
  EXPECT_EQ(result.statements[1].column, 11);
}

TEST(Split, semicolons_in_literals_names_and_comments_do_not_separate) {
  EXPECT_EQ(split("SELECT ';', \"a;b\", $$;$$, E'\\';' /* ; */ -- ;\n, 1; SELECT 2").size(), 2U);
}

TEST(Split, semicolons_in_parentheses_do_not_separate) {
  const std::string rule =
      "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b)";
  EXPECT_EQ(split(rule + ";SELECT 1"), (Texts{rule, "SELECT 1"}));
}

TEST(Split, function_body_in_dollar_quotes_is_one_statement) {
  const std::string function =
      "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  -- note; it's\n  "
      "RETURN 1;\nEND;\n$$";
  EXPECT_EQ(split(function + ";\nSELECT 3;\n"), (Texts{function, "SELECT 3"}));
}

TEST(Split, atomic_body_with_case_is_one_statement) {
  const std::string function =
      "CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC\n"
      "  SELECT 1;\n  SELECT CASE WHEN a > 1 THEN CASE WHEN a > 2 THEN 2 END ELSE 3 END;\nEND";
  EXPECT_EQ(split(function + ";\nSELECT 3;\n"), (Texts{function, "SELECT 3"}));
}

TEST(Split, atomic_body_may_have_case_in_parentheses_and_end_as_a_label) {
  const std::string function =
      "CREATE PROCEDURE p() BEGIN ATOMIC SELECT (CASE WHEN true THEN 1 END) AS end; SELECT t.case "
      "FROM t; END";
  EXPECT_EQ(split(function + "; SELECT 1"), (Texts{function, "SELECT 1"}));
}

TEST(Split, function_called_begin_has_no_body) {
  EXPECT_EQ(
      split("CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT 2").size(), 2U);
}

TEST(Split, begin_atomic_counts_only_in_a_routine) {
  EXPECT_EQ(split("BEGIN ATOMIC; SELECT 1"), (Texts{"BEGIN ATOMIC", "SELECT 1"}));
}

TEST(Split, transaction_statements_and_columns_called_begin_are_plain) {
  EXPECT_EQ(split("BEGIN;\nCREATE TABLE t (begin int);\nCOMMIT;\n").size(), 3U);
}

TEST(Split, case_outside_a_routine_does_not_hold_a_semicolon) {
  EXPECT_EQ(split("UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END;\nSELECT 2;\n").size(), 2U);
}

TEST(Split, nesting_of_any_depth_needs_no_stack) {
  const std::string deep(300'000, '(');
  EXPECT_EQ(split(deep), (Texts{"error:unbalanced-parenthesis"}));
  EXPECT_EQ(split(deep + std::string(300'000, ')')).size(), 1U);
  std::string explain;
  for (int i = 0; i < 100'000; ++i) explain += "EXPLAIN ANALYZE ";
  EXPECT_EQ(split(explain).size(), 1U);
}

TEST(SplitErrors, parenthesis_never_closed_is_shown_where_it_opened) {
  EXPECT_EQ(error_of("SELECT 1;\nCREATE TABLE t (id int;\nSELECT (2);\n"),
            "2:16: this ( is never closed\n"
            "CREATE TABLE t (id int;\n"
            "               ^");
}

TEST(SplitErrors, parenthesis_that_closes_nothing_is_shown) {
  EXPECT_EQ(error_of("SELECT (1));"),
            "1:11: this ) closes nothing\n"
            "SELECT (1));\n"
            "          ^");
  EXPECT_EQ(error_of("SELECT (a]);"),
            "1:10: this ] closes nothing\n"
            "SELECT (a]);\n"
            "         ^");
}

TEST(SplitErrors, atomic_body_without_end_is_shown_where_it_began) {
  EXPECT_EQ(error_of("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\nSELECT 2;"),
            "1:33: this BEGIN ATOMIC has no END\n"
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\n"
            "                                ^");
}

TEST(SplitErrors, first_error_wins_and_complete_statements_stay) {
  EXPECT_EQ(split("SELECT 1; SELECT ); SELECT 'x"),
            (Texts{"SELECT 1", "error:unbalanced-parenthesis"}));
  EXPECT_EQ(split("SELECT 1; SELECT (2; SELECT 'x"),
            (Texts{"SELECT 1", "error:unterminated-string"}));
}

TEST(Hash, layout_comments_and_case_of_words_do_not_count) {
  EXPECT_EQ(hash_of("CREATE TABLE t(id int,x text)"),
            hash_of("create  table T -- note\n (\r\n  ID int, /* x */ x TEXT\n);"));
}

TEST(Hash, is_sha256_of_the_tokens_joined_by_one_space) {
  // printf 'select 1' | sha256sum
  EXPECT_EQ(hash_of("SELECT\n1;"),
            "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f");
}

TEST(Hash, strings_and_quoted_names_count_exactly) {
  EXPECT_NE(hash_of("SELECT 'a'"), hash_of("SELECT 'A'"));
  EXPECT_NE(hash_of("SELECT 'a b'"), hash_of("SELECT 'a  b'"));
  EXPECT_NE(hash_of("SELECT \"a\""), hash_of("SELECT \"A\""));
  EXPECT_NE(hash_of("SELECT $$a$$"), hash_of("SELECT $x$a$x$"));
}

TEST(Hash, joined_tokens_differ_from_split_ones) {
  EXPECT_NE(hash_of("SELECT a b"), hash_of("SELECT ab"));
  EXPECT_EQ(hash_of("SELECT a=-1"), hash_of("SELECT a = - 1"));
}

}  // namespace
}  // namespace engine
