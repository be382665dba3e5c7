// "Already exists" counted as done, on the DSQL double.
#include "tests/pg/existing_cases.h"

namespace engine {
namespace {

TEST(DsqlExisting, what_is_there_counts_as_done_and_is_named) {
  DsqlTarget target;
  pass_over_what_is_there(target);
}

TEST(DsqlExisting, index_of_that_name_does_not_stand_for_the_table) {
  DsqlTarget target;
  refuse_what_is_not_there(target);
}

// What the catalog shows is another table, so that it cannot tell whose it is.
TEST(DsqlExisting, statement_in_doubt_is_sent_again) {
  DsqlTarget target;
  target.run("CREATE TABLE a (n bigint, m text)");
  target.options.tolerates_existing = true;
  target.options.flight = 0;
  target.fault(R"({"kind": "cut_before", "match": "create table a"})");
  const auto report = target.apply({{"1_a.sql", "CREATE TABLE a (n bigint);"}});
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(shown_tolerated(report), "1_a.sql:1 a; ");
}

}  // namespace
}  // namespace engine
