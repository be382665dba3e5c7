// Asynchronous jobs of several files at once, against a server in memory.
#include "engine/run_jobs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/error.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;
using Files = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kLook = "SELECT job_id, status";

FakeSource make_directory(const Files& files) {
  std::vector<SourceFile> sources;
  for (const auto& [name, text] : files) sources.push_back({name, text, "test/" + name, ""});
  return FakeSource(std::move(sources));
}

// A table with an index in a file each: "t1" and "t1_n" in "1_t.sql", ...
Files make_files(int from, int to) {
  Files files;
  for (int i = from; i <= to; ++i) {
    const auto n = std::to_string(i);
    files.emplace_back(n + "_t.sql", "CREATE TABLE t" + n + " (n bigint);\nCREATE INDEX t" + n +
                                         "_n ON t" + n + " (n);");
  }
  return files;
}

class RunJobsTest : public testing::Test {
 protected:
  RunJobsTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    server_.next_jobs.assign(50, {"processing", "", ""});
  }

  RunReport apply(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto report = engine::apply(database, make_directory(files), options_, {});
    sent_ = database.sent;
    return report;
  }
  RunReport status(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    return engine::status(database, make_directory(files), options_, {});
  }

  void end_job(const std::string& id) {
    auto& job = server_.jobs.at(id);
    job.status = "completed";
    server_.state.indexes[job.index] = true;
  }
  void end_jobs() {
    for (const auto& [id, job] : server_.jobs) end_job(id);
  }
  // Just before the look of that number, from 1.
  void at_look(int number, std::function<void()> action) {
    looks_ = 0;
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment == Moment::kBefore && sql.starts_with(kLook) && ++looks_ == number) action();
    };
  }

  // Where in what was sent; `from` the end for the last.
  std::ptrdiff_t first(const std::string& part) const {
    return std::find_if(sent_.begin(), sent_.end(), contains(part)) - sent_.begin();
  }
  std::ptrdiff_t last(const std::string& part) const {
    return sent_.rend() - std::find_if(sent_.rbegin(), sent_.rend(), contains(part)) - 1;
  }
  long count(const std::string& part, std::ptrdiff_t from = 0) const {
    return std::count_if(sent_.begin() + from, sent_.end(), contains(part));
  }
  const Revision& row(const std::string& version) { return server_.state.revisions.at(version); }
  bool all_complete() const {
    const auto& rows = server_.state.revisions;
    return std::all_of(rows.begin(), rows.end(),
                       [](const auto& each) { return each.second.complete(); });
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<std::string> sent_;
  int looks_ = 0;

 private:
  static std::function<bool(const std::string&)> contains(const std::string& part) {
    return [part](const std::string& sql) { return sql.find(part) != std::string::npos; };
  }
};

TEST_F(RunJobsTest, builds_of_20_files_are_all_submitted_before_any_is_waited_for) {
  at_look(3, [this] { end_jobs(); });
  const auto report = apply(make_files(1, 20));
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(server_.jobs.size(), 20u);
  EXPECT_LT(last("CREATE INDEX ASYNC"), first(kLook));
  EXPECT_EQ(count(kLook), 3) << "each is one query for all";
  EXPECT_TRUE(all_complete());
  EXPECT_EQ(count("COMMIT", last(kLook)), 1) << "one transaction completes them";
  EXPECT_EQ(report.migrations.size(), 20u);
  EXPECT_EQ(report.statements_applied, 40);
  EXPECT_TRUE(report.pending.empty());
  EXPECT_TRUE(report.jobs.empty());
}

TEST_F(RunJobsTest, round_trips_do_not_grow_with_the_builds) {
  at_look(2, [this] { end_jobs(); });
  const auto few = apply(make_files(1, 2));
  at_look(2, [this] { end_jobs(); });
  const auto many = apply(make_files(1, 22));
  ASSERT_EQ(many.status, Status::kApplied);
  EXPECT_LE(many.round_trips, few.round_trips);
}

