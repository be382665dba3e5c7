#include "handler/request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "handler/event.h"
#include "handler/placeholders.h"
#include "handler/request_error.h"

namespace handler {
namespace {

using nlohmann::json;

constexpr const char* kTarget =
    "dsql://admin@abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws/postgres";

// Of events that name no configuration file.
Request parse_request(const json& event, const runtime::Environment& environment) {
  return handler::parse_request(event, environment, nullptr);
}
Request parse_resource_properties(const json& properties, const runtime::Environment& environment) {
  return handler::parse_resource_properties(properties, environment, nullptr);
}

json minimal() { return {{"source", "s3://bucket/prefix/"}, {"target", kTarget}}; }

runtime::Environment configured() {
  return runtime::Environment({{"MIGRATE_SOURCE", "s3://env-bucket/p/"},
                               {"MIGRATE_TARGET", kTarget},
                               {"MIGRATE_LOCK_TIMEOUT", "7"},
                               {"MIGRATE_ALLOW_EMPTY", "true"}});
}

std::string error_field(const json& event, const runtime::Environment& environment = {}) {
  try {
    parse_request(event, environment);
  } catch (const RequestError& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.field();
  }
  return "no error";
}

TEST(RequestTest, defaults_stand_where_nothing_is_said) {
  const auto request = parse_request(minimal(), {});
  EXPECT_EQ(request.command, Command::kApply);
  EXPECT_EQ(request.source.bucket, "bucket");
  EXPECT_FALSE(request.lock_timeout) << "it depends on the caller: InvocationTest";
  EXPECT_EQ(request.wait_timeout.count(), 300);
  EXPECT_EQ(request.reserve.count(), 10);
  EXPECT_EQ(request.ledger_schema, "dsql_migrate");
  EXPECT_FALSE(request.allow_empty);
  EXPECT_FALSE(request.wait);
  EXPECT_TRUE(request.wait_for_indexes);
}

TEST(RequestTest, the_event_comes_before_the_environment_and_that_before_the_default) {
  const auto from_environment = parse_request(json::object(), configured());
  EXPECT_EQ(from_environment.source.bucket, "env-bucket");
  EXPECT_EQ(from_environment.lock_timeout->count(), 7);
  EXPECT_TRUE(from_environment.allow_empty);
  const auto from_event = parse_request(
      {{"source", "s3://event-bucket/"}, {"lockTimeout", 9}, {"allowEmpty", false}}, configured());
  EXPECT_EQ(from_event.source.bucket, "event-bucket");
  EXPECT_EQ(from_event.lock_timeout->count(), 9);
  EXPECT_FALSE(from_event.allow_empty);
}

TEST(RequestTest, an_unknown_field_is_named) {
  auto event = minimal();
  event["comand"] = "apply";
  EXPECT_EQ(error_field(event), "comand");
}

TEST(RequestTest, an_ill_typed_field_is_named) {
  const std::vector<std::pair<const char*, json>> wrong = {
      {"command", 5},
      {"command", "migrate"},
      {"source", nullptr},
      {"source", "bucket"},
      {"target", json::array()},
      {"placeholders", "a=1"},
      {"placeholders", {{"a", nullptr}}},
      {"placeholders", {{"", "1"}}},
      {"placeholders", {{"a", {1}}}},
      {"flyway", {{"url", "x"}}},
      {"flyway", {{"sqlMigrationPrefix", ""}}},
      {"flyway", {{"validateMigrationNaming", "yes"}}},
      {"placeholderReplacement", "no"},
      {"allowEmpty", "yes"},
      {"allowEmpty", 1},
      {"wait", "true"},
      {"waitTimeout", "60"},
      {"waitTimeout", -1},
      {"lockTimeout", 1.5},
      {"lockTimeout", 100000},
      {"reserve", json::object()},
      {"ledgerSchema", "Bad-Name"},
      {"ledgerSchema", ""},
      {"ledgerSchema", "dsql_migrate_" + std::string(51, 's')},
      {"passwordSecret", "s"},
      {"iamAuth", true},
      {"statementTimeout", 5},
      {"tableLockTimeout", 0},
      {"onRollback", "revert"},
      {"dryRun", true},
      {"outOfOrder", "linear"},
      {"outOfOrder", true},
      {"allowMissing", "yes"},
      {"toVersion", 7},
      {"version", "1"},
      {"statement", 1},
      {"statement", 0},
      {"outcome", "done"},
      {"outcome", "maybe"},
      {"force", true},
      {"externalId", "x"}};
  for (const auto& [name, value] : wrong) {
    auto event = minimal();
    event[name] = value;
    EXPECT_EQ(error_field(event), name) << value.dump();
  }
}

TEST(RequestTest, placeholders_are_an_object_or_in_the_environment_a_list) {
  auto event = minimal();
  EXPECT_EQ(parse_request(event, {}).format.placeholders.replaced, std::nullopt);
  event["placeholders"] = {{"schema", "app"}, {"Count", 3}};
  const auto given = parse_request(event, {}).format.placeholders;
  EXPECT_EQ(given.values.at("SCHEMA"), "app");
  EXPECT_EQ(given.values.at("count"), "3");
  EXPECT_EQ(given.replaced, true);
  for (const char* text : {"a=1,b=x=y", R"({"a": "1", "b": "x=y"})"}) {
    const auto listed =
        parse_request(minimal(), runtime::Environment({{"MIGRATE_PLACEHOLDERS", text}, {"A", ""}}));
    EXPECT_EQ(listed.format.placeholders.values.at("a"), "1");
    EXPECT_EQ(listed.format.placeholders.values.at("b"), "x=y");
  }
  event["placeholderReplacement"] = false;
  EXPECT_EQ(parse_request(event, {}).format.placeholders.replaced, false);
}

TEST(RequestTest, flyways_settings_have_their_names_there) {
  auto event = minimal();
  event["flyway"] = {{"placeholderPrefix", "#["},           {"placeholderSuffix", "]"},
                     {"placeholderSeparator", "_"},         {"sqlMigrationPrefix", "M"},
                     {"sqlMigrationSuffixes", ".ddl,.sql"}, {"validateMigrationNaming", true}};
  const auto request = parse_request(event, {});
  EXPECT_EQ(request.format.placeholders.prefix, "#[");
  EXPECT_EQ(request.format.placeholders.suffix, "]");
  EXPECT_EQ(request.format.placeholders.separator, "_");
  EXPECT_EQ(request.format.naming.sql_migration_prefix, "M");
  EXPECT_EQ(request.source.suffixes, (std::vector<std::string>{".ddl", ".sql"}));
  EXPECT_TRUE(request.format.naming.validate_migration_naming);
}

std::string hint_of(const json& event) {
  try {
    parse_request(event, {});
  } catch (const RequestError& error) {
    return error.hint();
  }
  return "no error";
}

TEST(RequestTest, setting_that_flyway_does_not_have_is_told_which_was_meant) {
  auto event = minimal();
  event["flyway"] = {{"sqlMigrationPrefx", "M"}};
  EXPECT_EQ(hint_of(event), "did you mean sqlMigrationPrefix?");
}

TEST(RequestTest, own_placeholders_are_the_targets_unless_they_are_given) {
  auto event = minimal();
  event["placeholders"] = {{"flyway:defaultSchema", "app"}};
  auto request = parse_request(event, {});
  add_own_placeholders(request, std::chrono::system_clock::time_point(std::chrono::hours(24)),
                       &request.format.placeholders);
  const auto& values = request.format.placeholders.values;
  EXPECT_EQ(values.at("flyway:defaultSchema"), "app");
  EXPECT_EQ(values.at("flyway:user"), "admin");
  EXPECT_EQ(values.at("flyway:database"), "postgres");
  EXPECT_EQ(values.at("flyway:timestamp"), "1970-01-02 00:00:00");
}

// The ledger of an event whose search_path is this, and of one with a name of its own.
std::string ledger_of(const std::string& search_path, const json& more = json::object()) {
  json event = {{"source", "s3://bucket/"},
                {"target", "postgres://u@h/d?search_path=" + search_path}};
  event.update(more);
  const auto request = parse_request(event, {});
  return request.ledger_schema + " " + request.earlier_ledger_schema;
}

TEST(RequestTest, each_schema_has_a_ledger_of_its_own_unless_one_is_named) {
  EXPECT_EQ(ledger_of(""), "dsql_migrate ");
  EXPECT_EQ(ledger_of("app"), "dsql_migrate_app dsql_migrate");
  EXPECT_EQ(ledger_of("app", {{"ledgerSchema", "dsql_migrate"}}), "dsql_migrate ");
  EXPECT_EQ(ledger_of("app", {{"ledgerSchema", "dsql_migrate_Other"}}), "dsql_migrate_Other ");
  const auto request = parse_request(
      {{"source", "s3://bucket/"}, {"target", "postgres://u@h/d?search_path=app"}},
      runtime::Environment(runtime::Environment::Variables{{"MIGRATE_LEDGER_SCHEMA", "mine"}}));
  EXPECT_EQ(request.ledger_schema + request.earlier_ledger_schema, "mine");
}

TEST(RequestTest, the_ledgers_schema_is_the_first_of_the_path_as_the_server_reads_it) {
  for (const char* path : {"public", "%20Public%20,app", "%22$user%22,public", "$user", ","}) {
    EXPECT_EQ(ledger_of(path), "dsql_migrate ") << path;
  }
  for (const char* path : {"app,public", "APP", "%22app%22,x", "%20app%20,x", "%22$user%22,app"}) {
    EXPECT_EQ(ledger_of(path), "dsql_migrate_app dsql_migrate") << path;
  }
  EXPECT_EQ(ledger_of("%22App%22"), "dsql_migrate_App dsql_migrate") << "another schema than app";
  EXPECT_EQ(ledger_of("%22a,%22%22b%22,c"), "dsql_migrate_a,\"b dsql_migrate");
}

TEST(RequestTest, a_schema_whose_ledger_would_have_too_long_a_name_has_to_name_one) {
  EXPECT_EQ(ledger_of(std::string(50, 's')),
            "dsql_migrate_" + std::string(50, 's') + " dsql_migrate");
  json event = {{"source", "s3://bucket/"},
                {"target", "postgres://u@h/d?search_path=" + std::string(51, 's')}};
  EXPECT_EQ(error_field(event), "ledgerSchema");
  event["command"] = "hash";
  EXPECT_EQ(error_field(event), "no error") << "it has no ledger";
  event["command"] = "apply";
  event["ledgerSchema"] = "mine";
  EXPECT_EQ(error_field(event), "no error");
}

TEST(RequestTest, undo_takes_a_version_that_stays_and_no_word_for_a_later_one) {
  auto event = minimal();
  event.update({{"command", "undo"}, {"toVersion", "1.4"}, {"dryRun", true}});
  const auto request = parse_request(event, {});
  EXPECT_EQ(request.command, Command::kUndo);
  EXPECT_EQ(request.selection.to_version, "1.4");
  EXPECT_TRUE(request.dry_run);
  for (const char* word : {"next", "current", "1.4?"}) {
    event["toVersion"] = word;
    EXPECT_EQ(error_field(event), "toVersion") << word;
  }
}

TEST(RequestTest, repair_needs_a_version_an_outcome_and_for_a_statement_its_number) {
  auto event = minimal();
  event["command"] = "repair";
  EXPECT_EQ(error_field(event), "outcome");
  event["outcome"] = "done";
  EXPECT_EQ(error_field(event), "version");
  event["version"] = "20260101";
  EXPECT_EQ(error_field(event), "statement");
  event["outcome"] = "notDone";
  EXPECT_EQ(error_field(event), "statement");
  event["statement"] = 3;
  event["force"] = true;
  const auto request = parse_request(event, {});
  EXPECT_EQ(request.command, Command::kRepair);
  EXPECT_EQ(request.version, "20260101");
  EXPECT_EQ(request.statement, 3);
  EXPECT_EQ(request.outcome, engine::RepairRequest::Outcome::kNotDone);
  EXPECT_TRUE(request.force);
  event["outcome"] = "checksum";
  EXPECT_EQ(error_field(event), "statement");
}

TEST(RequestTest, a_repair_of_all_files_has_no_version_no_statement_and_no_force) {
  auto event = minimal();
  event["command"] = "repair";
  for (const char* outcome : {"checksum", "notDone"}) {
    event["outcome"] = outcome;
    EXPECT_EQ(parse_request(event, {}).version, "");
  }
  event["force"] = true;
  EXPECT_EQ(error_field(event), "version");
  event.erase("force");
  event["statement"] = 1;
  EXPECT_EQ(error_field(event), "version");
}

TEST(RequestTest, a_command_that_looks_at_files_only_needs_no_target) {
  for (const char* command : {"hash", "validate"}) {
    const auto request = parse_request({{"command", command}, {"source", "s3://bucket/"}}, {});
    EXPECT_FALSE(request.connects()) << command;
  }
  auto event = minimal();
  event["command"] = "validate";
  EXPECT_TRUE(parse_request(event, {}).connects());
  event["offline"] = true;
  EXPECT_FALSE(parse_request(event, {}).connects());
  EXPECT_EQ(error_field({{"command", "info"}, {"source", "s3://bucket/"}}), "target");
}

TEST(RequestTest, write_is_for_hash_of_a_folder_or_a_prefix) {
  nlohmann::json event = {{"command", "hash"}, {"source", "s3://bucket/m/"}, {"write", true}};
  EXPECT_TRUE(parse_request(event, {}).write);
  event["source"] = "s3://bucket/m.zip";
  EXPECT_EQ(error_field(event), "write");
  event["write"] = false;
  EXPECT_FALSE(parse_request(event, {}).write);
  auto other = minimal();
  other["write"] = true;
  EXPECT_EQ(error_field(other), "write");
}

TEST(RequestTest, baseline_needs_a_version_and_nothing_of_a_repair) {
  auto event = minimal();
  event["command"] = "baseline";
  EXPECT_EQ(error_field(event), "version");
  event["version"] = "20260101";
  EXPECT_EQ(parse_request(event, {}).command, Command::kBaseline);
  event["outcome"] = "done";
  EXPECT_EQ(error_field(event), "outcome");
}

TEST(RequestTest, every_command_takes_a_history_and_adopt_alone_what_is_accepted) {
  auto event = minimal();
  event["command"] = "adopt";
  event["history"] = "flyway:sales.schema_version";
  event["accept"] = "row-without-file:3, checksum-differs";
  const auto request = parse_request(event, {});
  EXPECT_EQ(request.history.table, "schema_version");
  EXPECT_EQ(request.adopt.accept,
            (std::vector<std::string>{"row-without-file:3", "checksum-differs"}));
  event["command"] = "apply";
  EXPECT_EQ(error_field(event), "accept");
  event.erase("accept");
  EXPECT_EQ(parse_request(event, {}).history.table, "schema_version");
  event["history"] = "liquibase";
  EXPECT_EQ(error_field(event), "history");
}

TEST(RequestTest, limits_of_the_session_are_for_postgres_and_unset_unless_given) {
  auto event = minimal();
  event["target"] = "postgres://u@h:5432/d";
  EXPECT_FALSE(parse_request(event, {}).table_lock_timeout);
  event["tableLockTimeout"] = 0;
  event["statementTimeout"] = 30;
  EXPECT_EQ(parse_request(event, {}).table_lock_timeout->count(), 0);
  EXPECT_EQ(parse_request(event, {}).statement_timeout->count(), 30);
}

TEST(RequestTest, an_ill_typed_variable_is_an_error_too) {
  const runtime::Environment bad(runtime::Environment::Variables{{"MIGRATE_WAIT", "maybe"}});
  EXPECT_EQ(error_field(minimal(), bad), "wait");
}

TEST(RequestTest, source_and_target_are_required) {
  EXPECT_EQ(error_field({{"target", kTarget}}), "source");
  EXPECT_EQ(error_field({{"source", "s3://b/"}}), "target");
}

TEST(RequestTest, resource_properties_have_capital_names_and_strings) {
  const json properties = {
      {"ServiceToken", "arn"},      {"ServiceTimeout", "600"}, {"Command", "apply"},
      {"Source", "s3://bucket/p/"}, {"Target", kTarget},       {"AllowEmpty", "true"},
      {"LockTimeout", "12"},        {"ContentDigest", "abc"},  {"RoleArn", ""}};
  const auto request = parse_resource_properties(properties, {});
  EXPECT_TRUE(request.allow_empty);
  EXPECT_EQ(request.lock_timeout->count(), 12);
  EXPECT_EQ(request.content_digest, "abc");
  EXPECT_EQ(request.role_arn, "");
}

TEST(RequestTest, an_unknown_or_lower_case_property_is_named) {
  for (const char* name : {"Prefix", "source"}) {
    const json properties = {{"Target", kTarget}, {"Source", "s3://b/"}, {name, "x"}};
    try {
      parse_resource_properties(properties, {});
      FAIL() << name;
    } catch (const RequestError& error) {
      EXPECT_EQ(error.field(), name);
    }
  }
}

TEST(EventTest, callers_are_told_apart_by_shape) {
  EXPECT_EQ(find_caller({{"RequestType", "Create"}, {"ResponseURL", "https://x"}}),
            Caller::kCloudFormation);
  EXPECT_EQ(find_caller({{"source", "aws.events"}, {"detail-type", "Scheduled Event"}}),
            Caller::kEventBridge);
  EXPECT_EQ(find_caller({{"source", "aws.scheduler"}}), Caller::kEventBridge);
  EXPECT_EQ(find_caller({{"source", "s3://bucket/"}}), Caller::kDirect);
  EXPECT_EQ(find_caller(json::object()), Caller::kDirect);
}

TEST(EventTest, only_an_object_is_an_event) {
  EXPECT_TRUE(parse_event("").empty());
  EXPECT_TRUE(parse_event("null").empty());
  for (const char* payload :
       {"[]", "[{\"command\":\"apply\"}]", "\"apply\"", "1", "{", "{\"a\":}", "\xff"}) {
    EXPECT_THROW(parse_event(payload), RequestError) << payload;
  }
}

}  // namespace
}  // namespace handler
