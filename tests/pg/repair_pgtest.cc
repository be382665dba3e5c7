// Repair on PostgreSQL: what is written is what the next run goes by.
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Outcome = RepairRequest::Outcome;

std::string why(const RunReport& report) {
  if (report.failure) return report.failure->code + ": " + report.failure->message;
  return report.problems.empty() ? "no failure" : report.problems[0].message;
}

std::string ledger(PgTarget& target) {
  return target.ask(
      "SELECT applied || ' ' || in_doubt || ' ' || (finished_at IS NOT NULL) || ' ' || "
      "COALESCE(error_sqlstate, 'none') FROM dsql_migrate.revisions");
}

// A file whose third statement fails when the first two are recorded.
const Files kFiles = {{"1_a.sql",
                       "CREATE TABLE a (n bigint);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n"
                       "INSERT INTO b VALUES (1);\nINSERT INTO a VALUES (4);"}};

TEST(PgRepair, failed_statement_done_by_hand_is_skipped_by_the_next_run) {
  PgTarget target;
  ASSERT_EQ(target.apply(kFiles).failure->statement_number, 3);
  EXPECT_EQ(ledger(target), "2 0 false 42P01");
  const auto report = target.repair(kFiles, {"1", 3, Outcome::kDone});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  EXPECT_EQ(report.repair->before.applied, 2);
  EXPECT_EQ(report.repair->after.applied, 3);
  EXPECT_EQ(report.repair->line, 3);
  EXPECT_EQ(report.pending.at(0).applied, 3);
  EXPECT_EQ(ledger(target), "3 0 false none");
  const auto again = target.repair(kFiles, {"1", 3, Outcome::kDone});
  EXPECT_EQ(again.status, Status::kUpToDate) << why(again);
  EXPECT_FALSE(again.repair->changed);
  const auto later = target.apply(kFiles);
  ASSERT_EQ(later.status, Status::kApplied) << why(later);
  EXPECT_EQ(target.ask("SELECT string_agg(n::text, ' ') FROM a"), "4");
}

TEST(PgRepair, last_statement_marked_as_done_completes_the_file_and_taken_back_runs_again) {
  PgTarget target;
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);"}};
  ASSERT_EQ(target.apply(files).status, Status::kApplied);
  EXPECT_EQ(target.repair(files, {"1", 2, Outcome::kNotDone}).status, Status::kInvalid);
  const auto back = target.repair(files, {"1", 2, Outcome::kNotDone, true});
  ASSERT_EQ(back.status, Status::kRepaired) << why(back);
  EXPECT_EQ(back.current_version, "");
  EXPECT_EQ(ledger(target), "1 0 false none");
  const auto done = target.repair(files, {"1", 2, Outcome::kDone});
  EXPECT_EQ(done.current_version, "1");
  EXPECT_EQ(ledger(target), "2 0 true none");
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
  target.repair(files, {"1", 2, Outcome::kNotDone, true});
  const auto again = target.apply(files);
  ASSERT_EQ(again.status, Status::kApplied) << why(again);
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "2");
}

TEST(PgRepair, edits_of_all_files_are_accepted_or_none) {
  PgTarget target;
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);"},
                       {"2_b.sql", "CREATE TABLE b (n bigint);"},
                       {"3_c.sql", "SELECT 1;\nSELECT nothing;"}};
  ASSERT_EQ(target.apply(files).status, Status::kFailed);
  Files edited = {{"1_a.sql", "CREATE TABLE a (n int8);"},
                  {"2_b.sql", "CREATE TABLE b (n bigint)"},  // reformatted
                  files[2]};
  EXPECT_EQ(target.repair(edited, {"", 0, Outcome::kChecksum}).repairs->size(), 2U);
  edited[0].second = "CREATE TABLE a (n integer);";
  edited[1].second = "SELECT 'open";
  EXPECT_EQ(target.repair(edited, {"", 0, Outcome::kChecksum}).status, Status::kInvalid);
  edited[1].second = "CREATE TABLE b (n bigint)";
  const auto report = target.repair(edited, {"", 0, Outcome::kChecksum});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  ASSERT_EQ(report.repairs->size(), 1U);
  EXPECT_EQ(report.repairs->at(0).version, "1");
  EXPECT_NE(report.repairs->at(0).before.checksum, report.repairs->at(0).after.checksum);
  EXPECT_EQ(target.repair(edited, {"", 0, Outcome::kChecksum}).status, Status::kUpToDate);
}