TEST_F(RunJobsTest, statement_of_a_later_file_waits_for_the_index_of_its_table) {
  auto files = make_files(1, 2);
  files.emplace_back("3_b.sql", "CREATE TABLE b (n bigint);\nALTER TABLE t1 ADD COLUMN m text;");
  files.emplace_back("4_c.sql", "CREATE TABLE c (n bigint);");
  at_look(2, [this] { end_job("job1"); });
  server_.next_jobs[1] = {"completed", "", ""};
  ASSERT_EQ(apply(files).status, Status::kApplied);
  EXPECT_LT(first("CREATE TABLE b"), first(kLook)) << "it needs no index";
  EXPECT_GT(first("ALTER TABLE t1"), last(kLook));
  EXPECT_EQ(count(kLook), 2);
  EXPECT_LT(first("ALTER TABLE t1"), first("CREATE TABLE c")) << "the order of files stays";
  EXPECT_TRUE(all_complete());
}

TEST_F(RunJobsTest, statement_that_goes_by_itself_waits_too) {
  options_.flight = 0;
  auto files = make_files(1, 1);
  files.emplace_back("2_b.sql", "SET search_path = public;\nALTER TABLE t1 ADD COLUMN m text;");
  at_look(2, [this] { end_jobs(); });
  ASSERT_EQ(apply(files).status, Status::kApplied);
  EXPECT_LT(first("SET search_path"), first(kLook));
  EXPECT_GT(first("ALTER TABLE t1"), last(kLook));
}

// That of the third and fourth statement, whose ids are known when it goes out, is behind another.
TEST_F(RunJobsTest, ids_reach_the_ledger_with_a_flight_that_goes_out_later) {
  options_.flight = 4;
  std::vector<std::string> known;
  server_.hook = [&](Moment moment, std::string_view sql) {
    if (moment == Moment::kBefore && sql.starts_with("CREATE TABLE t5")) {
      known = row("2").job_ids;
    }
    if (moment == Moment::kBefore && sql.starts_with(kLook)) end_jobs();
  };
  const auto report = apply(make_files(1, 6));
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(known, std::vector<std::string>{"2:job2"});
}

TEST_F(RunJobsTest, ids_are_in_the_ledger_before_the_run_sleeps) {
  std::vector<std::string> known;
  at_look(2, [&] {
    known = row("2").job_ids;
    end_jobs();
  });
  ASSERT_EQ(apply(make_files(1, 2)).status, Status::kApplied);
  EXPECT_EQ(known, std::vector<std::string>{"2:job2"});
}

TEST_F(RunJobsTest, failed_build_is_resumed_though_later_files_are_complete) {
  const auto files = make_files(1, 6);
  at_look(1, [this] {
    end_jobs();
    server_.jobs["job3"].status = "failed";
    server_.jobs["job3"].details = "Found duplicate key";
    server_.state.indexes["t3_n"] = false;
  });
  const auto failed = apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->code, "job-failed");
  EXPECT_EQ(failed.failure->file, "3_t.sql");
  EXPECT_EQ(failed.failure->line, 2);
  EXPECT_EQ(failed.failure->statement_number, 2);
  EXPECT_EQ(failed.failure->detail, "Found duplicate key");
  EXPECT_EQ(failed.current_version, "6");
  ASSERT_EQ(failed.pending.size(), 1u);
  EXPECT_EQ(failed.pending[0].version, "3");
  EXPECT_EQ(failed.migrations.size(), 6u);
  EXPECT_FALSE(failed.migrations[2].complete);
  EXPECT_FALSE(server_.state.indexes.contains("t3_n")) << "the invalid index is dropped";
  EXPECT_EQ(row("3").job_ids, std::vector<std::string>{"2:"});
  EXPECT_EQ(row("3").error, "the index build failed: public.t3_n (Found duplicate key)");
  EXPECT_TRUE(row("6").complete());
  EXPECT_EQ(status(files).status, Status::kFailed);

  at_look(2, [this] { end_jobs(); });
  const auto resumed = apply(files);
  ASSERT_EQ(resumed.status, Status::kApplied);
  EXPECT_EQ(count("CREATE"), 1);
  EXPECT_EQ(count("CREATE INDEX ASYNC t3_n"), 1);
  EXPECT_TRUE(server_.state.indexes.at("t3_n"));
  EXPECT_TRUE(all_complete());
  EXPECT_EQ(row("3").error, "");
}

