// Baseline against the DSQL double.
#include "tests/pg/history_cases.h"

namespace engine {
namespace {

TEST(DsqlBaseline, marked_files_are_not_run_and_later_ones_are) {
  DsqlTarget target;
  mark_and_go_on(target);
}

TEST(DsqlBaseline, lost_answers_and_conflicts_mark_each_file_once) {
  for (const char* kind : {"cut_before", "cut_after", "oc000"}) {
    DsqlTarget target;
    target.fault(std::string(R"({"kind": ")") + kind + R"(", "match": "commit"})");
    const auto report = target.baseline(kBaselineFiles, "2");
    ASSERT_EQ(report.status, Status::kAdopted) << kind << ": " << reason_of(report);
    EXPECT_EQ(report.retries, 1) << kind;
    EXPECT_EQ(ledger_rows(target),
              "1 baseline 2/2 true test, 2 baseline 1/1 true test, start:2 start 0/0 true test");
  }
}

TEST(DsqlBaseline, file_that_turns_up_below_it_is_no_part_of_it) {
  DsqlTarget target;
  pass_over_what_comes_later(target);
}

TEST(DsqlBaseline, marked_version_is_taken_back_and_applied_again) {
  DsqlTarget target;
  take_back_what_was_marked(target);
}

TEST(DsqlBaseline, file_that_was_renamed_is_told_until_that_is_accepted) {
  DsqlTarget target;
  tell_a_file_that_was_renamed(target);
}

TEST(DsqlHistory, that_the_ledger_does_not_know_is_refused_until_there_is_a_baseline) {
  DsqlTarget target;
  refuse_until_baseline(target);
}

TEST(DsqlHistory, without_rows_is_passed_over) {
  DsqlTarget target;
  pass_an_empty_one(target);
}

}  // namespace
}  // namespace engine
