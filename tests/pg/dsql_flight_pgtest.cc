// Many statements in one flight, against the DSQL double.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

// "CREATE TABLE t<n>" in a file each.
Files make_tables(int from, int to) {
  Files files = {{"0000_init.sql", "CREATE TABLE first (n bigint);"}};
  for (int i = from; i <= to; ++i) {
    const auto n = std::to_string(1000 + i);
    files.emplace_back(n + "_t.sql", "CREATE TABLE t" + n + " (n bigint);");
  }
  return files;
}

std::string made(Target& target) {
  return target.ask("SELECT count(*) FROM pg_tables WHERE tablename LIKE 't1%'");
}
std::string recorded(Target& target) {
  return target.ask(
      "SELECT count(*) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL AND in_doubt = 0 "
      "AND applied = 1 AND version <> '0000'");
}

class DsqlFlight : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(target_.apply(make_tables(1, 0)).status, Status::kApplied); }
  void TearDown() override {
    target_.control("POST", "/settings",
                    R"({"pipeline": 0, "pipeline_cut": false, "ignores_flush": false})");
  }
  bool told_of_refusal() const {
    const auto& events = target_.events;
    return std::count(events.begin(), events.end(),
                      "the server refuses pipelines, going on with less in flight") > 0;
  }
  DsqlTarget target_;
};

TEST_F(DsqlFlight, round_trips_do_not_grow_with_the_files) {
  const auto few = target_.apply(make_tables(1, 10));
  ASSERT_EQ(few.status, Status::kApplied) << why(few);
  const auto many = target_.apply(make_tables(1, 110));
  ASSERT_EQ(many.status, Status::kApplied) << why(many);
  EXPECT_EQ(many.statements_applied, 100);
  EXPECT_EQ(many.round_trips, few.round_trips);
  EXPECT_EQ(recorded(target_), "110");
}

TEST_F(DsqlFlight, run_with_nothing_to_do_costs_one_message_after_connect) {
  const auto files = make_tables(1, 20);
  ASSERT_EQ(target_.apply(files).status, Status::kApplied);
  HookedDatabase database(target_.settings());
  const auto report = apply(database, make_directory(files), target_.fresh_options(), {});
  EXPECT_EQ(report.status, Status::kUpToDate);
  EXPECT_EQ(database.sent().size(), 1u);
}

TEST_F(DsqlFlight, failing_50th_of_100_leaves_exactly_49_recorded) {
  auto files = make_tables(1, 100);
  files[50].second = "CREATE TABLE t1050 (n nosuch);";
  const auto report = target_.apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "42704");
  EXPECT_EQ(report.failure->version, "1050");
  EXPECT_EQ(report.failure->column, 23);
  EXPECT_FALSE(report.failure->in_doubt);
  EXPECT_EQ(report.statements_applied, 49);
  EXPECT_EQ(report.pending.size(), 51u);
  EXPECT_EQ(made(target_), "49");
  EXPECT_EQ(recorded(target_), "49");
  EXPECT_EQ(target_.ask("SELECT error_sqlstate || in_doubt FROM dsql_migrate.revisions "
                        "WHERE version = '1050'"),
            "427040");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM dsql_migrate.revisions WHERE version > '1050'"), "0");
  files[50].second = "CREATE TABLE t1050 (n bigint);";
  EXPECT_EQ(target_.apply(files).status, Status::kApplied);
  EXPECT_EQ(made(target_), "100");
}

TEST_F(DsqlFlight, server_that_refuses_long_flights_gets_one_statement_and_its_record_at_a_time) {
  target_.control("POST", "/settings", R"({"pipeline": 30})");
  const auto report = target_.apply(make_tables(1, 30));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_TRUE(told_of_refusal());
  EXPECT_LT(report.round_trips, 30 + 25);
  EXPECT_EQ(recorded(target_), "30");
}

// A Sync after a while brings them, long before the run's time is over, and no flight goes behind
// another any more.
TEST_F(DsqlFlight, server_that_keeps_its_answers_back_gets_one_flight_at_a_time) {
  target_.control("POST", "/settings", R"({"ignores_flush": true})");
  target_.options.flight = 20;
  const auto report = target_.apply(make_tables(1, 60));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_FALSE(told_of_refusal());
  EXPECT_EQ(recorded(target_), "60");
}

// Each of the two is within what the server takes, but not one behind the other.
TEST_F(DsqlFlight, server_that_refuses_flights_behind_each_other_gets_one_at_a_time) {
  target_.control("POST", "/settings", R"({"pipeline": 150})");
  target_.options.flight = 20;
  const auto report = target_.apply(make_tables(1, 60));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_TRUE(told_of_refusal());
  EXPECT_LT(report.round_trips, 25);
  EXPECT_EQ(recorded(target_), "60");
}

// Each kind of flight is cut twice in a row before less goes out: 2 segments, 2 single statements.
TEST_F(DsqlFlight, server_that_cuts_flights_gets_less_after_two_in_vain_of_each_kind) {
  target_.control("POST", "/settings", R"({"pipeline": 6, "pipeline_cut": true})");
  const auto report = target_.apply(make_tables(1, 12));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_TRUE(told_of_refusal());
  const auto& events = target_.events;
  EXPECT_EQ(std::count(events.begin(), events.end(), "connection lost, reconnecting"), 4);
  EXPECT_EQ(made(target_), "12");
  EXPECT_EQ(recorded(target_), "12");
}

