// Repeatable migrations and baseline files against the DSQL double.
#include "tests/pg/repeatable_cases.h"

namespace engine {
namespace {

TEST(DsqlRepeatable, runs_again_when_its_text_or_a_value_changed) {
  DsqlTarget target;
  run_again_what_changed(target);
}

TEST(DsqlRepeatable, baseline_file_stands_for_all_before_it) {
  DsqlTarget target;
  begin_with_baseline_file(target);
}

TEST(DsqlRepeatable, cut_in_the_middle_it_runs_each_statement_once) {
  for (const char* match :
       {"drop table", "create table rows", "insert into a", "insert into rows", "update"}) {
    for (const char* kind : {"cut_before", "cut_after", "oc001"}) {
      DsqlTarget target;
      set_values(target, "5", "first");
      ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
      set_values(target, "6", "second");
      target.fault(std::string(R"({"kind": ")") + kind + R"(", "match": ")" + match + R"("})");
      const auto report = target.apply(kRepeatableFiles);
      ASSERT_EQ(report.status, Status::kApplied) << match << " " << kind << reason_of(report);
      EXPECT_EQ(repeatable_state(target),
                "0:5,1:6 6 second 1=versioned1/1,R:names=repeatable1/1,R:rows=repeatable4/4")
          << match << " " << kind;
    }
  }
}

TEST(DsqlRepeatable, half_applied_it_goes_on_or_begins_again_by_what_was_changed) {
  DsqlTarget target;
  set_values(target, "5", "first");
  auto files = kRepeatableFiles;
  files[1].second.replace(files[1].second.rfind("${n}"), 4, "1 / 0");
  ASSERT_EQ(target.apply(files).status, Status::kFailed);
  EXPECT_EQ(shown_pending(target.status(kRepeatableFiles)), "R:rows:3/4");
  set_values(target, "6", "first");  // of a statement that is applied
  ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
  EXPECT_EQ(repeatable_state(target),
            "0:5,1:6 6 first 1=versioned1/1,R:names=repeatable1/1,R:rows=repeatable4/4");
}

}  // namespace
}  // namespace engine
