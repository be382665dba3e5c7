// "Already exists" counted as done, on PostgreSQL: by files that are one transaction, and not.
#include "tests/pg/existing_cases.h"

namespace engine {
namespace {

TEST(PgExisting, what_is_there_counts_as_done_and_is_named) {
  PgTarget target;
  pass_over_what_is_there(target);
}

TEST(PgExisting, index_of_that_name_does_not_stand_for_the_table) {
  PgTarget target;
  refuse_what_is_not_there(target);
}

TEST(PgExisting, statement_by_statement_it_is_recorded_by_itself) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint)");
  auto options = target.fresh_options();
  options.tolerates_existing = true;
  const Files files = {{"1_a.sql",
                        "-- migrate:transaction none\nCREATE TABLE a (n bigint);\n"
                        "INSERT INTO a VALUES (1);\nCREATE TABLE a (n bigint);"}};
  const auto report = target.apply(files, options);
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(shown_tolerated(report), "1_a.sql:2 a; 1_a.sql:4 a; ");
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "1");
}

TEST(PgExisting, failure_after_it_takes_back_the_whole_file) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint)");
  auto options = target.fresh_options();
  options.tolerates_existing = true;
  const auto report = target.apply(
      {{"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\nDROP TABLE nowhere;"}},
      options);
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->line, 3);
  EXPECT_TRUE(report.tolerated.empty());
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "0");
}

}  // namespace
}  // namespace engine
