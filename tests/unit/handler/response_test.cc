#include "handler/response.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace handler {
namespace {

using json = nlohmann::ordered_json;

TEST(ResponseTest, a_failure_names_place_sqlstate_and_what_to_do) {
  engine::RunReport report;
  report.status = engine::Status::kFailed;
  report.failure.emplace();
  auto& failure = *report.failure;
  failure.message = "relation \"users\" already exists";
  failure.hint = "Edit the statement and run again";
  failure.file = "2_users.sql";
  failure.line = 4;
  failure.column = 14;
  failure.sqlstate = "42P07";
  const auto response = make_response(report, {});
  EXPECT_EQ(response["status"], "FAILED");
  EXPECT_EQ(response["errorType"], "Function.MigrationFailed");
  EXPECT_EQ(response["errorMessage"],
            "2_users.sql:4:14: relation \"users\" already exists (SQLSTATE 42P07). "
            "Hint: Edit the statement and run again");
  EXPECT_EQ(response["failure"]["line"], 4);
}

TEST(ResponseTest, an_invalid_set_counts_its_problems) {
  engine::RunReport report;
  report.status = engine::Status::kInvalid;
  report.problems.resize(3);
  report.problems[0].severity = engine::Severity::kWarning;
  report.problems[1].file = "1_a.sql";
  report.problems[1].line = 2;
  report.problems[1].column = 3;
  report.problems[1].message = "unterminated string";
  EXPECT_EQ(make_message(report),
            "1_a.sql:2:3: unterminated string (and 1 more problem). Nothing was applied.");
}

TEST(ResponseTest, of_thousands_it_shows_the_last_done_and_the_first_left_in_less_than_256_KiB) {
  engine::RunReport report;
  report.status = engine::Status::kContinue;
  for (int i = 0; i < 3000; ++i) {
    const auto version = std::to_string(20'261'127'000'000 + i);
    const std::string name(40, 'x');
    report.migrations.push_back({version, name, version + "_" + name + ".sql", 1, 1, true, {}});
    report.pending.push_back({version, name, version + "_" + name + ".sql", 0, 1, 0});
  }
  const auto response = make_response(report, {});
  EXPECT_EQ(response["migrations"].size(), 500U);
  EXPECT_EQ(response["migrations"].back()["version"], "20261127002999");
  EXPECT_EQ(response["pending"].front()["version"], "20261127000000");
  EXPECT_EQ(response["omitted"], (nlohmann::json{{"migrations", 2500}, {"pending", 2500}}));
  EXPECT_EQ(response["counts"]["pending"], 3000);
  EXPECT_LT(response.dump().size(), 256U * 1024);
}

TEST(ResponseTest, good_endings_are_no_errors) {
  for (const auto status :
       {engine::Status::kUpToDate, engine::Status::kApplied, engine::Status::kContinue,
        engine::Status::kPending, engine::Status::kPlanned}) {
    engine::RunReport report;
    report.status = status;
    const auto response = make_response(report, {});
    EXPECT_FALSE(response.contains("errorType"));
    EXPECT_FALSE(response["message"].get<std::string>().empty());
  }
}

TEST(ResponseTest, a_lock_says_whose_it_is) {
  engine::RunReport report;
  report.status = engine::Status::kLocked;
  report.lock = engine::LockHolder{"run-7", "2026-11-21T03:00:00Z", "2026-11-21T03:01:00Z"};
  const auto response = make_response(report, {});
  EXPECT_EQ(response["lock"]["owner"], "run-7");
  EXPECT_NE(response["errorMessage"].get<std::string>().find("run-7"), std::string::npos);
}

TEST(ResponseTest, text_that_is_not_utf8_can_be_dumped) {
  engine::RunReport report;
  report.failure.emplace();
  report.failure->message = "bad \xff byte";
  const auto text = make_response(report, {}).dump(-1, ' ', false, json::error_handler_t::replace);
  EXPECT_TRUE(json::accept(text));
}

TEST(ResponseTest, errors_before_the_engine_are_reports_too) {
  EXPECT_EQ(report_request_error(RequestError("source", "m", "h")).status,
            engine::Status::kInvalid);
  EXPECT_EQ(report_empty_source("s3://b/", {}).problems.at(0).code, "empty-source");
  const auto denied = report_runtime_error(runtime::Error(runtime::ErrorKind::kAccessDenied, "no"));
  EXPECT_EQ(denied.status, engine::Status::kFailed);
  EXPECT_EQ(denied.failure->code, "access-denied");
}

TEST(ResponseTest, repair_says_what_was_and_what_is) {
  engine::RunReport report;
  report.status = engine::Status::kRepaired;
  report.repair.emplace();
  auto& repair = *report.repair;
  repair.version = "7";
  repair.file = "7_x.sql";
  repair.statement = 2;
  repair.outcome = "done";
  repair.changed = true;
  repair.before = {1, 2, 2, false, "sha256:a", "no"};
  repair.after = {2, 2, 0, true, "sha256:a", ""};
  EXPECT_EQ(make_message(report),
            "statement 2 of version 7 is marked as done: applied 1 -> 2, in doubt statement 2 -> "
            "none, the file is complete, its failure is cleared");
  const auto body = make_response(report, {});
  EXPECT_EQ(body["status"], "REPAIRED");
  EXPECT_EQ(body["repair"]["before"]["inDoubt"], 2);
  EXPECT_FALSE(body["repair"]["after"].contains("inDoubt"));
  EXPECT_EQ(body["repair"]["after"]["applied"], 2);

  report.status = engine::Status::kUpToDate;
  repair.changed = false;
  EXPECT_EQ(make_message(report),
            "nothing to repair: statement 2 of version 7 is marked as done already");
}

TEST(ResponseTest, adopt_names_the_tool_and_its_table) {
  engine::RunReport report;
  report.status = engine::Status::kAdopted;
  report.adopted = engine::AdoptReport{2, "1", "3", "Flyway", "\"public\".\"t\"", {}};
  const auto body = make_response(report, {});
  EXPECT_EQ(body["adopted"]["tool"], "Flyway");
  EXPECT_EQ(body["adopted"]["table"], "\"public\".\"t\"");
  EXPECT_FALSE(body["counts"].contains("undone"));
}

TEST(ResponseTest, adopt_says_how_far_a_file_is_that_is_marked_in_part) {
  engine::RunReport report;
  report.status = engine::Status::kAdopted;
  report.adopted = engine::AdoptReport{1, "1", "2", "Atlas", "t", {{"2", 2, 3}}};
  EXPECT_EQ(make_message(report),
            "1 migration is marked as applied, and version 2 as applied up to statement 2 of 3; "
            "nothing was run");
  EXPECT_EQ(make_response(report, {})["adopted"]["partial"][0]["applied"], 2);
  report.adopted = engine::AdoptReport{0, "1", "2", "Flyway", "t", {{"1", 0, 3}, {"2", 0, 1}}};
  EXPECT_EQ(
      make_message(report),
      "0 migrations are marked as applied, version 1 as begun, with nothing of it applied, and "
      "version 2 as begun, with nothing of it applied; nothing was run");
}

TEST(ResponseTest, undo_counts_what_was_taken_back_whole) {
  engine::RunReport report;
  report.undoes = true;
  report.undone.resize(3);
  report.undone[0].complete = report.undone[1].complete = true;
  EXPECT_EQ(make_response(report, {})["counts"]["undone"], 2);
}

TEST(ResponseTest, baseline_says_what_is_marked) {
  engine::RunReport report;
  report.status = engine::Status::kAdopted;
  report.adopted = engine::AdoptReport{2, "1", "3", "", "", {}};
  EXPECT_EQ(make_message(report),
            "2 migrations are marked as applied, up to version 3; nothing was run");
  const auto body = make_response(report, {});
  EXPECT_EQ(body["status"], "ADOPTED");
  EXPECT_EQ(body["adopted"]["firstVersion"], "1");
  EXPECT_FALSE(body["adopted"].contains("tool"));
  report.status = engine::Status::kUpToDate;
  report.adopted->marked = 0;
  EXPECT_EQ(make_message(report), "nothing to mark: version 3 and all before it are in the ledger");
  report.adopted->first_version = report.adopted->last_version = "";
  EXPECT_EQ(make_message(report), "the history is taken over, and covers none of the files");
}

}  // namespace
}  // namespace handler