// The journal says what was sent: nothing that is recorded goes out again.
TEST_F(DsqlFlight, conflict_in_the_middle_goes_on_from_the_statement_that_lost) {
  target_.fault(R"({"kind": "oc001", "match": "CREATE TABLE t1010"})");
  target_.control("DELETE", "/journal");
  const auto report = target_.apply(make_tables(1, 20));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  const auto journal = target_.control("GET", "/journal");
  for (int n = 1001; n <= 1020; ++n) {
    const auto sql = "\"CREATE TABLE t" + std::to_string(n) + " ";
    int times = 0;
    for (auto at = journal.find(sql); at != std::string::npos; at = journal.find(sql, at + 1)) {
      ++times;
    }
    EXPECT_EQ(times, n == 1010 ? 2 : 1) << n;
  }
  EXPECT_FALSE(told_of_refusal());
  EXPECT_EQ(report.retries, 1);
  EXPECT_EQ(recorded(target_), "20");
}

TEST_F(DsqlFlight, server_that_refuses_pipelines_gets_one_message_at_a_time) {
  target_.control("POST", "/settings", R"({"pipeline": 1})");
  Files files = make_tables(1, 10);
  files.emplace_back("2000_rows.sql", "INSERT INTO first VALUES (1);\nUPDATE first SET n = n + 1;");
  const auto report = target_.apply(files);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_TRUE(told_of_refusal());
  EXPECT_EQ(recorded(target_), "10");
  EXPECT_EQ(target_.ask("SELECT string_agg(n::text, ',') FROM first"), "2");
}

TEST_F(DsqlFlight, conflicts_at_one_message_in_ten_and_each_takes_effect_once) {
  auto files = make_tables(1, 12);
  files.emplace_back("2000_rows.sql", "INSERT INTO first VALUES (1);");
  for (int i = 1; i <= 12; ++i) {
    files.emplace_back(std::to_string(2000 + i) + "_rows.sql", "UPDATE first SET n = n + 1;");
  }
  target_.fault(R"({"kind": "oc001", "times": null, "probability": 0.1, "seed": 5})");
  target_.fault(R"({"kind": "oc000", "times": null, "probability": 0.1, "seed": 6})");
  const auto report = target_.apply(files);
  target_.control("DELETE", "/faults");
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_GT(report.retries, 5);
  EXPECT_FALSE(told_of_refusal());
  EXPECT_EQ(made(target_), "12");
  EXPECT_EQ(target_.ask("SELECT string_agg(n::text, ',') FROM first"), "13");
}

TEST_F(DsqlFlight, lease_lost_in_the_middle_stops_the_server_before_the_next_statement) {
  HookedDatabase database(target_.settings());
  database.add({"CREATE TABLE t1010", false, 0, [&](auto&) {
                  target_.run(
                      "UPDATE dsql_migrate.lock SET nonce = 'another', "
                      "fencing = fencing + 1");
                }});
  const auto report =
      apply(database, make_directory(make_tables(1, 20)), target_.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed) << why(report);
  EXPECT_EQ(report.failure->code, "lease-lost");
  EXPECT_TRUE(report.failure->in_doubt);
  EXPECT_EQ(report.failure->version, "1010");
  EXPECT_EQ(made(target_), "10") << "the one that was on its way, and none after it";
  EXPECT_EQ(recorded(target_), "9");
  EXPECT_EQ(target_.ask("SELECT in_doubt FROM dsql_migrate.revisions WHERE version = '1010'"), "1");
}

TEST_F(DsqlFlight, index_builds_of_a_file_fly_together_and_are_waited_for) {
  const auto report = target_.apply(
      {{"0000_init.sql", "CREATE TABLE first (n bigint);"},
       {"1_a.sql",
        "CREATE TABLE a (n bigint, m bigint);\nCREATE TABLE b (n bigint);\n"
        "CREATE INDEX a_n ON a (n);\nCREATE INDEX a_m ON a (m);\nCREATE INDEX b_n ON b (n);\n"
        "INSERT INTO first VALUES (1);\nINSERT INTO a VALUES (1, 2);"},
       {"2_b.sql", "ALTER TABLE a ADD COLUMN o text;"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(report.migrations), "1:7/7 2:1/1");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM pg_index WHERE indisvalid AND "
                        "indexrelid::regclass::text IN ('a_n', 'a_m', 'b_n')"),
            "3");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM dsql_migrate.revisions WHERE job_ids = '' AND "
                        "finished_at IS NOT NULL"),
            "3");
}

// The process is gone, the server has the whole flight and goes on with it.
TEST_F(DsqlFlight, owner_killed_with_everything_on_the_wire_is_followed_by_one_that_completes_it) {
  target_.fault(R"({"kind": "delay", "seconds": 0.02, "times": null, "match": "t10"})");
  auto files = make_tables(1, 20);
  files.emplace_back("2000_rows.sql", "INSERT INTO first VALUES (1);\nUPDATE first SET n = n + 1;");
  auto options = target_.fresh_options();
  options.lease = 300ms;
  options.lock_timeout = 20s;
  const auto child = fork();
  if (child == 0) {
    PgDatabase database(target_.settings());
    apply(database, make_directory(files), options, {});
    _exit(0);
  }
  while (target_.control("GET", "/journal").find("t1005 (n") == std::string::npos) {
    std::this_thread::sleep_for(5ms);
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto report = target_.apply(files, options);
  ASSERT_TRUE(report.status == Status::kApplied || report.status == Status::kUpToDate)
      << why(report);
  EXPECT_EQ(made(target_), "20");
  EXPECT_EQ(recorded(target_), "20");
  EXPECT_EQ(target_.ask("SELECT string_agg(n::text, ',') FROM first"), "2");
}

}  // namespace
}  // namespace engine
