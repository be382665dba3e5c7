#include "engine/lexer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace engine {
namespace {

const char* name_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kWord:
      return "word";
    case TokenKind::kQuotedName:
      return "name";
    case TokenKind::kString:
      return "string";
    case TokenKind::kDollarString:
      return "dollar";
    case TokenKind::kNumber:
      return "number";
    case TokenKind::kParameter:
      return "parameter";
    case TokenKind::kOperator:
      return "operator";
    case TokenKind::kPunctuation:
      return "punctuation";
    case TokenKind::kComment:
      return "comment";
    case TokenKind::kDelimiter:
      return "delimiter";
  }
  return "";
}

// "word:SELECT", ... ; an error ends the list as "error:code".
std::vector<std::string> tokens_of(std::string_view text) {
  const LexResult result = lex(text);
  std::vector<std::string> tokens;
  for (const Token& token : result.tokens) {
    tokens.push_back(std::string(name_of(token.kind)) + ":" + std::string(token.text));
  }
  for (const LexError& error : result.errors) tokens.push_back("error:" + error.code);
  return tokens;
}

using Tokens = std::vector<std::string>;

// line:column: message, then the caret lines: all a person sees.
std::string error_of(std::string_view text) {
  const LexResult result = lex(text);
  if (result.errors.empty()) return "";
  const LexError& error = result.errors.front();
  return std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message +
         "\n" + error.caret;
}

TEST(Lexer, doubled_quote_stays_inside_a_string) {
  EXPECT_EQ(tokens_of("'it''s; x' y"), (Tokens{"string:'it''s; x'", "word:y"}));
}

TEST(Lexer, backslash_is_itself_in_a_plain_string) {
  EXPECT_EQ(tokens_of(R"('c:\' x)"), (Tokens{R"(string:'c:\')", "word:x"}));
}

TEST(Lexer, backslash_escapes_a_quote_in_an_e_string) {
  EXPECT_EQ(tokens_of(R"(E'it\'s; x' e'\\' y)"),
            (Tokens{R"(string:E'it\'s; x')", R"(string:e'\\')", "word:y"}));
}

// As the server does (a 15 server and libpg_query 18 were asked); libpg_query 16 does not see past
// the comment, and psql reads line by line.
TEST(Lexer, e_string_continues_with_its_escapes_after_a_line_end) {
  EXPECT_EQ(
      tokens_of("E'a'\n-- note\n'b\\'; c' ; x"),
      (Tokens{"string:E'a'", "comment:-- note", "string:'b\\'; c'", "punctuation:;", "word:x"}));
}

TEST(Lexer, e_string_does_not_continue_on_the_same_line) {
  EXPECT_EQ(tokens_of("E'a' 'b\\' ; x"),
            (Tokens{"string:E'a'", "string:'b\\'", "punctuation:;", "word:x"}));
}

TEST(Lexer, plain_string_continues_without_escapes) {
  EXPECT_EQ(tokens_of("'a'\n'b\\' ;"), (Tokens{"string:'a'", "string:'b\\'", "punctuation:;"}));
}

TEST(Lexer, string_prefixes_belong_to_the_string) {
  EXPECT_EQ(tokens_of("b'01' X'ff' n'x' U&'d\\0061;t' u&\"a;b\""),
            (Tokens{"string:b'01'", "string:X'ff'", "string:n'x'", "string:U&'d\\0061;t'",
                    "name:u&\"a;b\""}));
}

TEST(Lexer, letter_that_ends_a_longer_word_is_no_string_prefix) {
  EXPECT_EQ(tokens_of(R"(type'a\' x)"), (Tokens{"word:type", R"(string:'a\')", "word:x"}));
}

TEST(Lexer, prefix_and_quote_have_to_touch) {
  EXPECT_EQ(tokens_of(R"(E 'a\' x)"), (Tokens{"word:E", R"(string:'a\')", "word:x"}));
}

TEST(Lexer, dollar_string_ends_at_its_own_tag) {
  EXPECT_EQ(tokens_of("$a$ $$x;y$$ $A$ $a$;"),
            (Tokens{"dollar:$a$ $$x;y$$ $A$ $a$", "punctuation:;"}));
}

TEST(Lexer, dollar_tag_may_have_letters_beyond_ascii) {
  EXPECT_EQ(tokens_of("$é1$;$é1$"), (Tokens{"dollar:$é1$;$é1$"}));
}

