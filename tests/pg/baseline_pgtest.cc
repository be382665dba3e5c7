// Baseline on PostgreSQL: what is marked is not run, and what comes after it is; and what another
// tool has applied.
#include "tests/pg/history_cases.h"

namespace engine {
namespace {

TEST(PgBaseline, marked_files_are_not_run_and_later_ones_are) {
  PgTarget target;
  mark_and_go_on(target);
  EXPECT_EQ(target.baseline(kBaselineFiles, "2").status, Status::kUpToDate) << "after a run too";
}

TEST(PgBaseline, refused_it_creates_and_changes_nothing) {
  PgTarget target;
  EXPECT_EQ(reason_of(target.baseline(kBaselineFiles, "4")), "no file has version 4");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_migrate'"), "0");
  const auto bad = target.baseline({{"1_a.sql", "SELECT 'open"}}, "1");
  EXPECT_EQ(bad.status, Status::kInvalid);
  EXPECT_EQ(bad.problems.at(0).line, 1);
  target.apply({kBaselineFiles[0]});
  const auto report = target.baseline(kBaselineFiles, "2");
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(reason_of(report),
            "version 1 was applied by a run, and version 2 is not in the ledger");
  EXPECT_EQ(ledger_rows(target), "1 versioned 2/2 true test");
}

TEST(PgBaseline, run_under_way_locks_it_out) {
  PgTarget target;
  target.baseline(kBaselineFiles, "1");
  target.run(
      "UPDATE dsql_migrate.lock SET owner = 'another', nonce = 'n', fencing = fencing + 1, "
      "expires_at = now() + interval '1 hour'");
  EXPECT_EQ(target.baseline({kBaselineFiles[0]}, "1").status, Status::kUpToDate) << "it only looks";
  target.run("DELETE FROM dsql_migrate.revisions");
  EXPECT_EQ(target.baseline(kBaselineFiles, "2").status, Status::kLocked);
  EXPECT_EQ(target.ask("SELECT count(*) FROM dsql_migrate.revisions"), "0");
}

TEST(PgBaseline, one_cut_off_between_its_transactions_lets_no_run_begin_and_is_finished) {
  PgTarget target;
  Files files;
  for (int i = 1000; i < 1450; ++i) files.push_back({std::to_string(i) + ".sql", "SELECT 1;"});
  ASSERT_EQ(target.baseline(files, "1000").adopted->marked, 1) << "the ledger is there";
  HookedDatabase database(target.settings());
  database.add({"BEGIN", false, 1, [&](HookedDatabase&) {
                  target.run("UPDATE dsql_migrate.lock SET nonce = 'n', fencing = fencing + 1");
                }});
  auto source = make_directory(files);
  const auto cut = baseline(database, source, "1449", target.fresh_options(), {});
  ASSERT_EQ(cut.status, Status::kFailed) << reason_of(cut);
  target.run("UPDATE dsql_migrate.lock SET nonce = ''");
  EXPECT_EQ(target.ask("SELECT min(version) || ' ' || count(*) FROM dsql_migrate.revisions WHERE "
                       "kind = 'baseline' AND version > '1000'"),
            "1251 199");
  target.options.selection.out_of_order = OutOfOrder::kApply;
  EXPECT_EQ(target.apply(files).problems.at(0).code, "marking-unfinished");
  EXPECT_EQ(target.repair(files, {"1449", 1, RepairRequest::Outcome::kDone}).problems.at(0).code,
            "marking-unfinished");
  EXPECT_EQ(target.baseline(files, "1400").status, Status::kInvalid);
  EXPECT_EQ(target.baseline(files, "1449").adopted->marked, 250);
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
}

TEST(PgBaseline, marked_file_that_was_edited_since_can_be_accepted) {
  PgTarget target;
  target.baseline({kBaselineFiles[1]}, "2");
  const Files edited = {{"2_b.sql", "CREATE TABLE b (n int8);"}};
  ASSERT_EQ(target.apply(edited).problems.at(0).code, "checksum-mismatch");
  ASSERT_EQ(target.repair(edited, {"2", 0, RepairRequest::Outcome::kChecksum}).status,
            Status::kRepaired);
  EXPECT_EQ(target.apply(edited).status, Status::kUpToDate);
}

TEST(PgBaseline, file_that_turns_up_below_it_is_no_part_of_it) {
  PgTarget target;
  pass_over_what_comes_later(target);
}

TEST(PgBaseline, marked_version_is_taken_back_and_applied_again) {
  PgTarget target;
  take_back_what_was_marked(target);
}

TEST(PgBaseline, file_that_was_renamed_is_told_until_that_is_accepted) {
  PgTarget target;
  tell_a_file_that_was_renamed(target);
}

TEST(PgHistory, that_the_ledger_does_not_know_is_refused_until_there_is_a_baseline) {
  PgTarget target;
  refuse_until_baseline(target);
}

TEST(PgHistory, without_rows_is_passed_over) {
  PgTarget target;
  pass_an_empty_one(target);
}

TEST(PgHistory, of_other_files_is_passed_over_on_request) {
  PgTarget target;
  target.run("CREATE SCHEMA other");
  target.run("CREATE TABLE other.\"SequelizeMeta\" (name text)");
  target.run("INSERT INTO other.\"SequelizeMeta\" VALUES ('1.js')");
  EXPECT_EQ(target.plan(kBaselineFiles).status, Status::kInvalid);
  EXPECT_EQ(target.apply(kBaselineFiles).status, Status::kInvalid);
  target.options.ignore_history = true;
  EXPECT_EQ(target.plan(kBaselineFiles).status, Status::kPlanned);
  EXPECT_EQ(target.apply(kBaselineFiles).status, Status::kApplied);
}

TEST(PgHistory, that_may_not_be_read_counts_as_filled) {
  PgTarget target;
  target.run("CREATE TABLE flyway_schema_history (version text)");
  HookedDatabase database(target.settings());
  database.add({"SELECT EXISTS (SELECT 1 FROM", false, 0,
                [](HookedDatabase&) { throw Error(ErrorKind::kStatement, "permission denied"); }});
  auto source = make_directory(kBaselineFiles);
  const auto report = apply(database, source, target.fresh_options(), {});
  EXPECT_EQ(report.problems.at(0).code, "foreign-history") << reason_of(report);
}

}  // namespace
}  // namespace engine
