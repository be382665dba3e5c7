#include <gtest/gtest.h>

#include <string>

#include "handler/hcl_evaluate.h"
#include "handler/request_error.h"

namespace handler {
namespace {

// The value of `x = EXPRESSION` as JSON, or the error.
std::string value_of(const std::string& expression) {
  const HclSource source{"a.hcl", "x = " + expression + "\n"};
  const HclOutside outside{[](const std::string& name) { return name == "SET" ? "from env" : ""; },
                           [](const std::string& path) {
                             return path == "there" ? std::optional<std::string>("content\n")
                                                    : std::nullopt;
                           }};
  try {
    const HclBody body = parse_hcl(source);
    HclEvaluator evaluator(
        source, outside,
        [](const HclExpression&, const std::string& name,
           const std::vector<std::string>&) -> std::optional<HclEvaluator::Found> {
          if (name != "o") return std::nullopt;
          return HclEvaluator::Found{{{"a", {{"b", 1}}}, {"l", {1, 2}}}, 0};
        });
    return evaluator.evaluate(body.find("x")->value).dump();
  } catch (const RequestError& error) {
    return error.what();
  }
}

std::string error_of(const std::string& text) {
  const HclSource source{"a.hcl", text};
  try {
    parse_hcl(source);
    return "";
  } catch (const RequestError& error) {
    EXPECT_EQ(error.field(), "config");
    return error.what();
  }
}

TEST(Hcl, literals_and_collections) {
  EXPECT_EQ(value_of("12"), "12");
  EXPECT_EQ(value_of("1.5e1"), "15.0");
  EXPECT_EQ(value_of("[true, null, \"a\",]"), "[true,null,\"a\"]");
  EXPECT_EQ(value_of("[\n  1, # one\n  2\n]"), "[1,2]");
  EXPECT_EQ(value_of("{ a = 1, \"b c\" : 2\n (\"d\") = 3 }"), "{\"a\":1,\"b c\":2,\"d\":3}");
}

TEST(Hcl, operators_bind_as_in_the_specification) {
  EXPECT_EQ(value_of("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(value_of("(1 + 2) * 3 % 4"), "1");
  EXPECT_EQ(value_of("-2 + 3"), "1");
  EXPECT_EQ(value_of("1 < 2 && 2 <= 2 || false"), "true");
  EXPECT_EQ(value_of("!(1 == 1) || \"a\" != \"b\""), "true");
  EXPECT_EQ(value_of("1 > 2 ? \"a\" : 1 > 0 ? \"b\" : \"c\""), "\"b\"");
  EXPECT_EQ(value_of("true ? 1 : nothing.at.all"), "1");
}

TEST(Hcl, templates_join_and_a_single_part_keeps_its_type) {
  EXPECT_EQ(value_of("\"${1 + 1}\""), "2");
  EXPECT_EQ(value_of("\"a${1}b${true}\""), "\"a1btrue\"");
  EXPECT_EQ(value_of("\"$${a} %%{b} $5 100%\""), "\"${a} %{b} $5 100%\"");
  EXPECT_EQ(value_of(R"("\n\t\"\\\u00e9\U0001F600")"), "\"\\n\\t\\\"\\\\é😀\"");
  EXPECT_EQ(value_of("\"a  ${~ \"b\" ~}  c\""), "\"abc\"");
  EXPECT_EQ(value_of("\"${\"in ${\"in\"}\"}\""), "\"in in\"");
}

TEST(Hcl, heredocs_keep_lines_and_lose_common_indent) {
  EXPECT_EQ(value_of("<<EOT\n  a\n b\\n${1}\nEOT"), "\"  a\\n b\\\\n1\\n\"");
  EXPECT_EQ(value_of("<<-EOT\n    a\n      b ${2}\n\n  EOT"), "\"a\\n  b 2\\n\\n\"");
  EXPECT_EQ(value_of("<<EOT\nEOT"), "\"\"");
}

TEST(Hcl, references_reach_into_values) {
  EXPECT_EQ(value_of("o.a.b"), "1");
  EXPECT_EQ(value_of("o[\"a\"].b + o.l[1]"), "3");
  EXPECT_EQ(value_of("o.x"), "a.hcl:1:5: there is no attribute 'x'\n  x = o.x\n      ^");
  EXPECT_EQ(value_of("p.x"), "a.hcl:1:5: there is no p.x\n  x = p.x\n      ^");
  EXPECT_EQ(value_of("o.l[2]"),
            "a.hcl:1:9: there is nothing at this index\n  x = o.l[2]\n          ^");
}

TEST(Hcl, functions) {
  EXPECT_EQ(value_of("getenv(\"SET\")"), "\"from env\"");
  EXPECT_EQ(value_of("getenv(\"UNSET\")"), "\"\"");
  EXPECT_EQ(value_of("trimspace(file(\"there\"))"), "\"content\"");
  EXPECT_EQ(value_of("urlescape(\"a+b/c=d e~é\")"), "\"a%2Bb%2Fc%3Dd%20e~%C3%A9\"");
  EXPECT_EQ(value_of("urlqueryset(\"p://h/d?a=1&search_path=x\", \"search_path\", \"y\")"),
            "\"p://h/d?a=1&search_path=y\"");
  EXPECT_EQ(value_of("urlsetpath(\"p://h/d?a=1\", \"e\")"), "\"p://h/e?a=1\"");
  EXPECT_EQ(value_of("urluserinfo(\"p://x:y@h/d\", \"u\", \"p w\")"), "\"p://u:p%20w@h/d\"");
  EXPECT_EQ(value_of("format(\"%s-%d%%\", \"a\", 3)"), "\"a-3%\"");
  EXPECT_EQ(value_of("join(\"-\", split(\",\", \"a,,b\"))"), "\"a--b\"");
  EXPECT_EQ(value_of("upper(replace(\"aXa\", \"X\", \"b\"))"), "\"ABA\"");
  EXPECT_EQ(value_of("trimprefix(trimsuffix(\"abc\", \"c\"), \"a\")"), "\"b\"");
  EXPECT_EQ(value_of("[length([1, 2]), contains([\"a\"], \"a\"), element([1, 2], 3)]"),
            "[2,true,2]");
  EXPECT_EQ(value_of("toset(concat([1], [1, 2]))"), "[1,2]");
  EXPECT_EQ(value_of("jsondecode(\"{\\\"a\\\": [1]}\").a[0]"), "1");
  EXPECT_EQ(value_of("coalesce(\"\", null, \"b\")"), "\"b\"");
  EXPECT_EQ(value_of("try(o.none, file(\"none\"), 7)"), "7");
}

TEST(Hcl, wrong_calls_say_what_is_wrong) {
  EXPECT_EQ(value_of("nothing(1)"),
            "a.hcl:1:5: there is no function nothing\n  x = nothing(1)\n      ^");
  EXPECT_EQ(value_of("upper()"), "a.hcl:1:5: upper: it takes 1 arguments\n  x = upper()\n      ^");
  EXPECT_EQ(value_of("upper([])"),
            "a.hcl:1:5: upper: argument 1 is not text\n  x = upper([])\n      ^");
  EXPECT_EQ(value_of("file(\"none\")"),
            "a.hcl:1:5: file: there is no file none\n  x = file(\"****\")\n      ^");
  EXPECT_EQ(value_of("1 / 0"),
            "a.hcl:1:9: this is zero, and it is divided by\n  x = 1 / 0\n          ^");
}

TEST(HclError, has_line_column_and_caret) {
  EXPECT_EQ(error_of("a = 1\nenv \"dev\" {\n  é = \"x\n}\n"),
            "a.hcl:3:7: the string is not closed\n    é = \"*\n        ^");
  EXPECT_EQ(error_of("a = 1 b = 2"),
            "a.hcl:1:7: the line should end behind the value\n  a = 1 b = 2\n        ^");
  EXPECT_EQ(error_of("a = 1\na = 2"), "a.hcl:2:1: 'a' is set a second time\n  a = 2\n  ^");
  EXPECT_EQ(error_of("env \"x\" {\n"), "a.hcl:2:1: the block is not closed\n  \n  ^");
  EXPECT_EQ(error_of("}"), "a.hcl:1:1: this } closes nothing\n  }\n  ^");
  EXPECT_EQ(error_of("a = [for x in y : x]"),
            "a.hcl:1:6: a for expression is not read here\n  a = [for x in y : x]\n       ^");
  EXPECT_EQ(error_of("a = \"%{ if x }\""),
            "a.hcl:1:6: a template directive %{ } is not read here\n  a = \"%{ if x }\"\n       ^");
  EXPECT_EQ(error_of("a = <<X\n b\n"), "a.hcl:1:5: the heredoc has no end\n  a = <<X\n      ^");
}

TEST(HclError, line_is_shown_without_passwords) {
  EXPECT_EQ(error_of("url = \"postgres://app:hunter2@h/d\" x"),
            "a.hcl:1:36: the line should end behind the value\n"
            "  url = \"**************************\" x\n" +
                std::string(37, ' ') + "^");
  EXPECT_EQ(error_of("password = \"hunter2\" x"),
            "a.hcl:1:22: the line should end behind the value\n"
            "  password = \"*******\" x\n" +
                std::string(23, ' ') + "^");
  const auto shown = [](const std::string& text) {
    const std::string error = error_of(text);
    return error.substr(std::min(error.find('\n'), error.size()));
  };
  EXPECT_EQ(shown("pw = \"hunter2\" oops"),
            "\n  pw = \"*******\" oops\n" + std::string(17, ' ') + "^");
  EXPECT_EQ(shown("url = \"postgres://u:hunter2\n"),
            "\n  url = \"********************\n" + std::string(8, ' ') + "^");
  EXPECT_EQ(shown("x = f(\"üé\", \"${a.b}:pw\", \"a\\\"b\") y"),
            "\n  x = f(\"**\", \"${a.b}***\", \"****\") y\n" + std::string(35, ' ') + "^");
  EXPECT_EQ(shown("x = \"hun${te r2\""), "\n  x = \"***********\n" + std::string(15, ' ') + "^");
  EXPECT_EQ(shown("x = 1 y # hunter2"), "\n  x = 1 y *********\n        ^");
  EXPECT_EQ(shown("x = <<EOT\n hunter2 ${ 1 + }\nEOT\n").find("hunter2"), std::string::npos);
}

TEST(HclError, deep_nesting_and_growth_are_refused) {
  EXPECT_NE(error_of("a = " + std::string(10000, '[')).find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(error_of("a = " + std::string(10000, '!')).find("nested too deeply"),
            std::string::npos);
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += "a {\n";
  EXPECT_NE(error_of(blocks).find("nested too deeply"), std::string::npos);
  std::string sum = "a = 1";
  for (int i = 0; i < 1000; ++i) sum += "+1";
  EXPECT_NE(error_of(sum).find("nested too deeply"), std::string::npos);
  EXPECT_NE(value_of("replace(replace(replace(\"" + std::string(200, 'a') + "\", \"a\", \"" +
                     std::string(200, 'b') + "\"), \"b\", \"" + std::string(200, 'c') +
                     "\"), \"c\", \"dd\")")
                .find("grows beyond 1 MiB"),
            std::string::npos);
}

}  // namespace
}  // namespace handler