TEST(PgRepair, all_failures_are_cleared) {
  PgTarget target;
  ASSERT_EQ(target.apply(kFiles).status, Status::kFailed);
  EXPECT_EQ(target.status(kFiles).status, Status::kFailed);
  const auto report = target.repair(kFiles, {"", 0, Outcome::kNotDone});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  EXPECT_EQ(report.repairs->at(0).statement, 3);
  EXPECT_EQ(ledger(target), "2 0 false none");
  EXPECT_EQ(target.status(kFiles).status, Status::kPending);
  EXPECT_EQ(target.repair(kFiles, {"", 0, Outcome::kNotDone}).status, Status::kUpToDate);
}

TEST(PgRepair, edit_of_an_applied_file_is_accepted) {
  PgTarget target;
  target.apply({{"1_a.sql", "CREATE TABLE a (n bigint);"}});
  const Files edited = {{"1_a.sql", "CREATE TABLE a (n int8);"}};
  ASSERT_EQ(target.apply(edited).status, Status::kInvalid);
  const auto finished = target.ask("SELECT finished_at FROM dsql_migrate.revisions");
  const auto report = target.repair(edited, {"1", 0, Outcome::kChecksum});
  ASSERT_EQ(report.status, Status::kRepaired) << why(report);
  EXPECT_NE(report.repair->before.checksum, report.repair->after.checksum);
  EXPECT_EQ(target.apply(edited).status, Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT finished_at FROM dsql_migrate.revisions"), finished);
}

TEST(PgRepair, run_under_way_locks_it_out) {
  PgTarget target;
  target.apply(kFiles);
  target.run(
      "UPDATE dsql_migrate.lock SET owner = 'another', nonce = 'n', fencing = fencing + 1, "
      "acquired_at = now(), expires_at = now() + interval '1 hour'");
  const auto report = target.repair(kFiles, {"1", 3, Outcome::kDone});
  ASSERT_EQ(report.status, Status::kLocked) << why(report);
  EXPECT_EQ(report.lock->owner, "another");
  EXPECT_EQ(ledger(target), "2 0 false 42P01");
}

TEST(PgRepair, lease_lost_before_the_write_leaves_the_row_as_it_was) {
  PgTarget target;
  target.apply(kFiles);
  HookedDatabase database(target.settings());
  database.add({"BEGIN", false, 0, [&](HookedDatabase&) {
                  target.run("UPDATE dsql_migrate.lock SET nonce = 'n', fencing = fencing + 1");
                }});
  const auto report = repair(database, make_directory(kFiles), {"1", 3, Outcome::kDone},
                             target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed) << why(report);
  EXPECT_EQ(report.failure->code, "lease-lost");
  EXPECT_EQ(ledger(target), "2 0 false 42P01");
}

TEST(PgRepair, unknown_version_and_a_database_without_ledger_are_refused) {
  PgTarget target;
  const auto nothing = target.repair(kFiles, {"1", 3, Outcome::kDone});
  ASSERT_EQ(nothing.status, Status::kInvalid);
  EXPECT_EQ(nothing.problems.at(0).message, "version 1 is not in the ledger");
  target.apply(kFiles);
  EXPECT_EQ(target.repair(kFiles, {"2", 3, Outcome::kDone}).problems.at(0).message,
            "version 2 is not in the ledger");
  EXPECT_EQ(target.ask("SELECT nonce FROM dsql_migrate.lock"), "") << "the lock is free again";
}

}  // namespace
}  // namespace engine
