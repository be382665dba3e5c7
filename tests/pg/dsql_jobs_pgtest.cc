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

const Files kInSchema = {{"1_a.sql",
                          "CREATE SCHEMA app;\nSET search_path TO app;\n"
                          "CREATE TABLE t (n bigint);\n"
                          "ALTER TABLE t ADD CONSTRAINT low CHECK (n < 10) NOT VALID;\n"
                          "ALTER TABLE t VALIDATE CONSTRAINT low;\nCREATE INDEX t_n ON t (n);\n"
                          "CREATE INDEX ON t (n);"}};

std::string in_schema(DsqlTarget& target) {
  return target.ask(
      "SELECT (SELECT count(*) FROM pg_constraint WHERE conname = 'low' AND convalidated) || ' ' "
      "|| "
      "(SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) "
      "FROM pg_index WHERE indrelid = to_regclass('app.t') AND indisvalid)");
}

TEST(DsqlJobs, object_is_found_where_search_path_of_its_file_put_it) {
  DsqlTarget target;
  target.run("CREATE TABLE public.t (n bigint)");
  const auto report = target.apply(kInSchema);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(in_schema(target), "1 app.t_n app.t_n_idx");
}

// Rows of sys.jobs go after half an hour.
TEST(DsqlJobs, object_in_another_schema_is_found_by_the_next_run_without_its_jobs_row) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  auto options = target.fresh_options();
  options.wait_for_indexes = false;
  const auto first = target.apply(kInSchema, options);
  ASSERT_EQ(first.jobs.size(), 3u) << why(first);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  target.status(kInSchema);
  target.run(
      "UPDATE dsql_migrate.revisions SET job_ids = regexp_replace(job_ids, ':[a-z2-7]+', "
      "':aaaaaaaaaaaaaaaaaaaaaaaaaa', 'g')");
  const auto report = target.apply(kInSchema);
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(in_schema(target), "1 app.t_n app.t_n_idx");
  EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs"), "3") << "none was built again";
}

TEST(DsqlJobs, object_is_found_while_another_file_has_its_own_search_path) {
  DsqlTarget target;
  target.run("CREATE SCHEMA app");
  target.run("CREATE TABLE app.t (n bigint)");
  target.control("POST", "/settings", R"({"job_delay": 0.5})");
  const auto report = target.apply({{"1_a.sql",
                                     "CREATE TABLE public.t (n bigint);\n"
                                     "ALTER TABLE t ADD CONSTRAINT low CHECK (n < 10) NOT VALID;\n"
                                     "ALTER TABLE t VALIDATE CONSTRAINT low;"},
                                    {"2_b.sql",
                                     "SET search_path TO app;\nCREATE TABLE x (n bigint);\n"
                                     "COMMENT ON TABLE public.t IS 'waits for the job';"}});
  target.control("POST", "/settings", R"({"job_delay": 0})");
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
}

TEST(DsqlJobs, vanished_job_does_not_end_the_build_of_another_file) {
  DsqlTarget target;
  Files files = {{"1_a.sql", "CREATE TABLE a (n bigint, m bigint);\nCREATE INDEX ON a (n);"}};
  ASSERT_EQ(target.apply(files).status, Status::kApplied);
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  files.emplace_back("2_b.sql", "CREATE INDEX a_m ON a (m);");
  target.options.wait_for_indexes = false;
  ASSERT_EQ(target.apply(files).jobs.size(), 1u);
  for (const char* entry :
       {"2:aaaaaaaaaaaaaaaaaaaaaaaaaa=a_n_idx", "2:aaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    target.run("UPDATE dsql_migrate.revisions SET finished_at = NULL, job_ids = '" +
               std::string(entry) + "' WHERE version = '1'");
    target.apply(files);
    EXPECT_EQ(target.ask("SELECT count(*) FROM pg_class WHERE relname IN ('a_n_idx', 'a_m')"), "2");
  }
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait_for_indexes = true;
  EXPECT_EQ(target.apply(files).status, Status::kApplied);
}

TEST(DsqlJobs, index_that_another_job_builds_by_the_name_of_a_vanished_one_is_waited_for) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX ON a (n);"}};
  target.options.wait_for_indexes = false;
  ASSERT_EQ(target.apply(files).jobs.size(), 1u);
  const std::string missing = "2:aaaaaaaaaaaaaaaaaaaaaaaaaa=a_n_idx";
  target.run("UPDATE dsql_migrate.revisions SET job_ids = '" + missing + "'");
  ASSERT_EQ(target.apply(files).jobs.size(), 1u);
  EXPECT_EQ(target.ask("SELECT job_ids FROM dsql_migrate.revisions"), missing);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.options.wait_for_indexes = true;
  EXPECT_EQ(target.apply(files).status, Status::kApplied);
  EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs"), "1");
}

TEST(DsqlJobs, failed_build_of_an_index_without_a_name_is_built_again_by_its_name) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n"
                        "CREATE INDEX ON a (n);\nCREATE UNIQUE INDEX ON a (n);"}};
  ASSERT_EQ(target.apply(files).failure->code, "job-failed");
  EXPECT_EQ(target.ask("SELECT applied || ' ' || job_ids FROM dsql_migrate.revisions"),
            "4 4:=a_n_idx1");
  target.run("DELETE FROM a");
  for (const char* moment : {"before", "after"}) {
    target.fault(R"({"kind": "cut_)" + std::string(moment) +
                 R"(", "match": "create unique index async a_n_idx1"})");
  }
  const auto fixed = target.apply(files);
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT string_agg(indexrelid::regclass || ':' || indisvalid, ' ' ORDER BY "
                       "indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'a'::regclass"),
            "a_n_idx:true a_n_idx1:true");
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

TEST(DsqlJobs, status_that_waits_looks_again_after_a_look_that_failed) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_hold": "processing"})");
  target.options.wait_for_indexes = false;
  const auto files = make_builds(2);
  ASSERT_EQ(target.apply(files).jobs.size(), 2u);
  target.control("POST", "/settings", R"({"job_hold": "none"})");
  target.fault(R"({"kind": "cut_before", "match": "from sys.jobs where job_id in"})");
  target.fault(R"({"kind": "oc001", "match": "from sys.jobs where job_id in"})");
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  const auto status = target.status(files);
  EXPECT_EQ(status.status, Status::kUpToDate) << why(status);
  EXPECT_EQ(status.retries, 2);
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
