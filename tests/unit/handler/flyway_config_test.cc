#include "handler/flyway_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

#include "handler/flyway_settings.h"
#include "handler/request_error.h"

namespace handler {
namespace {

using List = std::vector<std::string>;

FlywayConfig read(const std::string& name, const std::string& text,
                  const std::string& environment = "") {
  return read_flyway_config({name, text, environment, [](const std::string& variable) {
                               return std::string(variable == "SET" ? "from env" : "");
                             }});
}

std::string error_of(const std::string& name, const std::string& text,
                     const std::string& environment = "") {
  try {
    read(name, text, environment);
    return "";
  } catch (const RequestError& error) {
    return error.field() + ": " + error.what();
  }
}

TEST(FlywayConf, keys_are_read) {
  const FlywayConfig config = read("flyway.conf",
                                   "# a comment\n"
                                   "flyway.url=jdbc:postgresql://h:5432/db?sslmode=require\n"
                                   "flyway.user = app\n"
                                   "flyway.password=hunter2\n"
                                   "flyway.locations=filesystem:sql, s3:bucket/prefix\n"
                                   "flyway.schemas=a,b\n"
                                   "flyway.table: history\n"
                                   "flyway.placeholders.who=${SET}${UNSET}!\n"
                                   "flyway.placeholders.path=C:\\new\n"
                                   "flyway.baselineVersion=1.5\n"
                                   "flyway.outOfOrder=TRUE\n"
                                   "flyway.target=2.0\n"
                                   "flyway.validateOnMigrate=false\n"
                                   "flyway.sqlMigrationPrefix=M\n"
                                   "flyway.sqlMigrationSuffixes=.sql,.pg\n"
                                   "flyway.connectRetries=3\n");
  EXPECT_EQ(config.url, "jdbc:postgresql://h:5432/db?sslmode=require");
  EXPECT_EQ(config.user, "app");
  EXPECT_EQ(config.password, "hunter2");
  EXPECT_EQ(config.locations, (List{"filesystem:sql", "s3:bucket/prefix"}));
  EXPECT_EQ(config.schemas, (List{"a", "b"}));
  EXPECT_EQ(config.table, "history");
  EXPECT_EQ(config.placeholders.at("who"), "from env!");
  EXPECT_EQ(config.placeholders.at("path"), "C:\\new");
  EXPECT_EQ(config.baseline_version, "1.5");
  EXPECT_EQ(config.out_of_order, true);
  EXPECT_EQ(config.target, "2.0");
  EXPECT_EQ(config.validate_on_migrate, false);
  EXPECT_EQ(config.naming.sql_migration_prefix, "M");
  EXPECT_EQ(config.naming.sql_migration_suffixes, (List{".sql", ".pg"}));
  EXPECT_EQ(config.passed_over, (List{"flyway.connectRetries"}));
}

TEST(FlywayConf, defaults_are_flyways) {
  const FlywayConfig config = read("flyway.conf", "");
  EXPECT_EQ(config.table, "flyway_schema_history");
  EXPECT_EQ(config.baseline_version, "1");
  EXPECT_EQ(config.placeholder_prefix + config.placeholder_suffix, "${}");
  EXPECT_TRUE(config.placeholder_replacement);
  EXPECT_FALSE(config.out_of_order);
}

constexpr const char* kToml =
    "[environments.dev]\n"
    "url = \"jdbc:postgresql://dev/db\"\n"
    "schemas = [\n  \"a\", # one\n  'b',\n]\n"
    "\n[environments.prod]\r\n"
    "url = 'jdbc:postgresql://prod/db'\n"
    "user = \"${env.SET}\"\n"
    "\n[flyway]\n"
    "environment = \"dev\"\n"
    "locations = [\"filesystem:sql\"]\n"
    "outOfOrder = true\n"
    "baselineVersion = 3\n"
    "placeholders.a = \"1\\t\\\"2\\\"\"\n"
    "postgresql.transactional.lock = false\n"
    "\n[flyway.placeholders]\n"
    "\"b c\" = ''\n";

// What the files say of these fields, and what is wrong with it.
std::string refused_of(const std::string& name, const std::string& text, const std::string& field) {
  const auto refused = read(name, text).refused;
  const auto found = refused.find(field);
  return found == refused.end() ? "" : found->second.what();
}

TEST(FlywayConf, a_value_that_is_empty_is_not_one_that_is_absent) {
  const auto refused = [](const std::string& line, const std::string& field) {
    return refused_of("f.conf", "# one\n" + line, field);
  };
  EXPECT_EQ(refused("flyway.url=${UNSET}", "target"),
            "f.conf:2: flyway.url is empty: the environment has no value for UNSET");
  EXPECT_EQ(refused("flyway.url=", "target"), "f.conf:2: flyway.url is empty");
  EXPECT_EQ(refused("flyway.locations = ${A}${B}", "source"),
            "f.conf:2: flyway.locations is empty: the environment has no value for A, B");
  EXPECT_NE(refused("flyway.user=${UNSET}", "target"), "");
  EXPECT_NE(refused("flyway.password=${UNSET}", "target"), "");
  EXPECT_NE(refused("flyway.schemas=${UNSET}", "target"), "");
  EXPECT_NE(refused("flyway.defaultSchema=${UNSET}", "target"), "");
  EXPECT_NE(refused("flyway.table=${UNSET}", "history"), "");
  EXPECT_NE(refused("flyway.target=${UNSET}", "toVersion"), "");
  EXPECT_TRUE(
      read("f.conf", "flyway.user=a\nflyway.target=\nflyway.url=x${UNSET}\n").refused.empty());
}

// Flyway 13.12.1 reads it as the location "classpath:", a schema without a name, the suffix of
// every file; and fails at the pattern. Behind the last name it passes commas over.
TEST(FlywayConf, an_empty_element_of_a_list_is_refused_unless_it_is_behind_the_last) {
  const auto refused = [](const std::string& line, const std::string& field) {
    return refused_of("f.conf", line, field);
  };
  EXPECT_EQ(refused("flyway.locations=filesystem:a,,filesystem:b", "source"),
            "f.conf:1: flyway.locations has an empty element");
  EXPECT_EQ(refused("flyway.locations=${A},filesystem:b", "source"),
            "f.conf:1: flyway.locations has an empty element: the environment has no value for A");
  EXPECT_NE(refused("flyway.schemas=a, ,b", "target"), "");
  EXPECT_NE(refused("flyway.schemas=a, ,", "target"), "");
  EXPECT_NE(refused("flyway.locations=,", "source"), "");
  EXPECT_EQ(error_of("f.conf", "flyway.ignoreMigrationPatterns=*:missing,,*:future\n"),
            "config: f.conf:1: flyway.ignoreMigrationPatterns has an empty element");
  EXPECT_NE(error_of("f.conf", "flyway.sqlMigrationSuffixes=,.sql\n"), "");
  const auto config = read("f.conf", "flyway.locations=filesystem:a,, \nflyway.schemas=a,\n");
  EXPECT_TRUE(config.refused.empty());
  EXPECT_EQ(config.locations, List{"filesystem:a"});
  EXPECT_EQ(config.schemas, List{"a"});
  EXPECT_NE(refused_of("f.toml", "[flyway]\nlocations = ['', 'filesystem:a']\n", "source"), "");
}

TEST(FlywayConf, is_utf8_where_it_counts) {
  EXPECT_EQ(error_of("f.conf", "# \xff\nflyway.user=\xff\n"),
            "config: f.conf:2: this is not UTF-8");
}

TEST(FlywayConf, has_no_environments) {
  EXPECT_EQ(error_of("f.conf", "flyway.url=x\n", "prod"), "env: f.conf has no environment 'prod'");
}

TEST(FlywayToml, references_are_read_as_flyway_13_reads_them) {
  const auto user = [](const std::string& value) {
    return read("f.toml", "[environments.default]\nuser = '" + value + "'\n").user;
  };
  EXPECT_EQ(user("${env.SET}"), "from env");
  EXPECT_EQ(user("a ${ ENV.SET }${env.SET}"), "a from envfrom env");
  EXPECT_EQ(user("${SET}"), "${SET}");
  EXPECT_EQ(user("$${env.SET}"), "${env.SET}");
  EXPECT_EQ(user("!{${env.SET}}"), "${env.SET}");
  EXPECT_EQ(user("${env.A.B}${env.}${.x}${}"), "${env.A.B}${env.}${.x}${}");
  const auto error = [](const std::string& value) {
    return error_of("f.toml", "[environments.default]\nuser = '" + value + "'\n");
  };
  EXPECT_EQ(error("${vault.x}"),
            "config: f.toml:2: environments.default.user: ${vault.x} is not read here");
  EXPECT_EQ(error("${env.SET:a}"),
            "config: f.toml:2: environments.default.user: ${env.SET:a} is not read here");
  EXPECT_EQ(read("f.toml", "[flyway]\ntable = '${env.SET}'\n").table, "${env.SET}")
      << "of an environment's settings only";
}

TEST(FlywayToml, a_variable_without_a_value_is_refused) {
  EXPECT_EQ(refused_of("f.toml", "[environments.default]\nurl = 'jdbc:postgresql://${env.H}/d'\n",
                       "target"),
            "f.toml:2: environments.default.url is incomplete: the environment has no value for H");
  EXPECT_EQ(refused_of("f.toml", "[environments.default]\nurl = '${env.U}'\n", "target"),
            "f.toml:2: environments.default.url is empty: the environment has no value for U");
}

TEST(FlywayToml, an_environments_own_settings_go_before_the_others) {
  const auto config = read("f.toml",
                           "[environments.prod.flyway]\ntarget = '1'\n"
                           "[environments.prod.flyway.placeholders]\nx = 'prod'\n"
                           "[flyway]\ntarget = '9'\nplaceholderSeparator = '__'\n"
                           "placeholders = { x = 'all', y = 'all' }\n"
                           "executeInTransaction = false\n"
                           "ignoreMigrationPatterns = ['*:missing', 'repeatable:future']\n"
                           "[environments.dev.flyway]\ntarget = '2'\n",
                           "prod");
  EXPECT_EQ(config.environment, "prod");
  EXPECT_EQ(config.target, "1");
  EXPECT_EQ(config.placeholders.at("x") + " " + config.placeholders.at("y"), "prod all");
  EXPECT_EQ(config.placeholder_separator, "__");
  const auto settings = make_flyway_settings(config, "f.toml", {});
  EXPECT_EQ(settings.fields.at("transaction"), "none");
  EXPECT_EQ(settings.fields.at("allowMissing"), "true");
  ASSERT_EQ(settings.warnings.size(), 1u);
  EXPECT_EQ(settings.warnings[0].message,
            "ignoreMigrationPatterns repeatable:future is not kept to here");
}

TEST(FlywayToml, environment_is_the_named_one_or_the_chosen_one) {
  const FlywayConfig dev = read("flyway.toml", kToml);
  EXPECT_EQ(dev.url, "jdbc:postgresql://dev/db");
  EXPECT_EQ(dev.schemas, (List{"a", "b"}));
  EXPECT_EQ(dev.user, "");
  EXPECT_EQ(dev.locations, (List{"filesystem:sql"}));
  EXPECT_EQ(dev.out_of_order, true);
  EXPECT_EQ(dev.baseline_version, "3");
  EXPECT_EQ(dev.placeholders.at("a"), "1\t\"2\"");
  EXPECT_EQ(dev.placeholders.at("b c"), "");
  EXPECT_EQ(dev.passed_over, (List{"flyway.postgresql.transactional.lock"}));
  const FlywayConfig prod = read("flyway.toml", kToml, "prod");
  EXPECT_EQ(prod.url, "jdbc:postgresql://prod/db");
  EXPECT_EQ(prod.user, "from env");
  EXPECT_EQ(error_of("flyway.toml", kToml, "qa"), "env: flyway.toml has no environment 'qa'");
}

TEST(FlywayToml, what_is_not_read_is_refused_with_its_line) {
  const auto error = [](const std::string& text) { return error_of("f.toml", text); };
  EXPECT_EQ(error("[flyway]\nurl = \"x"), "config: f.toml:2: the string is not closed");
  EXPECT_EQ(error("a = 1\n\nb 2"), "config: f.toml:3: '=' is wanted behind the key");
  EXPECT_EQ(error("a = 1 b"), "config: f.toml:1: the line should end here");
  EXPECT_EQ(error("a = \"\"\"x\"\"\""),
            "config: f.toml:1: a string of several lines is not read here");
  EXPECT_EQ(error("[[a]]"), "config: f.toml:1: an array of tables is not read here");
  EXPECT_EQ(error("a = {b = 1"), "config: f.toml:1: ',' or '}' is wanted in the table");
  EXPECT_EQ(error("a = {b = 1, a.b = 2}\na.b = 1"), "config: f.toml:2: a.b is set a second time");
  std::string nested = "a = ";
  for (int i = 0; i < 1000; ++i) nested += "{a = ";
  EXPECT_EQ(error(nested), "config: f.toml:1: this is nested too deeply");
  EXPECT_EQ(error("a = [1 2]"), "config: f.toml:1: ',' or ']' is wanted in the array");
  EXPECT_EQ(error("a = [1,"),
            "config: f.toml:1: a string, a number, true, false or an array of them is wanted here");
  EXPECT_EQ(error("a = 1\na = 2"), "config: f.toml:2: a is set a second time");
  EXPECT_EQ(error("a = \"\\x\""), "config: f.toml:1: this escape is not read: use '...' or \\\\");
  EXPECT_EQ(error("[flyway]\noutOfOrder = 1"),
            "config: f.toml:2: flyway.outOfOrder is neither true nor false");
  EXPECT_EQ(error("= 1"), "config: f.toml:1: a key is wanted here");
}

TEST(FlywayToml, cut_off_anywhere_is_read_or_refused) {
  const std::string text = kToml;
  int refused = 0;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    if (!error_of("f.toml", text.substr(0, size)).empty()) ++refused;
  }
  EXPECT_GT(refused, 0);
}

// Seeded mutations: settings or a RequestError, nothing else, and always an end.
TEST(FlywayConfig, mutated_files_are_read_or_refused) {
  constexpr const char* kPieces[] = {"[",  "]",  "=",    "\"",    "'",     "#",    "\n", "\\",
                                     ",",  ".",  "${",   "}",     "\r\n",  "\xff", "{",  "\"\"\"",
                                     "[[", "]]", "true", "1e999", "\\u12", "?x=&", ":",  "jdbc:"};
  const std::pair<const char*, std::string> files[] = {
      {"f.toml", kToml},
      {"f.conf",
       "flyway.url=jdbc:postgresql://h/d?user=a&currentSchema=b\nflyway.locations=s3:b/p\n"
       "flyway.schemas=a,B\nflyway.placeholders.a=${SET}\nflyway.outOfOrder=true\n"}};
  std::mt19937 random(20261127);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    auto [name, text] = files[round % 2];
    for (std::size_t i = random() % 4; i > 0; --i) {
      const std::size_t at = random() % (text.size() + 1);
      if (random() % 2 == 0) text.erase(at, random() % 8);
      const auto* piece = kPieces[random() % std::size(kPieces)];
      if (random() % 2 == 0) text.insert(std::min(at, text.size()), piece);
    }
    try {
      const auto settings = make_flyway_settings(read(name, text), name, {});
      EXPECT_EQ(settings.fields.at("format"), "flyway");
    } catch (const RequestError& error) {
      ++refused;
      EXPECT_FALSE(std::string(error.what()).empty());
    }
  }
  EXPECT_GT(refused, 200);
  EXPECT_LT(refused, 3800);
}

}  // namespace
}  // namespace handler
