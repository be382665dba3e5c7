#include "handler/invocation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/fake_database.h"
#include "tests/support/fake_http.h"

namespace handler {
namespace {

using nlohmann::json;
using runtime::Environment;
using test_support::FakeHttp;

constexpr const char* kHost = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";
constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kReplyUrl =
    "https://b.s3.us-east-1.amazonaws.com/k%7C1?X-Amz-Signature=reply-secret";

// A function in memory: a folder of files, a database that is a FakeServer, CloudFormation's
// bucket.
class InvocationTest : public testing::Test {
 protected:
  void SetUp() override {
    folder =
        std::filesystem::temp_directory_path() / ("invocation_test." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }

  runtime::Answer invoke(const json& event) { return invoke_payload(event.dump()); }

  runtime::Answer invoke_payload(const std::string& payload) {
    runtime::Invocation invocation;
    invocation.request_id = "req-1";
    invocation.payload = payload;
    invocation.deadline = std::chrono::steady_clock::now() + budget;
    const Services services{http, [this] { return environment; },
                            [this](const engine::ConnectionSettings& settings) {
                              password = settings.password();
                              return std::make_unique<engine::FakeDatabase>(server);
                            }};
    testing::internal::CaptureStdout();
    auto answer = handle_invocation(invocation, services);
    log += testing::internal::GetCapturedStdout();
    return answer;
  }

  json resource_event(const std::string& type) const {
    return {{"RequestType", type},
            {"ResponseURL", kReplyUrl},
            {"StackId", "arn:stack"},
            {"RequestId", "cfn-1"},
            {"LogicalResourceId", "Migrations"},
            {"PhysicalResourceId", type == "Create" ? json() : json("the-id")},
            {"ResourceProperties", {{"ServiceToken", "arn:function"}, {"ContentDigest", "1"}}}};
  }

  json reply() const { return json::parse(http.requests.at(0).body); }
  json last_reply() const { return json::parse(http.requests.back().body); }

  std::filesystem::path folder;
  engine::FakeServer server;
  std::chrono::milliseconds budget{60'000};
  FakeHttp http{[](const runtime::HttpRequest&) { return test_support::make_response(200); }};
  Environment environment;
  std::string password;
  std::string log;

  void configure(Environment::Variables variables = {}) {
    variables["MIGRATE_SOURCE"] = "file://" + folder.string();
    variables["MIGRATE_TARGET"] = std::string("dsql://admin@") + kHost + "/postgres";
    variables["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
    variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    environment = Environment(std::move(variables));
  }
};

TEST_F(InvocationTest, a_direct_event_applies_and_answers_with_the_status) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  const auto answer = invoke({{"command", "apply"}});
  EXPECT_EQ(answer.error_type, "");
  const auto body = json::parse(answer.body);
  EXPECT_EQ(body["status"], "APPLIED");
  EXPECT_EQ(body["currentVersion"], "1");
  EXPECT_EQ(body["requestId"], "req-1");
  EXPECT_EQ(server.state.effects.size(), 1U);
  EXPECT_EQ(json::parse(invoke({{"command", "apply"}}).body)["status"], "UP_TO_DATE");
  EXPECT_EQ(server.state.effects.size(), 1U);
}

TEST_F(InvocationTest, a_schemas_ledger_is_not_begun_beside_the_one_all_schemas_had) {
  configure();
  json event = {{"target", std::string("dsql://admin@") + kHost + "/postgres?search_path=app"}};
  server.schema = "dsql_migrate_app";
  server.filled_ledgers = {"dsql_migrate"};
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  for (const char* command : {"apply", "plan", "status", "validate", "info", "undo", "adopt"}) {
    event["command"] = command;
    const auto body = json::parse(invoke(event).body);
    EXPECT_EQ(body["status"], "INVALID") << command;
    EXPECT_EQ(body["problems"][0]["code"], "earlier-ledger") << command;
  }
  EXPECT_TRUE(server.state.relations.empty());
  event["command"] = "apply";
  auto named = event;
  named["ledgerSchema"] = "dsql_migrate_app";
  EXPECT_EQ(json::parse(invoke(named).body)["status"], "APPLIED");
  EXPECT_EQ(json::parse(invoke(event).body)["status"], "UP_TO_DATE") << "it is there, and found";
}

TEST_F(InvocationTest, the_answer_says_where_its_log_is_and_the_metrics_whose_they_are) {
  configure({{"AWS_LAMBDA_FUNCTION_NAME", "shop-migrator"},
             {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/shop"},
             {"AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/27/[$LATEST]0123"}});
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  const auto body = json::parse(invoke({{"command", "apply"}}).body);
  EXPECT_EQ(body["logGroup"], "/aws/lambda/shop");
  EXPECT_EQ(body["logStream"], "2026/11/27/[$LATEST]0123");
  EXPECT_NE(log.find(R"("service":"shop-migrator")"), std::string::npos) << log;
}

TEST_F(InvocationTest, an_eventbridge_event_is_configured_by_the_environment) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  const auto answer = invoke({{"source", "aws.events"}, {"detail-type", "Scheduled Event"}});
  EXPECT_EQ(json::parse(answer.body)["status"], "APPLIED");
}

TEST_F(InvocationTest, an_event_that_is_no_object_is_invalid_and_nothing_happens) {
  configure();
  for (const char* payload : {"[]", "{", "7"}) {
    const auto answer = invoke_payload(payload);
    EXPECT_EQ(answer.error_type, "Function.MigrationInvalid");
    EXPECT_EQ(json::parse(answer.body)["status"], "INVALID");
  }
  EXPECT_EQ(password, "");
}

TEST_F(InvocationTest, an_empty_source_is_an_error_unless_allowed) {
  configure();
  const auto answer = invoke({{"command", "apply"}});
  EXPECT_EQ(answer.error_type, "Function.MigrationInvalid");
  EXPECT_EQ(json::parse(answer.body)["problems"][0]["code"], "empty-source");
  EXPECT_EQ(json::parse(invoke({{"allowEmpty", true}}).body)["status"], "UP_TO_DATE");
}

TEST_F(InvocationTest, missing_credentials_are_a_failure_with_a_reason) {
  configure();
  environment = Environment(Environment::Variables{
      {"MIGRATE_SOURCE", "file://" + folder.string()},
      {"MIGRATE_TARGET", std::string("dsql://admin@") + kHost + "/postgres"}});
  const auto answer = invoke({{"command", "apply"}});
  EXPECT_EQ(answer.error_type, "Function.MigrationFailed");
  EXPECT_EQ(json::parse(answer.body)["failure"]["code"], "configuration");
}

TEST_F(InvocationTest, a_custom_resource_gets_its_put_and_the_invocation_succeeds) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  EXPECT_EQ(invoke(resource_event("Create")).error_type, "");
  ASSERT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(http.requests[0].url, kReplyUrl);
  EXPECT_EQ(reply()["Status"], "SUCCESS");
  EXPECT_EQ(reply()["Data"]["CurrentVersion"], "1");
  EXPECT_EQ(reply()["PhysicalResourceId"],
            std::string("dsql-migrate:") + kHost + ":5432/postgres/dsql_migrate");
}

TEST_F(InvocationTest, a_custom_resource_waits_for_another_run_as_long_as_its_budget_lasts) {
  configure();
  budget = std::chrono::seconds(300);
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  invoke(resource_event("Create"));
  write("2_more.sql", "CREATE TABLE more (id uuid PRIMARY KEY);");
  const auto seconds_waited_at_most = [&](const json& event) {
    log.clear();
    server.state.lock->nonce = "another run";
    server.state.lock->owner = "another";
    server.state.lock_until = server.now + 3'600'000;
    int looks = 0;
    server.hook = [&](engine::FakeServer::Moment, std::string_view sql) {
      if (sql.starts_with("SELECT 'revision'") && ++looks == 4) server.state.lock_until = 0;
    };
    invoke(event);
    const auto at = log.find("\"atMostSeconds\":\"");
    return at == std::string::npos ? -1 : std::stoi(log.substr(at + 17));
  };
  EXPECT_GT(seconds_waited_at_most(resource_event("Update")), 200);
  EXPECT_EQ(last_reply()["Status"], "SUCCESS");
  write("3_last.sql", "CREATE TABLE last (id uuid PRIMARY KEY);");
  EXPECT_EQ(seconds_waited_at_most({{"command", "apply"}}), 75);
}

TEST_F(InvocationTest, a_failed_custom_resource_says_so_once_and_is_not_run_again) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id serial PRIMARY KEY);");
  EXPECT_EQ(invoke(resource_event("Create")).error_type, "");
  EXPECT_EQ(reply()["Status"], "FAILED");
  EXPECT_NE(reply()["Reason"].get<std::string>().find("1_users.sql:1:"), std::string::npos);
}

TEST_F(InvocationTest, a_custom_resource_that_cannot_be_read_still_gets_its_put) {
  configure();
  auto event = resource_event("Update");
  event["ResourceProperties"]["Nonsense"] = "x";
  EXPECT_EQ(invoke(event).error_type, "");
  EXPECT_EQ(reply()["Status"], "FAILED");
  EXPECT_EQ(reply()["PhysicalResourceId"], "the-id");
}

// What CloudFormation does with a release that fails half-way: an Update back to the files before.
TEST_F(InvocationTest, an_update_to_earlier_files_succeeds_and_the_next_one_resumes) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  invoke(resource_event("Create"));
  write("2_more.sql", "CREATE TABLE more (id uuid);\nCREATE TABLE users (id uuid);");
  invoke(resource_event("Update"));
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  EXPECT_EQ(server.state.revisions.at("2").applied, 1);

