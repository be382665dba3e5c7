// Undo on PostgreSQL, where an undo file is one transaction with its row.
#include "tests/pg/undo_cases.h"

namespace engine {
namespace {

TEST(PgUndo, takes_back_what_was_applied_which_is_pending_again) {
  PgTarget target;
  undo_and_apply_again(target);
}

TEST(PgUndo, that_fails_leaves_everything_as_it_was) {
  PgTarget target;
  auto files = kUndoFiles;
  files[5].second = "DROP TABLE c;\nDROP TABLE nowhere;";
  target.apply(files);
  const auto report = target.undo(files, "2");
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->file, "3_c.down.sql");
  EXPECT_EQ(report.failure->line, 2);
  EXPECT_EQ(target.ask("SELECT to_regclass('c')"), "c");
  const auto status = target.status(files);
  EXPECT_EQ(status.status, Status::kUpToDate) << reason_of(status);
  EXPECT_EQ(status.current_version, "3");
}

TEST(PgUndo, script_config_beside_the_undo_file_is_heeded) {
  PgTarget target;
  const Files files = {{"V1__a.sql", "CREATE TABLE a (n bigint);"},
                       {"U1__a.sql", "DROP TABLE ${t};\nDROP TABLE nowhere;"},
                       {"U1__a.sql.conf", "executeInTransaction=false\n"}};
  target.options.format.placeholders.values["t"] = "a";
  target.options.format.placeholders.replaced = true;
  ASSERT_EQ(target.apply(files).status, Status::kApplied);
  ASSERT_EQ(target.undo(files, "none").status, Status::kFailed);
  EXPECT_EQ(target.ask("SELECT to_regclass('a') IS NULL"), "t") << "statement by statement";
  EXPECT_EQ(undo_ledger(target), "1 undo 1/2 false");
}

TEST(PgUndo, statement_by_statement_stops_at_the_one_that_fails_and_repair_marks_it) {
  PgTarget target;
  auto files = kUndoFiles;
  files[5].second = "-- migrate:transaction none\nDROP TABLE c;\nDROP TABLE nowhere;";
  target.apply(files);
  ASSERT_EQ(target.undo(files, "2").status, Status::kFailed);
  EXPECT_EQ(target.apply(files).status, Status::kInvalid);
  EXPECT_EQ(target.status(files).problems.at(0).code, "undo-under-way");
  const auto repaired = target.repair(files, {"3", 2, RepairRequest::Outcome::kDone});
  ASSERT_EQ(repaired.status, Status::kRepaired) << reason_of(repaired);
  EXPECT_EQ(repaired.repair->file, "3_c.down.sql");
  EXPECT_EQ(target.status(files).status, Status::kPending);
  EXPECT_EQ(target.undo(files, "2").status, Status::kUpToDate);
}

TEST(PgUndo, lock_table_that_is_gone_is_made_again_by_undo_and_by_repair) {
  PgTarget target;
  ASSERT_EQ(target.apply(kUndoFiles).status, Status::kApplied);
  target.run("DROP TABLE dsql_migrate.lock");
  const auto undone = target.undo(kUndoFiles, "2");
  ASSERT_EQ(undone.status, Status::kUndone) << reason_of(undone);
  EXPECT_EQ(shown(undone.undone), "3:2/2");
  target.run("DROP TABLE dsql_migrate.lock");
  const auto repaired = target.repair(kUndoFiles, {"2", 3, RepairRequest::Outcome::kNotDone, true});
  EXPECT_EQ(repaired.status, Status::kRepaired) << reason_of(repaired);
}

}  // namespace
}  // namespace engine