TEST_F(RunJobsTest, jobs_beside_a_failed_one_are_recorded_as_they_are) {
  const auto files = make_files(1, 4);
  at_look(1, [this] {
    end_job("job1");
    server_.jobs["job2"].status = "failed";
    server_.jobs["job4"].status = "failed";
  });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "2") << "the first in the files' order";
  ASSERT_EQ(report.jobs.size(), 3u);
  EXPECT_EQ(report.jobs[0].job_id, "job2");
  EXPECT_EQ(report.jobs[1].job_id, "job4");
  EXPECT_EQ(report.jobs[2].job_id, "job3");
  EXPECT_EQ(report.jobs[2].state, "processing");
  EXPECT_TRUE(row("1").complete());
  EXPECT_EQ(row("3").job_ids, std::vector<std::string>{"2:job3"});
  EXPECT_EQ(row("4").job_ids, std::vector<std::string>{"2:"});

  at_look(1, [this] { end_jobs(); });
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(count("CREATE INDEX"), 2);
  EXPECT_TRUE(all_complete());
}

TEST_F(RunJobsTest, failed_build_of_an_earlier_file_stops_a_later_one_between_two_statements) {
  auto files = make_files(1, 1);
  files.emplace_back("2_b.sql", "CREATE TABLE b (n bigint);\nALTER TABLE t1 ADD COLUMN m text;");
  at_look(2, [this] { server_.jobs["job1"].status = "failed"; });
  for (const int flight : {100, 0}) {
    options_.flight = flight;
    server_.state = {};
    server_.jobs.clear();
    looks_ = 0;
    const auto report = apply(files);
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->version, "1");
    EXPECT_EQ(row("1").job_ids, std::vector<std::string>{"2:"});
    EXPECT_FALSE(row("1").error.empty());
    EXPECT_EQ(row("2").applied, 1);
    EXPECT_EQ(row("2").in_doubt, 0);
    EXPECT_EQ(row("2").error, "");
    EXPECT_EQ(report.pending.size(), 2u);
  }
}

TEST_F(RunJobsTest, failure_of_a_statement_leaves_the_jobs_to_the_next_run) {
  auto files = make_files(1, 2);
  files.emplace_back("3_bad.sql", "DROP TABLE nosuch;");
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "3");
  EXPECT_EQ(report.jobs.size(), 2u);
  EXPECT_EQ(row("1").job_ids, std::vector<std::string>{"2:job1"});
  EXPECT_EQ(row("2").job_ids, std::vector<std::string>{"2:job2"});
}

TEST_F(RunJobsTest, run_that_only_finds_jobs_of_an_earlier_one_looks_and_records) {
  const auto files = make_files(1, 5);
  const auto first_run = apply(files);
  ASSERT_EQ(first_run.status, Status::kContinue);
  EXPECT_EQ(first_run.jobs.size(), 5u);
  EXPECT_EQ(first_run.pending.size(), 5u);
  EXPECT_EQ(first_run.pending[4].applied, 2);
  EXPECT_LE(time_.now(), options_.deadline - options_.reserve + 1ms);

  end_jobs();
  const auto second = apply(files);
  ASSERT_EQ(second.status, Status::kApplied);
  EXPECT_EQ(second.round_trips, 7) << "ledger, its row, lock, jobs, catalog, record, unlock";
  EXPECT_EQ(second.statements_applied, 0);
  EXPECT_EQ(second.migrations.size(), 5u);
  EXPECT_TRUE(all_complete());
}

