// Undo on the DSQL double, statement by statement.
#include "tests/pg/undo_cases.h"

namespace engine {
namespace {

TEST(DsqlUndo, takes_back_what_was_applied_which_is_pending_again) {
  DsqlTarget target;
  undo_and_apply_again(target);
}

TEST(DsqlUndo, half_way_goes_on_behind_the_last_statement_that_is_done) {
  DsqlTarget target;
  auto files = kUndoFiles;
  files[4].second = "UPDATE a SET n = n + 1;\nDROP TABLE nowhere;\nDROP TABLE b;";
  files[5].second = "DROP TABLE c;";
  target.apply(files);
  const auto failed = target.undo(files, "1");
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(shown(failed.undone), "3:1/1 2:1/3!");
  EXPECT_EQ(failed.current_version, "1");
  EXPECT_EQ(undo_ledger(target), "1 versioned 2/2 true, 2 undo 1/3 false, 3 undo 1/1 true");
  EXPECT_EQ(target.apply(files).status, Status::kInvalid);
  files[4].second = "UPDATE a SET n = n + 1;\nDROP TABLE b;";
  const auto report = target.undo(files, "1");
  ASSERT_EQ(report.status, Status::kUndone) << reason_of(report);
  EXPECT_EQ(shown(report.undone), "2:1/2");
  EXPECT_EQ(target.ask("SELECT n FROM a"), "2");
}

}  // namespace
}  // namespace engine
