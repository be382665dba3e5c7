// Configuration files of other tools, from their place to the request.
#include "handler/configuration.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "handler/placeholders.h"
#include "handler/request.h"
#include "handler/request_error.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/s3_twin.h"

namespace handler {
namespace {

using nlohmann::json;
using test_support::FakeHttp;

constexpr const char* kHost = "abc.dsql.us-east-1.on.aws";

class ConfigurationTest : public testing::Test {
 protected:
  ConfigurationTest() {
    folder_ =
        std::filesystem::temp_directory_path() / ("configuration_test." + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    twin_.account = {"AKIDEXAMPLE", runtime::Secret("SECRETEXAMPLEKEY"), runtime::Secret(""), {}};
    twin_.now = std::chrono::system_clock::now();
    variables_ = {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                  {"AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLEKEY"},
                  {"LAMBDA_TASK_ROOT", folder_.string()}};
  }
  ~ConfigurationTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  Request read(const json& event) {
    const runtime::Environment environment(variables_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    return parse_request(event, environment, [&](const ConfigChoice& choice) {
      return read_settings(choice, {environment, http_, deadline});
    });
  }

  // "FIELD: MESSAGE | HINT"
  std::string error_of(const json& event) {
    try {
      read(event);
      return "";
    } catch (const RequestError& error) {
      return error.field() + ": " + error.what() + " | " + error.hint();
    }
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string, std::less<>> variables_;
  test_support::S3Twin twin_;
  FakeHttp http_{[this](const runtime::HttpRequest& request) { return twin_(request); }};
};

// Two environments of one deployment, as aws-aurora's README has them.
constexpr const char* kAurora =
    "variable \"endpoint\" {\n  type = string\n  default = \"abc.dsql.us-east-1.on.aws\"\n}\n"
    "data \"aws_dsql_token\" \"db\" {\n  username = \"admin\"\n  endpoint = var.endpoint\n"
    "  region = \"us-east-1\"\n}\n"
    "env \"dev\" {\n  url = \"postgres://admin:${urlescape(data.aws_dsql_token.db)}@"
    "${var.endpoint}:5432/postgres?sslmode=require\"\n"
    "  migration {\n    dir = \"file://migrations\"\n    lock_timeout = \"1m30s\"\n  }\n}\n"
    "env \"prod\" {\n  url = \"postgres://app@db:5433/shop?sslmode=disable\"\n"
    "  migration {\n    dir = \"s3://bucket/prod/?format=golang-migrate\"\n    tx_mode = none\n"
    "    baseline = \"20260101\"\n  }\n}\n";

TEST_F(ConfigurationTest, an_environment_of_an_hcl_in_the_package_is_the_request) {
  write("aurora.hcl", kAurora);
  const auto dev = read({{"config", "file://" + folder_.string() + "/aurora.hcl"}, {"env", "dev"}});
  EXPECT_EQ(dev.target.to_string(), std::string("dsql://admin@") + kHost + ":5432/postgres");
  EXPECT_EQ(dev.target.sslmode, "verify-full");
  EXPECT_EQ(dev.source.to_string(), "file://" + folder_.string() + "/migrations");
  EXPECT_EQ(dev.lock_timeout, std::chrono::seconds(90));
  EXPECT_TRUE(dev.warnings.empty());
  const auto prod = read({{"config", "aurora.hcl"}, {"env", "prod"}});
  EXPECT_EQ(prod.target.to_string(), "postgres://app@db:5433/shop");
  EXPECT_EQ(prod.target.sslmode, "disable");
  EXPECT_EQ(prod.source.to_string(), "s3://bucket/prod/");
  EXPECT_EQ(prod.format.format, engine::Format::kAtlas);
  EXPECT_EQ(prod.transaction, engine::TransactionMode::kNone);
}

TEST_F(ConfigurationTest, the_event_goes_before_the_file_and_the_file_before_the_environment) {
  write("aurora.hcl", kAurora);
  variables_["MIGRATE_CONFIG"] = "file://" + folder_.string() + "/aurora.hcl";
  variables_["MIGRATE_SOURCE"] = "s3://of-the-environment/";
  variables_["MIGRATE_LOCK_TIMEOUT"] = "7";
  variables_["MIGRATE_RESERVE"] = "8";
  variables_["MIGRATE_ENV"] = "prod";
  const auto request = read({{"env", "dev"}, {"target", "postgres://u@h/d"}});
  EXPECT_EQ(request.target.to_string(), "postgres://u@h:5432/d");
  EXPECT_EQ(request.source.to_string(), "file://" + folder_.string() + "/migrations");
  EXPECT_EQ(request.lock_timeout, std::chrono::seconds(90));
  EXPECT_EQ(request.reserve, std::chrono::seconds(8));
  EXPECT_EQ(read({{"env", "prod"}}).lock_timeout, std::chrono::seconds(7));
}

TEST_F(ConfigurationTest, nothing_of_the_environment_stands_in_for_an_empty_value) {
  variables_["MIGRATE_TARGET"] = "postgres://u@dev/d";
  variables_["MIGRATE_SOURCE"] = "file://" + folder_.string();
  write("atlas.hcl",
        "env \"prod\" {\n  url = getenv(\"PROD_URL\")\n}\n"
        "env \"other\" {\n  migration {\n    dir = getenv(\"PROD_DIR\")\n  }\n}\n");
  const json prod = {{"config", "atlas.hcl"}, {"env", "prod"}};
  EXPECT_EQ(error_of(prod).substr(0, 79),
            "config: atlas.hcl:2:3: url is empty: the environment has no value for PROD_URL\n");
  EXPECT_NE(error_of({{"config", "atlas.hcl"}, {"env", "other"}}).find("dir is empty"),
            std::string::npos);
  write("flyway.conf", "flyway.url=${PROD_URL}\n");
  EXPECT_EQ(error_of({{"config", "flyway.conf"}}),
            "config: flyway.conf:1: flyway.url is empty: the environment has no value for PROD_URL "
            "| Give it a value, or give the event a target.");
  write("flyway.conf", "flyway.user=x\n");
  EXPECT_EQ(read({{"config", "flyway.conf"}}).target.host, "dev") << "what is absent is looked for";
  auto told = prod;
  told["target"] = "postgres://u@told/d";
  EXPECT_EQ(read(told).target.host, "told");
}

TEST_F(ConfigurationTest, a_bare_name_lies_beside_the_migrations) {
  twin_.put("bucket", "app/conf/atlas.hcl",
            "env \"one\" {\n  url = \"postgres://u:${file(\"pw\")}@h/d\"\n"
            "  migration {\n    dir = \"file://../a b\"\n  }\n}\n");
  twin_.put("bucket", "app/conf/pw", "s/t");
  EXPECT_EQ(error_of({{"config", "conf/atlas.hcl"}, {"source", "s3://bucket/app/"}}),
            "target: atlas.hcl: the url is not one that this function connects to | write "
            "dsql://USER@HOST/postgres or postgres://USER@HOST:PORT/DATABASE; in a user or "
            "password write / as %2F, @ as %40");
  twin_.put("bucket", "app/conf/pw", "st");
  variables_["MIGRATE_SOURCE"] = "s3://bucket/app/r7.zip?region=eu-west-1";
  const auto request = read({{"config", "conf/atlas.hcl"}});
  EXPECT_EQ(request.target.password->reveal(), "st");
  EXPECT_EQ(request.source.to_string(), "s3://bucket/app/a b/");
  EXPECT_EQ(request.source.region, "eu-west-1");
  EXPECT_NE(error_of({{"config", "none.hcl"}}).find("there is no file s3://bucket/app/none.hcl"),
            std::string::npos);
}

TEST_F(ConfigurationTest, nothing_outside_the_folder_and_no_credentials_are_read) {
  write("a.hcl",
        "env \"x\" { url = \"postgres://u@h/d?search_path=a${getenv(\"AWS_SECRET_ACCESS_KEY\")}\" "
        "}\nenv \"y\" { url = file(\"../x\") }\nenv \"z\" { url = file(\"/etc/passwd\") }\n");
  variables_["MIGRATE_SOURCE"] = "file://" + folder_.string();
  EXPECT_EQ(read({{"config", "a.hcl"}, {"env", "x"}}).target.search_path, "a");
  for (const char* env : {"y", "z"}) {
    EXPECT_NE(error_of({{"config", "a.hcl"}, {"env", env}}).find("config: a.hcl:"),
              std::string::npos)
        << env;
  }
  for (const char* name : {"../a.hcl", "/etc/a.hcl", "file:///", "ftp://h/a.hcl", "a.yaml"}) {
    EXPECT_EQ(error_of({{"config", name}}).substr(0, 8), "config: ") << name;
  }
}

TEST_F(ConfigurationTest, a_token_opens_the_door_that_the_url_names) {
  const auto hcl = [](const std::string& token, const std::string& url) {
    return "data \"aws_rds_token\" \"t\" {\n" + token + "}\nenv \"x\" { url = \"" + url +
           "\"\n migration { dir = \"file://m\" }\n}\n";
  };
  const std::string url = "postgres://u:${data.aws_rds_token.t}@db:5432/d";
  const json event = {{"config", "a.hcl"}};
  write("a.hcl", hcl("  endpoint = \"db:5432\"\n  username = \"u\"\n  region = \"eu-west-1\"\n"
                     "  profile = \"mine\"\n",
                     url));
  const auto request = read(event);
  EXPECT_TRUE(request.iam_auth);
  EXPECT_EQ(request.target.region, "eu-west-1");
  ASSERT_EQ(request.warnings.size(), 1u);
  EXPECT_EQ(request.warnings[0].severity, engine::Severity::kWarning);
  write("a.hcl", hcl("  endpoint = \"other\"\n", url));
  EXPECT_NE(error_of(event).find("another endpoint"), std::string::npos);
  write("a.hcl", hcl("  endpoint = \"db\"\n  username = \"v\"\n", url));
  EXPECT_NE(error_of(event).find("another user"), std::string::npos);
  EXPECT_EQ(read({{"config", "a.hcl"}, {"target", "postgres://u@h/d"}}).iam_auth, false);
}

TEST_F(ConfigurationTest, what_cannot_be_kept_to_is_refused_unless_the_event_says_it) {
  const auto hcl = [](const std::string& migration) {
    return "env \"x\" {\n url = \"postgres://u@h/d?connect_timeout=3\"\n migration {\n" +
           migration + "\n}\n}\n";
  };
  write("a.hcl", hcl("dir = \"atlas://app\"\n tx_mode = all"));
  EXPECT_NE(error_of({{"config", "a.hcl"}}).find("source: a.hcl: the folder's URL 'atlas://'"),
            std::string::npos);
  twin_.put("other", "b.hcl", "");
  EXPECT_NE(error_of({{"config", "a.hcl"}, {"source", "s3://other/"}, {"command", "plan"}})
                .find("there is no file s3://other/a.hcl"),
            std::string::npos);
  const auto config = "file://" + folder_.string() + "/a.hcl";
  EXPECT_NE(
      error_of({{"config", config}, {"source", "s3://b/"}}).find("transaction: a.hcl: tx_mode all"),
      std::string::npos);
  const auto request = read({{"config", config}, {"source", "s3://b/"}, {"transaction", "file"}});
  ASSERT_EQ(request.warnings.size(), 1u);
  EXPECT_EQ(request.warnings[0].message, "parameter 'connect_timeout' of the url is passed over");
  EXPECT_EQ(
      error_of({{"env", "x"}, {"source", "s3://b/"}, {"target", "postgres://u@h/d"}}).substr(0, 4),
      "env:");
}

TEST_F(ConfigurationTest, flyway_conf_is_the_request) {
  write("flyway.conf",
        "flyway.url=jdbc:postgresql://db:5433/shop?ssl=true&sslmode=require&ApplicationName=x\n"
        "flyway.user=app\nflyway.password=p@ss/word\nflyway.schemas=shop,Old\n"
        "flyway.locations=filesystem:sql\nflyway.baselineVersion=3\nflyway.connectRetries=2\n"
        "flyway.placeholders.Owner=app\nflyway.placeholderPrefix=#[\n"
        "flyway.sqlMigrationSuffixes=.sql,.ddl\n");
  const auto request = read({{"config", "flyway.conf"}, {"command", "baseline"}});
  EXPECT_EQ(request.target.to_string(), "postgres://app@db:5433/shop");
  EXPECT_EQ(request.target.password->reveal(), "p@ss/word");
  EXPECT_EQ(request.target.search_path, "shop,\"$user\",public");
  EXPECT_EQ(request.target.sslmode, "require");
  EXPECT_EQ(request.format.format, engine::Format::kFlyway);
  EXPECT_EQ(request.source.to_string(), "file://" + folder_.string() + "/sql");
  EXPECT_EQ(request.version, "3");
  EXPECT_EQ(request.format.placeholders.values.at("owner"), "app");
  EXPECT_EQ(request.format.placeholders.prefix, "#[");
  EXPECT_EQ(request.format.placeholders.replaced, true);
  EXPECT_EQ(request.source.suffixes, (std::vector<std::string>{".sql", ".ddl"}));
  EXPECT_EQ(read({{"config", "flyway.conf"}}).version, "");
  ASSERT_EQ(request.warnings.size(), 2u);
  EXPECT_EQ(request.warnings[1].message,
            "flyway.connectRetries has no meaning here and is passed over");
}

// "DEFAULTSCHEMA TABLE ENVIRONMENT"
std::string own_placeholders_of(const Request& request) {
  engine::Placeholders placeholders;
  add_own_placeholders(request, {}, &placeholders);
  const auto& values = placeholders.values;
  return values.at("flyway:defaultSchema") + " " + values.at("flyway:table") + " " +
         values.at("flyway:environment");
}

TEST_F(ConfigurationTest, flyways_own_placeholders_are_those_of_its_file) {
  variables_["MIGRATE_SOURCE"] = "file://" + folder_.string();
  const auto of = [&](const std::string& lines) {
    write("flyway.conf", "flyway.url=jdbc:postgresql://h/d?user=u&currentSchema=cur%2Cx\n" + lines);
    return read({{"config", "flyway.conf"}});
  };
  EXPECT_EQ(own_placeholders_of(of("flyway.schemas=app,audit\nflyway.table=hist\n")),
            "app hist default");
  EXPECT_EQ(of("flyway.schemas=app\n").target.search_path, "app,cur,x");
  EXPECT_EQ(own_placeholders_of(of("flyway.defaultSchema=A \"b\n")),
            "A \"b flyway_schema_history default");
  EXPECT_EQ(own_placeholders_of(of("")), "cur flyway_schema_history default");
  write("flyway.toml",
        "[flyway]\nenvironment = 'prod'\n[environments.prod]\nurl = "
        "'jdbc:postgresql://h/d?user=u'\n");
  EXPECT_EQ(own_placeholders_of(read({{"config", "flyway.toml"}})),
            "public flyway_schema_history prod");
  EXPECT_EQ(own_placeholders_of(read({{"target", "postgres://u@h/d"}})),
            "public revisions default");
}

TEST_F(ConfigurationTest, a_jdbc_urls_parameters_are_decoded_once) {
  write("flyway.conf",
        "flyway.url=jdbc:postgresql://h/d?user=post%67res&password=a%2Bb+c%25&sslmode=disable\n");
  variables_["MIGRATE_SOURCE"] = "file://" + folder_.string();
  const auto request = read({{"config", "flyway.conf"}});
  EXPECT_EQ(request.target.user, "postgres");
  EXPECT_EQ(request.target.password->reveal(), "a+b c%");
  EXPECT_EQ(error_of({{"config", "flyway.conf"}, {"variables", {{"x", "1"}}}}),
            "variables: flyway.conf takes no variables | what stands in its migrations is given as "
            "placeholders");
}

TEST_F(ConfigurationTest, where_the_history_is_goes_with_the_file_unless_the_event_says_it) {
  const nlohmann::json adopt = {{"config", "flyway.conf"},
                                {"command", "adopt"},
                                {"source", "s3://b/"},
                                {"target", "postgres://u@h/d"}};
  const auto adopting = [&](const std::string& lines) {
    write("flyway.conf", "flyway.url=jdbc:postgresql://h/d\n" + lines);
    auto event = adopt;
    event["config"] = "file://" + folder_.string() + "/flyway.conf";
    return read(event).history;
  };
  EXPECT_FALSE(adopting("").tool) << "whichever there is";
  EXPECT_EQ(adopting("flyway.table=changes\n").table, "changes");
  EXPECT_EQ(adopting("flyway.table=changes\n").said_in, "table in flyway.conf");
  EXPECT_EQ(adopting("flyway.schemas=shop\n").said_in, "schemas in flyway.conf");
  EXPECT_EQ(adopting("flyway.table=changes\n").schema, "public");
  EXPECT_EQ(adopting("flyway.table=changes\nflyway.schemas=shop,old\n").schema, "shop");
  EXPECT_EQ(adopting("flyway.schemas=shop\nflyway.defaultSchema=old\n").schema, "old");
  EXPECT_EQ(adopting("flyway.schemas=shop\n").table, "") << "there, if it is";
  EXPECT_EQ(adopting("flyway.schemas=shop\n").tool, engine::ForeignTool::kFlyway);
  write("atlas.hcl",
        "env \"e\" {\n  url = \"postgres://u@h/d\"\n  migration {\n"
        "    dir = \"file://m\"\n    revisions_schema = \"audit\"\n  }\n}\n");
  const auto atlas = read({{"config", "atlas.hcl"}, {"command", "adopt"}});
  EXPECT_EQ(atlas.history.schema, "audit");
  EXPECT_EQ(atlas.history.said_in, "revisions_schema in atlas.hcl");
  const auto told = read({{"config", "atlas.hcl"}, {"command", "adopt"}, {"history", "aurora"}});
  EXPECT_EQ(told.history.schema, "");
  EXPECT_EQ(told.history.said_in, "");
  EXPECT_EQ(read({{"config", "atlas.hcl"}}).history.schema, "audit") << "of every command";
}

TEST_F(ConfigurationTest, the_ledger_is_of_the_schema_that_the_file_migrates) {
  variables_["MIGRATE_SOURCE"] = "file://" + folder_.string();
  const auto of = [&](const std::string& lines) {
    write("flyway.conf", "flyway.url=jdbc:postgresql://h/d?user=u&currentSchema=Cur\n" + lines);
    return read({{"config", "flyway.conf"}}).ledger_schema;
  };
  EXPECT_EQ(of(""), "dsql_migrate_cur");
  EXPECT_EQ(of("flyway.schemas=shop,old\n"), "dsql_migrate_shop");
  EXPECT_EQ(of("flyway.schemas=shop\nflyway.defaultSchema=My App\n"), "dsql_migrate_My App");
  EXPECT_EQ(of("flyway.defaultSchema=public\n"), "dsql_migrate");
  const auto of_hcl = [&](const std::string& path, const std::string& line) {
    write("atlas.hcl", "env \"e\" {\n  url = \"postgres://u@h/d" + path + "\"\n  migration {\n" +
                           line + "  }\n}\n");
    return read({{"config", "atlas.hcl"}}).ledger_schema;
  };
  EXPECT_EQ(of_hcl("?search_path=shop", ""), "dsql_migrate_shop");
  EXPECT_EQ(of_hcl("?search_path=shop", "    revisions_schema = \"audit\"\n"), "dsql_migrate_audit")
      << "as Atlas, which has its history there";
  EXPECT_EQ(of_hcl("", "    revisions_schema = \"public\"\n"), "dsql_migrate");
}

TEST_F(ConfigurationTest, a_dsql_endpoint_of_flyways_is_signed_for_by_the_function) {
  write("flyway.toml", std::string("[environments.prod]\nurl = \"jdbc:aws-dsql:postgresql://") +
                           kHost +
                           "/postgres?user=admin\"\npassword = \"token\"\n"
                           "[flyway]\nlocations = [\"s3:bucket/sql\"]\n");
  const auto request = read({{"config", "flyway.toml"}, {"env", "prod"}});
  EXPECT_EQ(request.target.dialect, engine::Dialect::kDsql);
  EXPECT_EQ(request.target.user, "admin");
  EXPECT_EQ(request.source.to_string(), "s3://bucket/sql/");
  ASSERT_EQ(request.warnings.size(), 1u);
  for (const char* location :
       {"classpath:db", "filesystem:sql/*", "filesystem:a\", \"filesystem:b"}) {
    write("flyway.toml", std::string("[flyway]\nlocations = [\"") + location + "\"]\n");
    EXPECT_EQ(error_of({{"config", "flyway.toml"}}).substr(0, 7), "source:") << location;
  }
  write("flyway.toml", "[flyway]\nurl = \"jdbc:mysql://u:hidden@h/d\"\n");
  const auto error =
      error_of({{"config", "file://" + folder_.string() + "/flyway.toml"}, {"source", "s3://b/"}});
  EXPECT_EQ(error.substr(0, 7), "target:");
  EXPECT_EQ(error.find("hidden"), std::string::npos);
}

}  // namespace
}  // namespace handler