TEST(Lexer, dollar_belongs_to_the_word_it_touches) {
  EXPECT_EQ(tokens_of("a$b$ FROM t; c$b$"),
            (Tokens{"word:a$b$", "word:FROM", "word:t", "punctuation:;", "word:c$b$"}));
}

TEST(Lexer, dollar_before_digits_is_a_parameter) {
  EXPECT_EQ(tokens_of("$1::int; $2 $"), (Tokens{"parameter:$1", "operator:::", "word:int",
                                                "punctuation:;", "parameter:$2", "punctuation:$"}));
}

TEST(Lexer, dollar_quote_may_follow_a_parameter) {
  EXPECT_EQ(tokens_of("$1$a$;$a$"), (Tokens{"parameter:$1", "dollar:$a$;$a$"}));
}

TEST(Lexer, tag_without_a_second_dollar_is_no_quote) {
  EXPECT_EQ(tokens_of("$abc + 1"), (Tokens{"punctuation:$", "word:abc", "operator:+", "number:1"}));
}

TEST(Lexer, quoted_name_keeps_semicolons_and_doubled_quotes) {
  EXPECT_EQ(tokens_of(R"("a"";b" "it's")"), (Tokens{R"(name:"a"";b")", R"(name:"it's")"}));
}

TEST(Lexer, block_comments_nest) {
  EXPECT_EQ(tokens_of("/* a /* b; */ c; */ x"), (Tokens{"comment:/* a /* b; */ c; */", "word:x"}));
}

TEST(Lexer, slash_star_slash_does_not_close_a_comment) {
  EXPECT_EQ(tokens_of("/*/ a **/ x"), (Tokens{"comment:/*/ a **/", "word:x"}));
}

TEST(Lexer, line_comment_ends_at_any_line_end) {
  EXPECT_EQ(tokens_of("-- don't\r\nx -- y\rz -- w"),
            (Tokens{"comment:-- don't", "word:x", "comment:-- y", "word:z", "comment:-- w"}));
}

TEST(Lexer, operator_ends_before_a_comment) {
  EXPECT_EQ(tokens_of("1 +-- x\n*/* y */ 2"),
            (Tokens{"number:1", "operator:+", "comment:-- x", "operator:*", "comment:/* y */",
                    "number:2"}));
}

TEST(Lexer, operator_of_plain_characters_does_not_end_in_a_sign) {
  EXPECT_EQ(tokens_of("a=-1"), (Tokens{"word:a", "operator:=", "operator:-", "number:1"}));
  EXPECT_EQ(tokens_of("a @- b"), (Tokens{"word:a", "operator:@-", "word:b"}));
}

TEST(Lexer, json_and_cast_operators_are_one_token) {
  EXPECT_EQ(tokens_of("a #>> '{b}' ->> 'c' ?| d::text x:=1 y=>2"),
            (Tokens{"word:a", "operator:#>>", "string:'{b}'", "operator:->>", "string:'c'",
                    "operator:?|", "word:d", "operator:::", "word:text", "word:x",
                    "operator::=", "number:1", "word:y", "operator:=>", "number:2"}));
}

TEST(Lexer, numbers_take_their_fraction_and_exponent) {
  EXPECT_EQ(tokens_of("1.5e-3 .5 2. 1..3 0x1F 1_000 1e 12ab"),
            (Tokens{"number:1.5e-3", "number:.5", "number:2.", "number:1", "operator:..",
                    "number:3", "number:0x1F", "number:1_000", "number:1e", "number:12ab"}));
}

TEST(Lexer, words_may_have_letters_beyond_ascii) {
  EXPECT_EQ(tokens_of("größe日本"), (Tokens{"word:größe日本"}));
}

TEST(Lexer, columns_count_code_points_and_lines_any_line_end) {
  const LexResult result = lex("é x\r\n\ty\rz\n  w");
  ASSERT_EQ(result.tokens.size(), 5U);
  EXPECT_EQ(result.tokens[1].column, 3);
  EXPECT_EQ(result.tokens[2].line, 2);
  EXPECT_EQ(result.tokens[2].column, 2);
  EXPECT_EQ(result.tokens[3].line, 3);
  EXPECT_EQ(result.tokens[3].column, 1);
  EXPECT_EQ(result.tokens[4].line, 4);
  EXPECT_EQ(result.tokens[4].column, 3);
}

TEST(Lexer, lines_go_on_inside_strings_and_comments) {
  const LexResult result = lex("'a\nb' /* c\n\n */ $$\n$$ x");
  ASSERT_EQ(result.tokens.size(), 4U);
  EXPECT_EQ(result.tokens[3].line, 5);
  EXPECT_EQ(result.tokens[3].column, 4);
}

