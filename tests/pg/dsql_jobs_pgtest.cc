// Asynchronous jobs of the DSQL double: valid, failed, vanished, unfinished.
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
  target.control("POST", "/settings", R"({"job_delay": 1.0})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"},
                       {"2_b.sql", "CREATE TABLE b (n bigint);"}};
  auto options = target.fresh_options();
  options.deadline = std::chrono::steady_clock::now() + 10'500ms;
  options.reserve = 10s;
  const auto first = target.apply(files, options);
  ASSERT_EQ(first.status, Status::kContinue) << why(first);
  ASSERT_EQ(first.jobs.size(), 1u);
  EXPECT_EQ(first.jobs[0].object, "public.a_n");
  EXPECT_EQ(first.pending.size(), 2u);
  EXPECT_EQ(first.pending[0].applied, 2);
  const auto pending = target.status(files);
  EXPECT_EQ(pending.status, Status::kPending);
  EXPECT_EQ(pending.jobs.size(), 1u);

  const auto second = target.apply(files);
  ASSERT_EQ(second.status, Status::kApplied) << why(second);
  EXPECT_EQ(shown(second.migrations), "1:0/2 2:1/1");
}

TEST(DsqlJobs, status_waits_for_the_last_job) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_delay": 0.6})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}};
  auto options = target.fresh_options();
  options.deadline = std::chrono::steady_clock::now() + 10'300ms;
  options.reserve = 10s;
  ASSERT_EQ(target.apply(files, options).status, Status::kContinue);
  target.options.wait = true;
  target.options.wait_timeout = 20s;
  const auto status = target.status(files);
  EXPECT_EQ(status.status, Status::kUpToDate) << to_string(status.status);
  EXPECT_TRUE(status.pending.empty());
}

TEST(DsqlJobs, vanished_job_is_decided_by_the_catalog) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_delay": 0.6})");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}};
  auto options = target.fresh_options();
  options.deadline = std::chrono::steady_clock::now() + 10'300ms;
  options.reserve = 10s;
  ASSERT_EQ(target.apply(files, options).status, Status::kContinue);
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

}  // namespace
}  // namespace engine