TEST_F(RunJobsTest, run_killed_with_jobs_of_several_files_under_way_is_followed_by_one_that_waits) {
  struct Killed {};
  const auto files = make_files(1, 3);
  for (const int look : {1, 2}) {
    server_.state = {};
    server_.jobs.clear();
    at_look(look, [] { throw Killed(); });
    EXPECT_THROW(apply(files), Killed);
    time_.pass(61s);
    at_look(2, [this] { end_jobs(); });
    ASSERT_EQ(apply(files).status, Status::kApplied);
    EXPECT_EQ(server_.jobs.size(), 3u) << "none was built twice";
    EXPECT_TRUE(all_complete());
  }
}

TEST_F(RunJobsTest, without_waiting_the_run_ends_with_its_jobs_named_and_a_later_one_settles_them) {
  options_.wait_for_indexes = false;
  const auto files = make_files(1, 3);
  const auto started = time_.now();
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(time_.now(), started);
  ASSERT_EQ(report.jobs.size(), 3u);
  EXPECT_EQ(report.jobs[0].state, "processing");
  EXPECT_EQ(report.jobs[0].object, "public.t1_n");
  EXPECT_EQ(report.pending.size(), 3u);
  EXPECT_EQ(row("3").job_ids, std::vector<std::string>{"2:job3"});
  EXPECT_EQ(status(files).status, Status::kPending);

  end_jobs();
  EXPECT_EQ(status(files).status, Status::kUpToDate);
  const auto settled = apply(files);
  EXPECT_EQ(settled.status, Status::kApplied);
  EXPECT_TRUE(settled.jobs.empty());
  EXPECT_TRUE(all_complete());
  EXPECT_EQ(apply(files).status, Status::kUpToDate);
}

TEST_F(RunJobsTest, without_waiting_a_statement_that_needs_an_index_still_waits_for_it) {
  options_.wait_for_indexes = false;
  auto files = make_files(1, 2);
  files.emplace_back("3_b.sql", "ALTER TABLE t1 ADD COLUMN m text;");
  at_look(3, [this] { end_job("job1"); });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_GT(first("ALTER TABLE t1"), first(kLook));
  ASSERT_EQ(report.jobs.size(), 1u);
  EXPECT_EQ(report.jobs[0].version, "2");
}

TEST_F(RunJobsTest, without_waiting_a_job_that_vanished_is_still_decided) {
  options_.wait_for_indexes = false;
  const auto files = make_files(1, 1);
  ASSERT_EQ(apply(files).status, Status::kApplied);
  server_.jobs.clear();
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.jobs.at(0).state, "vanished");
}

TEST_F(RunJobsTest, commits_of_a_run_are_those_that_the_statements_need) {
  at_look(2, [this] { end_jobs(); });
  auto files = make_files(1, 3);
  ASSERT_EQ(apply(files).status, Status::kApplied);
  for (const auto& file : make_files(4, 8)) files.push_back(file);
  files.emplace_back("9_rows.sql", "INSERT INTO x VALUES (1);\nUPDATE x SET n = 2;");
  const auto before = server_.commits;
  at_look(2, [this] { end_jobs(); });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(report.commits, server_.commits - before);
  EXPECT_EQ(report.commits, 1 + 10 * 2 + 2 + 2 + 1) << "lock and start, DDL, DML, jobs, unlock";
}

TEST_F(RunJobsTest, looks_come_soon_and_then_with_an_eighth_of_the_time_waited) {
  EXPECT_EQ(make_job_pause(0ms, 2s), 50ms);
  EXPECT_EQ(make_job_pause(100ms, 2s), 50ms);
  EXPECT_EQ(make_job_pause(1s, 2s), 125ms);
  EXPECT_EQ(make_job_pause(60s, 2s), 2s);
  EXPECT_EQ(make_job_pause(0ms, 20ms), 20ms);
}

TEST_F(RunJobsTest, lease_is_renewed_while_jobs_are_waited_for) {
  FakeDatabase other(server_);
  const auto report = apply(make_files(1, 2));
  ASSERT_EQ(report.status, Status::kContinue);
  EXPECT_GT(count("UPDATE \"dsql_migrate\".lock SET expires_at"), 10);
}

}  // namespace
}  // namespace engine
