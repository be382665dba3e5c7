#include "engine/selection.h"

#include <gtest/gtest.h>

#include "tests/support/fake_source.h"

namespace engine {
namespace {

Revision row_of(const std::string& version, int applied = 2) {
  Revision row;
  row.version = version;
  row.checksum = "of another tool";  // not compared
  row.total = 2;
  row.applied = applied;
  if (applied == 2) row.finished_at = "2026-11-21T00:00:01.000Z";
  return row;
}

Plan plan_of(const std::vector<std::string>& files, const std::vector<Revision>& rows,
             const Selection& selection) {
  std::vector<SourceFile> sources;
  for (const auto& name : files) sources.push_back({name, "SELECT 1; SELECT 2", "", ""});
  return make_plan(parse_directory(sources), rows, Dialect::kDsql, selection);
}

// "2 3* -> 3; error code": steps, with * for one out of order, the target, and the problems.
std::string show(const Plan& plan) {
  std::string shown;
  for (const auto& step : plan.steps) {
    shown += step.migration.version + (step.out_of_order ? "* " : " ");
  }
  shown += "-> " + plan.target_version;
  for (const auto& problem : plan.problems) {
    shown += problem.severity == Severity::kError ? "; error " : "; warning ";
    shown += problem.code;
  }
  return shown;
}

const std::vector<std::string> kFour = {"1.sql", "2.sql", "3.sql", "4.sql"};

std::string to(const std::string& version, const std::vector<Revision>& rows) {
  return show(plan_of(kFour, rows, {version, OutOfOrder::kRefuse, false}));
}

TEST(Selection, files_after_the_version_asked_for_are_left_as_they_are) {
  EXPECT_EQ(to("3", {row_of("1")}), "2 3 -> 3");
  EXPECT_EQ(to("03", {row_of("1")}), "2 3 -> 3");
  EXPECT_EQ(to("3", {row_of("1"), row_of("2"), row_of("3")}), "-> 3");
  EXPECT_EQ(to("2", {row_of("1"), row_of("2"), row_of("3")}), "-> 2");
  EXPECT_EQ(to("2", {row_of("1"), row_of("2"), row_of("3", 1)}), "-> 2");
}

TEST(Selection, version_no_file_has_is_refused_unless_a_question_mark_follows) {
  EXPECT_EQ(to("5", {row_of("1")}), "2 3 4 -> 4; error unknown-version");
  EXPECT_EQ(to("5?", {row_of("1")}), "2 3 4 -> 4");
  const auto plan = plan_of({"1.sql", "3.sql"}, {}, {"2", OutOfOrder::kRefuse, false});
  EXPECT_EQ(show(plan), "1 -> 1; error unknown-version");
  EXPECT_EQ(plan.problems.front().message, "no file has version 2");
  EXPECT_EQ(plan.problems.front().hint,
            "The last one is 3. Give toVersion one that is there, or a '?' behind it.");
}

TEST(Selection, version_up_to_where_the_database_began_leaves_nothing_to_do) {
  auto start = row_of("start:2");
  start.kind = "start";
  for (const char* version : {"1", "1.5", "2", "2?"}) {
    const auto plan = plan_of({"1.sql", "3.sql"}, {start}, {version, OutOfOrder::kRefuse, false});
    EXPECT_EQ(show(plan), "-> 2; warning below-baseline");
    EXPECT_EQ(plan.current_version, "2");
  }
  EXPECT_EQ(plan_of({"3.sql"}, {start}, {"1", OutOfOrder::kRefuse, false}).problems[0].message,
            "toVersion 1 is not above version 2, where the database began: nothing up to there is "
            "run");
  EXPECT_EQ(show(plan_of({"3.sql"}, {start}, {"current", OutOfOrder::kRefuse, false})), "-> 2");
  EXPECT_EQ(show(plan_of({"3.sql"}, {start}, {"2.5", OutOfOrder::kRefuse, false})),
            "-> ; error unknown-version");
  auto file = row_of("2");
  file.kind = "baseline-file";
  EXPECT_EQ(show(plan_of({"V1__a.sql", "B2__all.sql", "V3__c.sql"}, {file},
                         {"1", OutOfOrder::kRefuse, false})),
            "-> 2; warning below-baseline");
}

TEST(Selection, latest_next_and_current_are_words_for_versions) {
  EXPECT_EQ(to("latest", {row_of("1")}), "2 3 4 -> 4");
  EXPECT_EQ(to("next", {row_of("1")}), "2 -> 2");
  EXPECT_EQ(to("next", {row_of("1"), row_of("2", 1)}), "2 -> 2");
  EXPECT_EQ(to("next", {}), "1 -> 1");
  EXPECT_EQ(to("next", {row_of("1"), row_of("2"), row_of("3"), row_of("4")}), "-> 4");
  EXPECT_EQ(to("current", {row_of("1")}), "-> 1");
  EXPECT_EQ(to("current", {}), "-> ");
}

TEST(Selection, version_zero_on_an_empty_ledger_is_not_out_of_order) {
  EXPECT_EQ(show(plan_of({"0.sql"}, {}, {})), "0 -> 0");
}

TEST(Selection, file_below_the_current_version_is_refused_left_out_or_applied) {
  const std::vector<Revision> rows = {row_of("2")};
  const std::vector<std::string> files = {"1.sql", "2.sql", "3.sql"};
  EXPECT_EQ(show(plan_of(files, rows, {"", OutOfOrder::kRefuse, false})),
            "1* 3 -> 3; error out-of-order");
  EXPECT_EQ(show(plan_of(files, rows, {"", OutOfOrder::kSkip, false})),
            "3 -> 3; warning out-of-order");
  EXPECT_EQ(show(plan_of(files, rows, {"", OutOfOrder::kApply, false})), "1* 3 -> 3");
}

TEST(Selection, half_applied_file_below_the_current_version_goes_on) {
  EXPECT_EQ(show(plan_of({"1.sql", "2.sql"}, {row_of("1", 1), row_of("2")}, {})), "1 -> 2");
}

TEST(Selection, what_is_wrong_in_a_file_that_is_left_out_does_not_matter) {
  const auto directory =
      parse_directory({{"1.sql", "CREATE TABLE 'x", "", ""}, {"2.sql", "SELECT 1", "", ""}});
  const auto plan =
      make_plan(directory, {row_of("2")}, Dialect::kDsql, {"", OutOfOrder::kSkip, false});
  EXPECT_EQ(show(plan), "-> 2; warning out-of-order");
}

TEST(Selection, applied_file_gone_from_between_the_others_is_refused_unless_it_may) {
  const std::vector<Revision> rows = {row_of("1"), row_of("2")};
  const auto refused = plan_of({"2.sql", "3.sql"}, rows, {});
  EXPECT_EQ(show(refused), "3 -> 3; error missing-file");
  EXPECT_EQ(refused.problems.front().message, "version 1 is in the ledger, but has no file");
  EXPECT_EQ(show(plan_of({"2.sql", "3.sql"}, rows, {"", OutOfOrder::kRefuse, true})),
            "3 -> 3; warning missing-file");
}

TEST(Selection, applied_version_after_the_last_file_is_a_warning) {
  EXPECT_EQ(show(plan_of({"1.sql"}, {row_of("1"), row_of("2")}, {})), "-> 1; warning missing-file");
  EXPECT_EQ(show(plan_of({}, {row_of("1")}, {})), "-> ; warning missing-file");
  // The last of all files counts, not of those that are asked for.
  EXPECT_EQ(show(plan_of({"1.sql", "3.sql"}, {row_of("1"), row_of("2")},
                         {"1", OutOfOrder::kRefuse, false})),
            "-> 1; error missing-file");
}

std::string name_problem(const Revision& row, const std::string& description) {
  const auto problem = judge_name(row, {MigrationKind::kVersioned, "2", description}, "2_b.sql");
  if (!problem) return "";
  EXPECT_EQ(problem->severity, Severity::kWarning);
  return problem->code + " " + problem->file + ": " + problem->message;
}

TEST(Selection, name_that_is_not_the_one_in_the_ledger_is_a_warning_with_both) {
  auto row = row_of("2");
  row.description = "a";
  EXPECT_EQ(name_problem(row, "a"), "");
  EXPECT_EQ(name_problem(row, "b"),
            "description-differs 2_b.sql: version 2 was applied as \"a\", and the file is called "
            "\"b\"");
  row.kind = "undo";
  EXPECT_EQ(name_problem(row, "b"), "") << "it is not applied";
  row = row_of("2", 1);
  EXPECT_EQ(name_problem(row, "b"), "") << "a run that goes on takes the name over";
}

TEST(Selection, file_is_renamed_when_its_own_name_is_another_one_and_not_its_place) {
  auto row = row_of("2");
  row.source = "s3://bucket/old/release.zip!/2_a.sql";
  EXPECT_FALSE(is_renamed(row, "file:///new/2_a.sql"));
  EXPECT_TRUE(is_renamed(row, "s3://bucket/old/release.zip!/2_b.sql"));
}

TEST(Selection, partly_applied_file_that_is_gone_stays_an_error) {
  EXPECT_EQ(show(plan_of({"2.sql"}, {row_of("1", 1)}, {"", OutOfOrder::kRefuse, true})),
            "2 -> 2; error missing-file");
  EXPECT_EQ(
      show(plan_of({"1.sql"}, {row_of("1"), row_of("2", 1)}, {"", OutOfOrder::kRefuse, true})),
      "-> 1; error missing-file");
}

}  // namespace
}  // namespace engine
