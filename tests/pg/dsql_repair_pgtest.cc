// Repair against the DSQL double: a statement in doubt that the catalog cannot settle.
#include "tests/pg/target.h"

namespace engine {
namespace {

using Outcome = RepairRequest::Outcome;

std::string why(const RunReport& report) {
  if (report.failure) return report.failure->code + ": " + report.failure->message;
  return report.problems.empty() ? "no failure" : report.problems[0].message;
}

std::string ledger(DsqlTarget& target) {
  return target.ask("SELECT applied || ' ' || in_doubt FROM dsql_migrate.revisions");
}

const Files kFiles = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE TABLE b (n bigint);"}};

// Table b of another shape makes the lost CREATE TABLE b a doubt.
void leave_in_doubt(DsqlTarget& target) {
  target.run("CREATE TABLE b (other text)");
  target.fault(R"({"kind": "cut_before", "match": "create table b"})");
  const auto report = target.apply(kFiles);
  ASSERT_EQ(report.status, Status::kFailed) << why(report);
  ASSERT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_NE(report.failure->hint.find(
                R"({"command":"repair","version":"1","statement":2,"outcome":"done"})"),
            std::string::npos)
      << report.failure->hint;
  EXPECT_EQ(ledger(target), "1 2");
}

TEST(DsqlRepair, statement_in_doubt_marked_as_done_completes_the_file) {
  DsqlTarget target;
  leave_in_doubt(target);
  const auto report = target.repair(kFiles, {"1", 2, Outcome::kDone});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  EXPECT_EQ(report.repair->before.in_doubt, 2);
  EXPECT_EQ(report.repair->after.in_doubt, 0);
  EXPECT_TRUE(report.repair->after.complete);
  EXPECT_EQ(ledger(target), "2 0");
  EXPECT_EQ(target.repair(kFiles, {"1", 2, Outcome::kDone}).status, Status::kUpToDate);
  EXPECT_EQ(target.apply(kFiles).status, Status::kUpToDate);
}

TEST(DsqlRepair, statement_in_doubt_marked_as_not_done_is_sent_by_the_next_run) {
  DsqlTarget target;
  leave_in_doubt(target);
  const auto report = target.repair(kFiles, {"1", 2, Outcome::kNotDone});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  EXPECT_EQ(ledger(target), "1 0");
  EXPECT_EQ(target.repair(kFiles, {"1", 2, Outcome::kNotDone}).status, Status::kUpToDate);
  EXPECT_EQ(target.apply(kFiles).failure->sqlstate, "42P07") << "it was sent";
  target.run("DROP TABLE b");
  const auto later = target.apply(kFiles);
  EXPECT_EQ(later.status, Status::kApplied) << why(later);
}

TEST(DsqlRepair, edit_does_not_put_another_statement_in_a_failed_builds_place) {
  DsqlTarget target;
  const std::string head = "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n";
  const std::string build = "CREATE UNIQUE INDEX a_n ON a (n);\n";
  const std::string log = "INSERT INTO log VALUES (7);\n";
  const Files files = {{"0_log.sql", "CREATE TABLE log (n bigint);"},
                       {"1_a.sql", head + build + log}};
  const auto row = [&] {
    return target.ask(
        "SELECT applied || ' ' || job_ids FROM dsql_migrate.revisions "
        "WHERE version = '1'");
  };
  EXPECT_EQ(target.apply(files).failure->code, "job-failed");
  const auto failed = row();
  EXPECT_TRUE(failed.ends_with(" 3:")) << failed;
  const Files moved = {files[0], {"1_a.sql", head + log + build}};
  const auto refused = target.repair(moved, {"1", 0, Outcome::kChecksum});
  ASSERT_EQ(refused.status, Status::kInvalid) << why(refused);
  EXPECT_EQ(refused.problems.at(0).line, 3);
  EXPECT_EQ(row(), failed);

  RepairRequest all;
  all.outcome = Outcome::kNotDone;
  ASSERT_EQ(target.repair(files, all).status, Status::kRepaired);
  EXPECT_EQ(target.apply(files).failure->code, "job-failed") << "it was sent again";
  const auto done = target.repair(files, {"1", 3, Outcome::kDone});
  ASSERT_EQ(done.status, Status::kRepaired) << why(done);
  EXPECT_NE(target.apply(files).status, Status::kFailed);
  EXPECT_EQ(target.ask("SELECT count(*) FROM log"), "1");
  EXPECT_EQ(row(), "4 ");
}

TEST(DsqlRepair, lost_answer_to_the_write_and_conflicts_change_the_row_once) {
  for (const char* kind : {"cut_before", "cut_after", "oc000"}) {
    DsqlTarget target;
    leave_in_doubt(target);
    target.fault(std::string(R"({"kind": ")") + kind + R"(", "match": "commit"})");
    const auto report = target.repair(kFiles, {"1", 2, Outcome::kNotDone});
    ASSERT_EQ(report.status, Status::kRepaired) << kind << ": " << why(report);
    EXPECT_EQ(report.retries, 1) << kind;
    EXPECT_EQ(ledger(target), "1 0");
  }
}

}  // namespace
}  // namespace engine