  std::filesystem::remove(folder / "2_more.sql");
  EXPECT_EQ(json::parse(invoke({{"command", "apply"}}).body)["status"], "INVALID");
  EXPECT_EQ(json::parse(invoke(resource_event("Update")).body)["status"], "UP_TO_DATE");
  EXPECT_EQ(last_reply()["Status"], "SUCCESS");
  EXPECT_NE(last_reply()["Data"]["Warning"].get<std::string>().find("back to version 1"),
            std::string::npos);
  EXPECT_EQ(server.state.revisions.at("2").applied, 1);

  write("2_more.sql", "CREATE TABLE more (id uuid);\nCREATE TABLE most (id uuid);");
  invoke(resource_event("Update"));
  EXPECT_EQ(last_reply()["Status"], "SUCCESS");
  EXPECT_EQ(server.state.revisions.at("2").applied, 2);
  EXPECT_EQ(server.state.effects.size(), 3U);
}

// The rollback's files are the earlier release's; how to undo says the release that failed.
TEST_F(InvocationTest, a_rollback_undoes_with_the_files_of_the_update_that_is_taken_back) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  invoke(resource_event("Create"));
  const auto later = folder / "later";
  std::filesystem::create_directories(later);
  std::filesystem::copy(folder / "1_users.sql", later / "1_users.sql");
  write("later/2_more.sql", "CREATE TABLE more (id uuid);");
  write("later/2_more.down.sql", "DROP TABLE more;");
  const auto source = "file://" + later.string() + "/";
  auto forth = resource_event("Update");
  forth["ResourceProperties"]["Source"] = source;
  invoke(forth);
  ASSERT_EQ(last_reply()["Data"]["CurrentVersion"], "2");

  auto back = resource_event("Update");
  back["ResourceProperties"]["OnRollback"] = "undo";
  invoke(back);  // without them there is nothing to undo it with
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("version 2 has no undo file"),
            std::string::npos);
  back["OldResourceProperties"] = forth["ResourceProperties"];
  const auto answer = json::parse(invoke(back).body);
  EXPECT_EQ(answer["status"], "UNDONE") << answer;
  EXPECT_EQ(answer["source"], source);
  EXPECT_EQ(answer["undone"][0]["file"], "2_more.down.sql");
  EXPECT_EQ(last_reply()["Status"], "SUCCESS");
  EXPECT_EQ(last_reply()["Data"]["CurrentVersion"], "1");
  EXPECT_EQ(server.state.effects.back(), "DROP TABLE more");
  EXPECT_EQ(json::parse(invoke(back).body)["status"], "UP_TO_DATE");
}

