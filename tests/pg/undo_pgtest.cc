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

}  // namespace
}  // namespace engine
