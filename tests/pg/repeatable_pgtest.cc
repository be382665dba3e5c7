// Repeatable migrations and baseline files on PostgreSQL.
#include "tests/pg/repeatable_cases.h"

namespace engine {
namespace {

TEST(PgRepeatable, runs_again_when_its_text_or_a_value_changed) {
  PgTarget target;
  run_again_what_changed(target);
}

TEST(PgRepeatable, that_fails_leaves_nothing_and_runs_again_as_a_whole) {
  PgTarget target;
  set_values(target, "5", "first");
  ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
  set_values(target, "6 / 0", "first");
  const auto failed = target.apply(kRepeatableFiles);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->version, "R:rows");
  EXPECT_EQ(failed.failure->line, 3) << "of the file as it lies there";
  EXPECT_EQ(target.ask("SELECT n FROM rows_of_a"), "5");
  set_values(target, "7", "first");
  ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
  EXPECT_EQ(target.ask("SELECT string_agg(id || ':' || n, ',' ORDER BY id) FROM a"), "0:5,1:7");
}

TEST(PgRepeatable, baseline_file_stands_for_all_before_it) {
  PgTarget target;
  begin_with_baseline_file(target);
}

TEST(PgRepeatable, baseline_file_is_marked_in_the_place_of_those_it_stands_for) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint, m bigint)");
  const auto marked = target.baseline(kBaselineFileAndOthers, "2");
  ASSERT_EQ(marked.status, Status::kAdopted) << reason_of(marked);
  EXPECT_EQ(marked.adopted->marked, 1);
  EXPECT_EQ(target.baseline(kBaselineFileAndOthers, "2").status, Status::kUpToDate);
  EXPECT_EQ(shown(target.apply(kBaselineFileAndOthers).migrations), "3:1/1");
}

TEST(PgRepeatable, repair_accepts_an_edit_of_it_by_its_key) {
  PgTarget target;
  set_values(target, "5", "first");
  ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
  set_values(target, "5", "second");
  const RepairRequest accept{"R:names", 0, RepairRequest::Outcome::kChecksum};
  ASSERT_EQ(target.repair(kRepeatableFiles, accept).status, Status::kRepaired);
  EXPECT_EQ(target.apply(kRepeatableFiles).status, Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT name FROM names"), "first");
}

}  // namespace
}  // namespace engine
