#include "handler/project_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "handler/request_error.h"

namespace handler {
namespace {

std::string read_example(const std::string& name) {
  std::ifstream in(std::string(HCL_EXAMPLES) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

HclOutside make_outside() {
  return {[](const std::string& name) { return name == "AWS_REGION" ? "us-east-1" : ""; },
          [](const std::string&) { return std::nullopt; }};
}

ProjectConfig read(const std::string& text, const ProjectChoice& choice) {
  return read_project({"p.hcl", text}, choice, make_outside());
}

std::string error_of(const std::string& text, const ProjectChoice& choice = {}) {
  try {
    read(text, choice);
    return "";
  } catch (const RequestError& error) {
    return error.field() + ": " + error.what() + " | " + error.hint();
  }
}

TEST(ProjectConfig, example_of_aurora) {
  const ProjectConfig config = read(read_example("aurora.hcl"), {"dev", {}});
  EXPECT_EQ(config.env, "dev");
  EXPECT_EQ(config.url, "dsql://admin@abc.dsql.us-east-1.on.aws:5432/postgres?sslmode=require");
  ASSERT_TRUE(config.token);
  EXPECT_EQ(config.token->kind, ProjectToken::Kind::kDsql);
  EXPECT_EQ(config.token->username, "admin");
  EXPECT_EQ(config.token->endpoint, "abc.dsql.us-east-1.on.aws");
  EXPECT_EQ(config.token->region, "us-east-1");
  EXPECT_EQ(config.dir, "file://migrations");
  EXPECT_FALSE(config.lock_timeout);
}

// Its file() would fail.
TEST(ProjectConfig, token_of_another_env_is_not_evaluated) {
  EXPECT_EQ(error_of(read_example("aurora.hcl"), {"dev", {}}), "");
  EXPECT_NE(error_of(read_example("aurora.hcl"), {"prod", {}}), "");
}

TEST(ProjectConfig, example_of_atlas) {
  const ProjectConfig config = read(read_example("atlas.hcl"), {"qa", {{"tenant", "t1"}}});
  EXPECT_EQ(config.env, "qa");
  EXPECT_EQ(config.url,
            "dsql://admin@abc.dsql.eu-west-1.on.aws:5432/postgres?sslmode=require&search_path="
            "public,t1,x-7");
  ASSERT_TRUE(config.token);
  EXPECT_EQ(config.token->username, "admin");
  EXPECT_EQ(config.dir, "s3://bucket/t1/");
  EXPECT_EQ(config.format, "atlas");
  EXPECT_EQ(config.revisions_schema, "audit");
  EXPECT_EQ(config.exec_order, "linear-skip");
  EXPECT_EQ(config.tx_mode, "none");
  EXPECT_EQ(config.baseline, "20260101");
  EXPECT_EQ(config.lock_timeout, std::chrono::seconds(90));
}

TEST(ProjectConfig, variable_is_given_by_the_caller_and_has_its_type) {
  const std::string text = read_example("atlas.hcl");
  EXPECT_EQ(read(text, {"qa", {{"tenant", "a"}, {"linear", "false"}}}).tx_mode, "file");
  EXPECT_EQ(read(text, {"qa", {{"tenant", "a"}}}).dir, "file://a");
  EXPECT_EQ(error_of(text, {"qa", {{"tenant", "a"}, {"linear", "perhaps"}}}),
            "variables: variable 'linear' does not have a value of type bool | see block variable "
            "\"linear\" in p.hcl");
  const std::string missing = error_of(text, {"qa", {}});
  EXPECT_NE(missing.find("variable 'tenant' has no value"), std::string::npos) << missing;
}

TEST(ProjectConfig, rds_token_keeps_the_scheme) {
  const ProjectConfig config = read(
      "data \"aws_rds_token\" \"t\" {\n  endpoint = \"h:5432\"\n  username = \"u\"\n}\n"
      "env \"one\" { url = \"postgres://u:${data.aws_rds_token.t}@h:5432/d\" }\n",
      {});
  EXPECT_EQ(config.url, "postgres://u@h:5432/d");
  EXPECT_EQ(config.token->kind, ProjectToken::Kind::kRds);
}

TEST(ProjectConfig, env_is_the_only_one_or_has_to_be_chosen) {
  const std::string two = "env \"a\" {\n}\nenv \"b\" {\n}\n";
  EXPECT_EQ(read("env \"a\" {\n}\n", {}).env, "a");
  EXPECT_EQ(error_of(two),
            "env: p.hcl has several environments, and none is chosen | there are: a, b");
  EXPECT_EQ(error_of(two, {"c", {}}), "env: p.hcl has no environment 'c' | there are: a, b");
}

TEST(ProjectConfig, what_cannot_be_kept_to_is_refused) {
  EXPECT_EQ(
      error_of("env \"a\" {\n  for_each = [1]\n}\n"),
      "config: p.hcl:2:3: for_each is not read here\n    for_each = [1]\n    ^ | Write an env "
      "for each, or call the function once for each.");
  EXPECT_NE(error_of("env \"a\" { url = data.sql.x.value }\n"
                     "data \"sql\" \"x\" {\n}\n")
                .find("data sources of type sql are not read here"),
            std::string::npos);
  EXPECT_NE(error_of("env \"a\" {\n  migration {\n    exec_order = SIDEWAYS\n  }\n}\n")
                .find("exec_order is not known"),
            std::string::npos);
  EXPECT_NE(error_of("env \"a\" {\n  migration {\n    lock_timeout = \"soon\"\n  }\n}\n")
                .find("this is no duration"),
            std::string::npos);
  EXPECT_NE(error_of("data \"aws_dsql_token\" \"t\" { endpoint = \"h\" }\n"
                     "env \"a\" { url = \"dsql://h/${data.aws_dsql_token.t}\" }\n")
                .find("a token is used for something else"),
            std::string::npos);
}

TEST(ProjectConfig, a_value_that_is_empty_is_not_one_that_is_absent) {
  const auto config = read(
      "locals {\n  u = getenv(\"PROD_URL\")\n}\nenv \"a\" {\n  url = local.u\n  migration {\n"
      "    dir = \"\"\n    revisions_schema = \"${getenv(\"A\")}${getenv(\"B\")}\"\n  }\n}\n",
      {});
  ASSERT_EQ(config.refused.size(), 3u);
  EXPECT_EQ(config.refused.at("target").what(),
            std::string("p.hcl:5:3: url is empty: the environment has no value for PROD_URL\n"
                        "    url = local.u\n    ^"));
  EXPECT_EQ(config.refused.at("target").hint(), "Give it a value, or give the event a target.");
  EXPECT_EQ(std::string(config.refused.at("source").what()).substr(0, 26),
            "p.hcl:7:5: dir is empty\n  ");
  EXPECT_NE(std::string(config.refused.at("history").what()).find("no value for A, B"),
            std::string::npos);
  EXPECT_TRUE(read("env \"a\" {\n}\n", {}).refused.empty());
}

TEST(ProjectConfig, a_second_block_of_a_name_is_refused) {
  const auto error = [](const std::string& text) {
    const auto all = error_of(text);
    return all.substr(0, all.find('\n'));
  };
  EXPECT_EQ(error("env \"a\" {\n}\nenv \"a\" {\n}\n"),
            "config: p.hcl:3:1: env \"a\" is there a second time");
  EXPECT_EQ(error("variable \"v\" {\n}\nvariable \"v\" {\n}\nenv \"a\" {\n}\n"),
            "config: p.hcl:3:1: variable \"v\" is there a second time");
  EXPECT_EQ(error("env \"a\" {\n  migration {\n  }\n  migration {\n  }\n}\n"),
            "config: p.hcl:4:3: migration is there a second time");
  EXPECT_EQ(error("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\nenv \"a\" {\n}\n"),
            "config: p.hcl:5:3: local.a is set a second time");
}

TEST(ProjectConfig, a_key_that_is_nearly_one_is_refused_and_another_passed_over) {
  EXPECT_EQ(error_of("env \"a\" {\n  urls = 1\n}\n"),
            "config: p.hcl:2:3: there is no 'urls' here\n    urls = 1\n    ^ | Did you mean url?");
  EXPECT_NE(error_of("env \"a\" {\n  migration {\n    basline = \"1\"\n  }\n}\n")
                .find("Did you mean baseline?"),
            std::string::npos);
  const auto config = read(
      "env \"a\" {\n  src = \"x\"\n  tenant = \"t\"\n  migration {\n    exclude = [\"1*\"]\n"
      "    repo {\n    }\n  }\n}\n",
      {});
  EXPECT_EQ(config.passed_over, (std::vector<std::string>{"exclude", "repo"}));
}

TEST(ProjectConfig, a_value_for_a_variable_that_there_is_not_is_refused) {
  const std::string text = "variable \"db\" {\n  default = \"\"\n}\nenv \"a\" {\n}\n";
  EXPECT_EQ(error_of(text, {"", {{"dbs", "x"}}}),
            "variables: p.hcl has no variable 'dbs' | did you mean 'db'?");
  EXPECT_EQ(error_of(text, {"", {{"other", "x"}}}),
            "variables: p.hcl has no variable 'other' | write a block variable \"other\", or leave "
            "it out");
}

TEST(ProjectConfig, url_with_a_token_has_a_scheme) {
  EXPECT_NE(error_of("data \"aws_dsql_token\" \"t\" { endpoint = \"h\" }\n"
                     "env \"a\" { url = \"u:${data.aws_dsql_token.t}@h\" }\n")
                .find("has no scheme"),
            std::string::npos);
}

TEST(ProjectConfig, value_that_needs_itself_is_refused) {
  EXPECT_NE(error_of("locals {\n  a = local.b\n  b = local.a\n}\nenv \"x\" { url = local.a }\n")
                .find("local.a needs itself"),
            std::string::npos);
  std::string doubling = "locals {\n  l0 = \"xxxxxxxxxxxxxxxx\"\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "${local.l" + std::to_string(i - 1) + "}";
    doubling += "  l" + std::to_string(i) + " = \"" + before + before + "\"\n";
  }
  EXPECT_NE(error_of(doubling + "}\nenv \"x\" { url = local.l59 }\n").find("grow beyond 1 MiB"),
            std::string::npos);
}

// Seeded mutations of the examples: a value or a RequestError, nothing else, and always an end.
TEST(ProjectConfig, mutated_examples_are_read_or_refused) {
  constexpr const char* kPieces[] = {
      "{",          "}",     "[",     "]",    "(",    ")",    "\"",    "${", "%{",
      "$${",        "<<E\n", "E\n",   "\n",   "=",    ".",    ",",     "?",  ":",
      "!",          "-",     "#",     "/*",   "*/",   "\\",   "\\u12", "~",  "local.region",
      "var.tenant", "0",     "1e999", "try(", "\xff", "for ", "null"};
  const std::string examples[] = {read_example("aurora.hcl"), read_example("atlas.hcl")};
  std::mt19937 random(20261121);
  constexpr int kRounds = 2000;
  int read_well = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = examples[round % 2];
    for (std::size_t i = random() % 4; i > 0; --i) {
      const std::size_t at = random() % (text.size() + 1);
      if (random() % 2 == 0) text.erase(at, random() % 8);
      if (random() % 2 == 0)
        text.insert(std::min(at, text.size()), kPieces[random() % std::size(kPieces)]);
    }
    try {
      read(text, {"dev", {{"tenant", "a"}}});
      ++read_well;
    } catch (const RequestError& error) {
      EXPECT_FALSE(std::string(error.what()).empty());
    }
  }
  EXPECT_GT(read_well, 200);
  EXPECT_LT(read_well, kRounds);
}

}  // namespace
}  // namespace handler
