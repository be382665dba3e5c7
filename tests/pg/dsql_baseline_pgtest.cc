// Baseline against the DSQL double.
#include "tests/pg/baseline_cases.h"

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
    EXPECT_EQ(ledger_rows(target), "1 baseline 2/2 true test, 2 baseline 1/1 true test");
  }
}

}  // namespace
}  // namespace engine