TEST_F(InvocationTest, a_rollback_of_an_update_to_another_database_undoes_nothing) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  write("2_more.sql", "CREATE TABLE more (id uuid);");
  invoke(resource_event("Create"));
  std::filesystem::remove(folder / "2_more.sql");
  auto back = resource_event("Update");
  back["ResourceProperties"]["OnRollback"] = "undo";
  back["OldResourceProperties"] = {{"LedgerSchema", "elsewhere"}};
  invoke(back);
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("another database"), std::string::npos);
  EXPECT_EQ(server.state.effects.size(), 2U);
}

TEST_F(InvocationTest, an_undo_answers_with_what_it_has_taken_back) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  write("1_users.down.sql", "DROP TABLE users;");
  invoke({{"command", "apply"}});
  const auto shown = json::parse(invoke({{"command", "undo"}, {"dryRun", true}}).body);
  EXPECT_EQ(shown["status"], "PLANNED");
  EXPECT_EQ(shown["message"], "1 migration would be undone");
  EXPECT_EQ(shown["plan"][0]["statements"][0]["sql"], "DROP TABLE users");
  const auto answer = json::parse(invoke({{"command", "undo"}, {"toVersion", "none"}}).body);
  EXPECT_EQ(answer["status"], "UNDONE");
  EXPECT_EQ(answer["message"], "1 migration undone; the database is at no version yet");
  EXPECT_EQ(answer["undone"][0]["version"], "1");
  EXPECT_FALSE(answer.contains("migrations"));
  const auto again = json::parse(invoke({{"command", "undo"}, {"toVersion", "none"}}).body);
  EXPECT_EQ(again["message"], "nothing to undo; the database is at no version yet");
}