TEST(LexerErrors, unterminated_string_is_shown_where_it_began) {
  EXPECT_EQ(error_of("SELECT 1;\nINSERT INTO t VALUES ('abc);\nSELECT 2;\n"),
            "2:23: this string has no closing '\n"
            "INSERT INTO t VALUES ('abc);\n"
            "                      ^");
}

TEST(LexerErrors, backslash_at_the_end_of_an_e_string_does_not_close_it) {
  EXPECT_EQ(error_of(R"(SELECT E'a\')"),
            "1:8: this string has no closing '\n"
            "SELECT E'a\\'\n"
            "       ^");
}

TEST(LexerErrors, unterminated_quoted_name_is_shown_where_it_began) {
  EXPECT_EQ(error_of("CREATE TABLE \"a (id int);"),
            "1:14: this quoted name has no closing \"\n"
            "CREATE TABLE \"a (id int);\n"
            "             ^");
}

TEST(LexerErrors, unterminated_nested_comment_is_shown_at_the_outermost) {
  EXPECT_EQ(error_of("SELECT 1; /* a /* b */\n"),
            "1:11: this comment has no closing */\n"
            "SELECT 1; /* a /* b */\n"
            "          ^");
}

TEST(LexerErrors, unterminated_dollar_quote_names_its_tag) {
  EXPECT_EQ(error_of("AS $body$ BEGIN $Body$"),
            "1:4: this dollar-quoted string has no closing $body$\n"
            "AS $body$ BEGIN $Body$\n"
            "   ^");
  EXPECT_EQ(error_of("$$ x"),
            "1:1: this dollar-quoted string has no closing $$\n"
            "$$ x\n"
            "^");
}

TEST(LexerErrors, psql_command_is_named) {
  EXPECT_EQ(error_of("\\connect other\n"),
            "1:1: \\connect is a command of psql, not SQL\n"
            "\\connect other\n"
            "^");
  EXPECT_EQ(error_of("SELECT 1 \\gexec"),
            "1:10: \\gexec is a command of psql, not SQL\n"
            "SELECT 1 \\gexec\n"
            "         ^");
}

TEST(LexerErrors, end_of_copy_data_is_explained) {
  EXPECT_EQ(error_of("COPY t FROM stdin;\n1\ta\n\\.\n"),
            "3:1: \\. ends data of COPY FROM STDIN, which only psql can send\n"
            "\\.\n"
            "^");
}

TEST(LexerErrors, caret_stands_under_its_place_behind_tabs_and_wide_letters) {
  EXPECT_EQ(error_of("\té 'x"),
            "1:4: this string has no closing '\n"
            "\té 'x\n"
            "\t  ^");
}

TEST(LexerErrors, long_line_is_cut_to_a_window_about_the_place) {
  const std::string text = std::string(5000, ' ') + "'" + std::string(5000, 'x');
  const LexResult result = lex(text);
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(result.errors[0].column, 5001);
  EXPECT_EQ(result.errors[0].caret, "..." + std::string(60, ' ') + "'" + std::string(59, 'x') +
                                        "\n   " + std::string(60, ' ') + "^");
}

TEST(Lexer, any_single_byte_lexes_without_a_crash) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const LexResult result = lex(text);
    EXPECT_LE(result.tokens.size() + result.errors.size(), 1U) << byte;
  }
}

TEST(Utf8, accepts_every_length_up_to_the_last_code_point) {
  std::size_t bad = 99;
  EXPECT_TRUE(is_valid_utf8("a\xc3\xa9\xe2\x82\xac\xf4\x8f\xbf\xbf", &bad));
  EXPECT_TRUE(is_valid_utf8("", nullptr));
  EXPECT_EQ(bad, 99U);
}

TEST(Utf8, names_the_first_bad_byte) {
  const struct {
    const char* text;
    std::size_t offset;
  } cases[] = {
      {"ab\xff", 2},           {"a\x80", 1},        {"\xc0\xaf", 0},
      {"x\xe0\x80\x80", 1},    {"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0}, {"ab\xc3", 2},       {"\xe2\x82 ", 0},
      {"\xc3\xa9\xe4", 2},
  };
  for (const auto& one : cases) {
    std::size_t bad = 99;
    EXPECT_FALSE(is_valid_utf8(one.text, &bad)) << one.text;
    EXPECT_EQ(bad, one.offset) << one.text;
  }
}

}  // namespace
}  // namespace engine
