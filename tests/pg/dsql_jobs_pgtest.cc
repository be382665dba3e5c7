// Asynchronous jobs of the DSQL double: valid, failed, vanished, unfinished.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

const Files kUnique = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n"
                        "CREATE UNIQUE INDEX ASYNC a_n ON a (n);\n"
                        "CREATE TABLE b (n bigint);"}};

TEST(DsqlJobs, failed_build_is_reported_and_dropped_and_built_again_by_the_next_run) {
  DsqlTarget target;
  const auto failed = target.apply(kUnique);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->code, "job-failed");
  EXPECT_EQ(failed.failure->detail, "Found duplicate key while validating index for UCVs");
  EXPECT_EQ(failed.failure->statement_number, 3);
  EXPECT_EQ(failed.failure->line, 3);
  ASSERT_EQ(failed.jobs.size(), 1u);
  EXPECT_EQ(failed.jobs[0].state, "failed");
  EXPECT_EQ(target.ask("SELECT to_regclass('a_n')"), "NULL");
  EXPECT_EQ(target.ask("SELECT applied || ' ' || job_ids FROM dsql_migrate.revisions"), "4 3:");
  EXPECT_EQ(target.status(kUnique).status, Status::kFailed);

  const auto again = target.apply(kUnique);
  EXPECT_EQ(again.status, Status::kFailed) << "the data are as they were";
  target.run("DELETE FROM a");
  const auto fixed = target.apply(kUnique);
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
  EXPECT_EQ(target.status(kUnique).status, Status::kUpToDate);
}

TEST(DsqlJobs, build_that_outlives_the_budget_is_picked_up_by_the_next_run) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"},
                       {"2_b.sql", "CREATE TABLE b (n bigint);"}};
  auto options = target.fresh_options();
  options.deadline = std::chrono::steady_clock::now() + 13s;
  options.reserve = 10s;
  const auto first = target.apply(files, options);
  ASSERT_EQ(first.status, Status::kContinue) << why(first);
  ASSERT_EQ(first.jobs.size(), 1u);
  EXPECT_EQ(first.jobs[0].object, "public.a_n");
  ASSERT_EQ(first.pending.size(), 1u) << "the next file did not have to wait";
  EXPECT_EQ(first.pending[0].applied, 2);
  const auto pending = target.status(files);
  EXPECT_EQ(pending.status, Status::kPending);
  EXPECT_EQ(pending.jobs.size(), 1u);

  target.control("POST", "/settings", R"({"job_hold": "none"})");
  const auto second = target.apply(files);
  ASSERT_EQ(second.status, Status::kApplied) << why(second);
  EXPECT_EQ(shown(first.migrations), "1:2/2! 2:1/1");
  EXPECT_EQ(shown(second.migrations), "1:0/2");
}

TEST(DsqlJobs, status_waits_for_the_last_job) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}};
  auto options = target.fresh_options();
  options.wait_for_indexes = false;
  ASSERT_EQ(target.apply(files, options).jobs.size(), 1u);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  const auto status = target.status(files);
  EXPECT_EQ(status.status, Status::kUpToDate) << to_string(status.status);
  EXPECT_TRUE(status.pending.empty());
}

TEST(DsqlJobs, vanished_job_is_decided_by_the_catalog) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}};
  auto options = target.fresh_options();
  options.wait_for_indexes = false;
  ASSERT_EQ(target.apply(files, options).jobs.size(), 1u);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  target.status(files);
  target.run("UPDATE dsql_migrate.revisions SET job_ids = '2:aaaaaaaaaaaaaaaaaaaaaaaaaa'");
  const auto report = target.apply(files);
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
}

TEST(DsqlJobs, constraint_on_an_index_waits_for_its_build) {
  DsqlTarget target;
  const auto report =
      target.apply({{"1_a.sql",
                     "CREATE TABLE a (n bigint);\nCREATE UNIQUE INDEX ASYNC a_n ON a (n);\n"
                     "ALTER TABLE a ADD CONSTRAINT a_once UNIQUE USING INDEX a_n;\n"
                     "ALTER TABLE a ADD CONSTRAINT a_low CHECK (n < 10) NOT VALID;\n"
                     "ALTER TABLE a VALIDATE CONSTRAINT a_low;"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_constraint WHERE convalidated AND conname IN "
                       "('a_once', 'a_low')"),
            "2");
}

TEST(DsqlJobs, constraint_that_rows_violate_is_reported_and_validated_when_they_do_not) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (11);\n"
                        "ALTER TABLE a ADD CONSTRAINT low CHECK (n < 10) NOT VALID;\n"
                        "ALTER TABLE a VALIDATE CONSTRAINT low;"}};
  const auto failed = target.apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->code, "job-failed");
  EXPECT_EQ(failed.failure->statement_number, 4);
  target.run("DELETE FROM a");
  const auto fixed = target.apply(files);
  EXPECT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT convalidated FROM pg_constraint WHERE conname = 'low'"), "t");
}

TEST(DsqlJobs, invalid_leftover_is_dropped_before_if_not_exists_could_skip_it) {
  DsqlTarget target;
  target.run("CREATE TABLE a (n bigint)");
  target.run("INSERT INTO a VALUES (1), (1)");
  target.run("CREATE UNIQUE INDEX ASYNC a_n ON a (n)");
  while (target.ask("SELECT count(*) FROM sys.jobs WHERE status = 'failed'") == "0") {
  }
  target.run("DELETE FROM a");
  const auto report =
      target.apply({{"1_a.sql", "CREATE UNIQUE INDEX IF NOT EXISTS a_n ON a (n);"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
}

TEST(DsqlJobs, index_whose_submission_was_cut_is_built_once) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);\n"
                        "CREATE INDEX a_m ON a (n);"}};
  target.fault(R"({"kind": "cut_after", "match": "create index async a_n"})");
  target.fault(R"({"kind": "cut_before", "match": "create index async a_m"})");
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND "
                       "indisvalid"),
            "2");
}