TEST_F(InvocationTest, a_deployment_does_not_repair_undo_or_baseline) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  auto event = resource_event("Update");
  event["ResourceProperties"].update(
      {{"Command", "repair"}, {"Version", "1"}, {"Statement", "1"}, {"Outcome", "done"}});
  invoke(event);
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("by hand"), std::string::npos);
  EXPECT_EQ(password, "");
  event["ResourceProperties"] = {{"Command", "undo"}};
  invoke(event);
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("by hand"), std::string::npos);
  event["ResourceProperties"] = {{"Command", "baseline"}, {"Version", "1"}};
  invoke(event);
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("by hand"), std::string::npos);
}

// Not a function error without a PUT: nothing tells the last attempt, which has to answer.
TEST_F(InvocationTest, a_budget_that_ends_is_answered_with_what_to_do) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  server.hook = [](engine::FakeServer::Moment moment, std::string_view sql) {
    if (moment == engine::FakeServer::Moment::kAfter &&
        sql.find(".lock (id, owner, nonce, fencing, acquired_at, expires_at) VALUES") <
            sql.size()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    }
  };
  budget = std::chrono::milliseconds(1500);
  EXPECT_EQ(invoke(resource_event("Create")).error_type, "");
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  const auto reason = last_reply()["Reason"].get<std::string>();
  EXPECT_EQ(reason.rfind("CONTINUE", 0), 0U) << reason;
  EXPECT_NE(reason.find("deploy again"), std::string::npos) << reason;
}

TEST_F(InvocationTest, an_update_to_earlier_files_fails_when_that_is_wanted) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  write("2_more.sql", "CREATE TABLE more (id uuid);");
  invoke(resource_event("Create"));
  std::filesystem::remove(folder / "2_more.sql");
  auto event = resource_event("Update");
  event["ResourceProperties"]["OnRollback"] = "fail";
  invoke(event);
  EXPECT_EQ(last_reply()["Status"], "FAILED");
  EXPECT_NE(last_reply()["Reason"].get<std::string>().find("go back to version 1"),
            std::string::npos);
}

TEST_F(InvocationTest, a_delete_succeeds_without_touching_the_database) {
  configure();
  EXPECT_EQ(invoke(resource_event("Delete")).error_type, "");
  EXPECT_EQ(reply()["Status"], "SUCCESS");
  EXPECT_EQ(reply()["PhysicalResourceId"], "the-id");
  EXPECT_EQ(password, "");
}

TEST_F(InvocationTest, a_reply_that_is_refused_is_a_function_error_so_that_lambda_tries_again) {
  configure();
  FakeHttp refusing{[](const runtime::HttpRequest&) { return test_support::make_response(403); }};
  runtime::Invocation invocation;
  invocation.payload = resource_event("Delete").dump();
  invocation.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const Services services{refusing, [this] { return environment; }, {}};
  testing::internal::CaptureStdout();
  const auto answer = handle_invocation(invocation, services);
  const auto lines = testing::internal::GetCapturedStdout();
  EXPECT_EQ(answer.error_type, "Function.ReplyRefused");
  EXPECT_EQ((answer.body + lines).find("reply-secret"), std::string::npos);
}

TEST_F(InvocationTest, a_reply_goes_nowhere_but_to_amazon) {
  configure();
  auto event = resource_event("Delete");
  event["ResponseURL"] = "https://evil.example/?reply-secret";
  const auto answer = invoke(event);
  EXPECT_EQ(answer.error_type, "Function.MigrationInvalid");
  EXPECT_TRUE(http.requests.empty());
  EXPECT_EQ((answer.body + log).find("reply-secret"), std::string::npos);
}

TEST_F(InvocationTest, neither_log_nor_answer_holds_key_token_url_or_payload) {
  configure();
  write("1_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);");
  auto event = resource_event("Create");
  event["ResourceProperties"]["ContentDigest"] = "payload-marker";
  const auto answer = invoke(event);
  ASSERT_NE(password.find("X-Amz-Signature="), std::string::npos);
  const auto signature = password.substr(password.find("X-Amz-Signature=") + 16, 64);
  const auto seen = answer.body + log + http.requests.at(0).body;
  for (const auto& secret : {std::string(kSecret), signature, std::string("reply-secret"),
                             std::string("payload-marker"), std::string("X-Amz-")}) {
    EXPECT_EQ(seen.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace handler
