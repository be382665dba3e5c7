// Another tool's history, adopted on the DSQL double.
#include "tests/pg/adopt_cases.h"

namespace engine {
namespace {

TEST(DsqlAdopt, auroras_history_is_gone_on_with) {
  DsqlTarget target;
  adopt_aurora(target);
}

TEST(DsqlAdopt, half_applied_file_is_resumed_and_its_next_statement_settled) {
  for (const bool done : {false, true}) {
    DsqlTarget target;
    adopt_half_applied(target, done);
  }
}

TEST(DsqlAdopt, insert_that_was_not_counted_is_left_to_the_user) {
  DsqlTarget target;
  adopt_an_insert_in_doubt(target);
}

TEST(DsqlAdopt, flyways_history_is_gone_on_with) {
  DsqlTarget target;
  adopt_flyway(target);
}

TEST(DsqlAdopt, lost_answers_and_conflicts_adopt_each_file_once) {
  for (const char* kind : {"cut_before", "cut_after", "oc000"}) {
    DsqlTarget target;
    make_aurora_history(target);
    target.fault(std::string(R"({"kind": ")") + kind + R"(", "match": "commit"})");
    const auto report = adopt(target, kBaselineFiles);
    ASSERT_EQ(report.status, Status::kAdopted) << kind << ": " << reason_of(report);
    EXPECT_EQ(report.retries, 1) << kind;
    EXPECT_EQ(ledger_rows(target), "1 adopted 2/2 true aurora, 2 adopted 1/1 true aurora");
  }
}

}  // namespace
}  // namespace engine