// "CREATE TABLE t<n>" and an index on it in a file each, from 1 on.
Files make_builds(int count) {
  Files files;
  for (int i = 1; i <= count; ++i) {
    const auto n = std::to_string(i);
    files.emplace_back(std::to_string(100 + i) + "_t.sql",
                       "CREATE TABLE t" + n + " (n bigint);\nCREATE UNIQUE INDEX ASYNC t" + n +
                           "_n ON t" + n + " (n);");
  }
  return files;
}

std::string valid_indexes(Target& target) {
  return target.ask(
      "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE 't%_n'");
}

TEST(DsqlJobs, builds_of_20_files_overlap) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  HookedDatabase database(target.settings());
  std::string submitted;
  database.add({"FROM sys.jobs WHERE job_id IN", false, 0, [&](auto&) {
                  submitted = target.ask("SELECT count(*) FROM sys.jobs");
                  target.control("POST", "/settings", R"({"job_hold": "none"})");
                }});
  const auto report =
      apply(database, make_directory(make_builds(20)), target.fresh_options(), target.observe());
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(submitted, "20") << "before the first look";
  EXPECT_EQ(valid_indexes(target), "20");
  EXPECT_EQ(target.ask("SELECT count(*) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL "
                       "AND job_ids = ''"),
            "20");
}

TEST(DsqlJobs, statement_of_a_later_file_waits_for_the_index_it_needs) {
  DsqlTarget target;
  auto files = make_builds(3);
  files.emplace_back("200_x.sql", "CREATE TABLE x (n bigint);");
  files.emplace_back("201_a.sql", "ALTER TABLE t1 ADD CONSTRAINT t1_once UNIQUE USING INDEX t1_n;");
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT convalidated FROM pg_constraint WHERE conname = 't1_once'"), "t");
}

TEST(DsqlJobs, failed_build_of_file_3_leaves_files_4_to_6_applied_and_is_resumed) {
  DsqlTarget target;
  auto files = make_builds(6);
  files[2].second =
      "CREATE TABLE t3 (n bigint);\nINSERT INTO t3 VALUES (1), (1);\n"
      "CREATE UNIQUE INDEX ASYNC t3_n ON t3 (n);";
  const auto failed = target.apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->file, "103_t.sql");
  EXPECT_EQ(failed.failure->line, 3);
  EXPECT_EQ(failed.failure->detail, "Found duplicate key while validating index for UCVs");
  EXPECT_EQ(target.ask("SELECT min(applied) || ' ' || count(*) FROM dsql_migrate.revisions "
                       "WHERE version >= '104'"),
            "2 3");
  EXPECT_EQ(target.ask("SELECT to_regclass('t3_n')"), "NULL");
  EXPECT_EQ(target.status(files).status, Status::kFailed);

  target.run("DELETE FROM t3");
  const auto resumed = target.apply(files);
  ASSERT_EQ(resumed.status, Status::kApplied) << why(resumed);
  EXPECT_EQ(valid_indexes(target), "6");
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
}

TEST(DsqlJobs, run_killed_with_builds_of_several_files_under_way_is_followed_by_one_that_waits) {
  for (const char* state : {"submitted", "processing"}) {
    DsqlTarget target;
    target.control("POST", "/settings", std::string(R"({"job_hold": ")") + state + R"("})");
    auto options = target.fresh_options();
    options.lease = 300ms;
    options.lock_timeout = 20s;
    const auto files = make_builds(4);
    const auto child = fork();
    if (child == 0) {
      PgDatabase database(target.settings());
      apply(database, make_directory(files), options, {});
      _exit(0);
    }
    while (target.control("GET", "/journal").find("FROM sys.jobs WHERE job_id IN") ==
           std::string::npos) {
      std::this_thread::sleep_for(5ms);
    }
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    target.control("POST", "/settings", R"({"job_hold": "none"})");
    const auto report = target.apply(files, options);
    ASSERT_EQ(report.status, Status::kApplied) << why(report);
    EXPECT_EQ(valid_indexes(target), "4");
    EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs"), "4") << "none was built twice";
  }
}

TEST(DsqlJobs, connection_cut_at_a_look_goes_on_waiting) {
  DsqlTarget target;
  target.fault(R"({"kind": "cut_before", "match": "from sys.jobs where job_id in"})");
  target.fault(R"({"kind": "oc001", "match": "from sys.jobs where job_id in"})");
  const auto report = target.apply(make_builds(3));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(report.retries, 2);
  EXPECT_EQ(valid_indexes(target), "3");
}

TEST(DsqlJobs, without_waiting_a_later_run_settles_what_is_under_way) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  target.options.wait_for_indexes = false;
  const auto files = make_builds(3);
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(report.jobs.size(), 3u);
  EXPECT_EQ(report.pending.size(), 3u);
  EXPECT_EQ(target.status(files).status, Status::kPending);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  EXPECT_EQ(target.status(files).status, Status::kUpToDate);
  const auto settled = target.apply(files);
  EXPECT_EQ(settled.status, Status::kApplied) << why(settled);
  EXPECT_TRUE(settled.jobs.empty());
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
}

}  // namespace
}  // namespace engine
