#include "engine/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/lexer.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

MigrationDirectory directory_of(const Files& files) {
  std::vector<SourceFile> sources;
  for (const auto& [name, bytes] : files) sources.push_back({name, bytes, "file:///" + name, ""});
  return parse_directory(sources);
}

// The row a run leaves that applied `applied` of the file's statements.
Revision row_of(const std::string& name, const std::string& bytes, int applied) {
  const Migration migration = directory_of({{name, bytes}}).migrations.at(0);
  Revision revision;
  revision.version = migration.version;
  revision.description = migration.description;
  revision.checksum = migration.checksum;
  for (const Statement& statement : migration.statements) {
    revision.statement_hashes.push_back(statement.hash);
  }
  revision.total = static_cast<int>(migration.statements.size());
  revision.applied = applied;
  revision.started_at = "2026-11-21T00:00:00.000Z";
  if (applied == revision.total) revision.finished_at = "2026-11-21T00:00:01.000Z";
  return revision;
}

Revision failed(Revision revision) {
  revision.error = "relation \"x\" does not exist";
  return revision;
}

// The statement after the applied ones went out, and its record never came.
Revision in_doubt(Revision revision) {
  revision.in_doubt = revision.applied + 1;
  return revision;
}

Plan plan_of(const Files& files, const std::vector<Revision>& revisions,
             Dialect dialect = Dialect::kDsql) {
  return make_plan(directory_of(files), revisions, dialect);
}

// "1: 1 2 3" a step, with + when it resumes and ? when its first statement is in doubt.
std::string steps_of(const Plan& plan) {
  std::string shown;
  for (const Step& step : plan.steps) {
    shown +=
        step.migration.version + (step.resumes ? "+" : "") + (step.first_in_doubt ? "?" : "") + ":";
    for (const PlannedStatement& statement : step.statements) {
      shown += " " + std::to_string(statement.number);
    }
    shown += "\n";
  }
  return shown;
}

std::string problems_of(const Plan& plan) {
  std::string shown;
  for (const Problem& problem : plan.problems) {
    shown += problem.severity == Severity::kError ? "error " : "warning ";
    shown += problem.code + " " + problem.file + ":" + std::to_string(problem.line) + " " +
             problem.message + "\n";
  }
  return shown;
}

constexpr const char* kThree =
    "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);\n";

TEST(Plan, fresh_database_runs_everything_in_version_order) {
  const Plan plan = plan_of({{"10_b.sql", "SELECT 1"}, {"9_a.sql", kThree}}, {});
  EXPECT_EQ(steps_of(plan), "9: 1 2 3\n10: 1\n");
  EXPECT_EQ(plan.current_version, "");
  EXPECT_EQ(plan.target_version, "10");
  EXPECT_EQ(plan.statement_count(), 4);
  EXPECT_EQ(plan.already_applied, 0);
  EXPECT_FALSE(plan.has_errors());
}

TEST(Plan, statements_are_prepared_for_the_dialect) {
  const Plan plan = plan_of({{"1.sql", "-- x\nCREATE INDEX i ON t (a);"}}, {});
  const PlannedStatement& statement = plan.steps.at(0).statements.at(0);
  EXPECT_EQ(statement.text, "CREATE INDEX i ON t (a)");
  EXPECT_EQ(statement.prepared.sql, "CREATE INDEX ASYNC i ON t (a)");
  EXPECT_TRUE(statement.prepared.starts_job);
  EXPECT_EQ(statement.line, 2);
  EXPECT_EQ(statement.column, 1);
  EXPECT_EQ(statement.hash, split_statements("CREATE INDEX i ON t (a)").statements.at(0).hash);
}

TEST(Plan, step_knows_how_many_statements_its_file_has_and_holds_none_of_them) {
  const std::vector<Revision> revisions = {row_of("1.sql", kThree, 2)};
  const SourceFile file{"1.sql", kThree, "", ""};
  const FakeSource source({file});
  Planner planner(source.entries(), revisions, Dialect::kDsql);
  planner.take(file);
  const Step step = planner.finish().steps.at(0);
  EXPECT_EQ(step.total, 3);
  EXPECT_EQ(step.applied, 2);
  EXPECT_TRUE(step.statements.empty());
  EXPECT_TRUE(step.migration.statements.empty());
}

TEST(Plan, nothing_is_left_when_all_is_applied) {
  const Plan plan = plan_of({{"1.sql", kThree}}, {row_of("1.sql", kThree, 3)});
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.already_applied, 1);
  EXPECT_EQ(plan.current_version, "1");
  EXPECT_EQ(problems_of(plan), "");
}

TEST(Plan, version_matches_its_row_whatever_the_leading_zeros) {
  const Plan plan = plan_of({{"1.sql", kThree}}, {row_of("001.sql", kThree, 3)});
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(problems_of(plan), "");
}

TEST(Plan, failed_file_goes_on_after_its_last_applied_statement) {
  const Plan plan =
      plan_of({{"1.sql", kThree}, {"2.sql", "SELECT 1"}}, {failed(row_of("1.sql", kThree, 1))});
  EXPECT_EQ(steps_of(plan), "1+: 2 3\n2: 1\n");
  EXPECT_EQ(problems_of(plan), "");
}

TEST(Plan, file_that_failed_at_its_first_statement_starts_again) {
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {failed(row_of("1.sql", kThree, 0))})),
            "1: 1 2 3\n");
}

TEST(Plan, file_edited_after_its_last_applied_statement_goes_on) {
  const Plan plan =
      plan_of({{"1.sql", "CREATE TABLE a (id int); CREATE TABLE bb (id int); SELECT 1; SELECT 2"}},
              {failed(row_of("1.sql", kThree, 1))});
  EXPECT_EQ(steps_of(plan), "1+: 2 3 4\n");
  EXPECT_EQ(problems_of(plan), "");
}

TEST(Plan, file_edited_before_its_last_applied_statement_is_refused) {
  const Plan plan = plan_of({{"1.sql", "CREATE TABLE a (id int);\n CREATE TABLE bb (id int)"}},
                            {failed(row_of("1.sql", kThree, 2))});
  EXPECT_EQ(
      problems_of(plan),
      "error partial-file-edited 1.sql:2 statement 2 was changed after it was applied; 2 of 3 "
      "statements of version 1 are applied\n");
  EXPECT_EQ(plan.problems[0].column, 2);
  EXPECT_EQ(plan.problems[0].statement, "CREATE TABLE bb (id int)");
  EXPECT_EQ(plan.problems[0].hint,
            "Put statement 2 back as it was; only what comes after statement 2 may still be "
            "changed.");
  EXPECT_TRUE(plan.has_errors());
}

TEST(Plan, file_that_lost_an_applied_statement_is_refused) {
  EXPECT_EQ(problems_of(plan_of({{"1.sql", "CREATE TABLE a (id int)"}},
                                {failed(row_of("1.sql", kThree, 2))})),
            "error partial-file-edited 1.sql:0 statement 2 is gone after it was applied; 2 of 3 "
            "statements of version 1 are applied\n");
}

TEST(Plan, statement_applied_in_part_may_not_be_changed_unless_it_is_a_batch) {
  const std::string first = "CREATE TABLE t (a bigint);\n";
  auto row = failed(row_of("1.sql", first + "INSERT INTO t VALUES (1), (2)", 1));
  row.progress = 1;
  const Plan same = plan_of({{"1.sql", first + "INSERT INTO t\n VALUES (1), (2)"}}, {row});
  EXPECT_EQ(same.problems.size(), 0U);
  EXPECT_EQ(same.steps.at(0).progress, 1);
  const Plan other = plan_of({{"1.sql", first + "INSERT INTO t VALUES (3), (1), (2)"}}, {row});
  ASSERT_EQ(other.problems.size(), 1U);
  EXPECT_EQ(other.problems[0].code, "partial-file-edited");
  EXPECT_EQ(other.problems[0].line, 2);
  EXPECT_EQ(plan_of({{"1.sql", first}}, {row}).problems.at(0).line, 0);
  EXPECT_EQ(plan_of({{"1.sql", first + "-- migrate:batch\nDELETE FROM t"}}, {row}).problems.size(),
            0U);
}

TEST(Plan, statements_of_many_transactions_are_told_apart) {
  std::string insert = "INSERT INTO t VALUES (1)";
  for (int i = 1; i < 5000; ++i) insert += ",(1)";
  const Files files = {{"1.sql", "-- migrate:batch\nDELETE FROM t;\n" + insert}};
  const Plan dsql = plan_of(files, {});
  EXPECT_EQ(dsql.steps.at(0).statements.at(0).passes, Passes::kRounds);
  EXPECT_EQ(dsql.steps.at(0).statements.at(1).passes, Passes::kParts);
  const Plan postgres = plan_of(files, {}, Dialect::kPostgres);
  EXPECT_EQ(postgres.steps.at(0).statements.at(0).passes, Passes::kRounds);
  EXPECT_EQ(postgres.steps.at(0).statements.at(1).passes, Passes::kOne);
}

TEST(Plan, file_reformatted_while_half_applied_goes_on) {
  const Plan plan = plan_of(
      {{"1.sql",
        "-- new\ncreate table A(id int);\n\nCREATE TABLE b (id int);CREATE TABLE c (id int)"}},
      {failed(row_of("1.sql", kThree, 2))});
  EXPECT_EQ(steps_of(plan), "1+: 3\n");
  EXPECT_EQ(problems_of(plan), "");
}

TEST(Plan, run_that_died_leaves_the_statement_the_ledger_named_in_doubt) {
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {in_doubt(row_of("1.sql", kThree, 1))})),
            "1+?: 2 3\n");
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {in_doubt(row_of("1.sql", kThree, 0))})),
            "1?: 1 2 3\n");
}

TEST(Plan, run_that_ended_between_two_statements_leaves_none_in_doubt) {
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {row_of("1.sql", kThree, 1)})), "1+: 2 3\n");
}

TEST(Plan, recorded_doubt_counts_although_the_run_failed_with_an_error) {
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {in_doubt(failed(row_of("1.sql", kThree, 1)))})),
            "1+?: 2 3\n");
}

TEST(Plan, statement_in_doubt_cannot_be_edited) {
  const Plan plan = plan_of({{"1.sql", "CREATE TABLE a (id int); CREATE TABLE bb (id int)"}},
                            {in_doubt(row_of("1.sql", kThree, 1))});
  EXPECT_EQ(problems_of(plan),
            "error in-doubt-statement-edited 1.sql:1 statement 2 was changed while it is not known "
            "whether it took effect as it was before\n");
}

TEST(Plan, all_statements_done_but_jobs_pending_leaves_a_step_to_finish) {
  Revision revision = row_of("1.sql", kThree, 3);
  revision.job_ids = {"77e6id3hjbasddybtihl43gega"};
  revision.finished_at = "";
  const Plan plan = plan_of({{"1.sql", kThree}, {"2.sql", "SELECT 1"}}, {revision});
  EXPECT_EQ(steps_of(plan), "1+:\n2: 1\n");
  EXPECT_EQ(plan.current_version, "");
  EXPECT_EQ(plan.already_applied, 0);
}

TEST(Plan, all_statements_done_but_not_finished_leaves_a_step_to_finish) {
  Revision revision = row_of("1.sql", kThree, 3);
  revision.finished_at = "";
  EXPECT_EQ(steps_of(plan_of({{"1.sql", kThree}}, {revision})), "1+:\n");
}

TEST(Plan, applied_file_that_was_changed_is_refused_with_the_statement) {
  const Plan plan = plan_of(
      {{"1.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id bigint);\nCREATE TABLE c (id int)"}},
      {row_of("1.sql", kThree, 3)});
  EXPECT_EQ(problems_of(plan),
            "error checksum-mismatch 1.sql:2 version 1 was changed after it was applied: statement "
            "2 is another one\n");
  EXPECT_EQ(plan.problems[0].hint,
            "Put the file back as it was and write the change as a new migration; or, when the "
            "change is one of words only, accept it: command repair, outcome checksum.");
  EXPECT_EQ(plan.already_applied, 1);
}

TEST(Plan, applied_file_with_a_statement_more_or_less_is_refused) {
  EXPECT_EQ(problems_of(plan_of({{"1.sql", std::string(kThree) + "\nSELECT 1"}},
                                {row_of("1.sql", kThree, 3)})),
            "error checksum-mismatch 1.sql:5 version 1 was changed after it was applied: statement "
            "4 is new\n");
  EXPECT_EQ(
      problems_of(plan_of({{"1.sql", "CREATE TABLE a (id int)"}}, {row_of("1.sql", kThree, 3)})),
      "error checksum-mismatch 1.sql:0 version 1 was changed after it was applied: statement "
      "2 is gone\n");
}

TEST(Plan, applied_file_that_was_only_reformatted_is_a_warning) {
  const Plan plan =
      plan_of({{"1.sql", std::string("-- a comment\n") + kThree}}, {row_of("1.sql", kThree, 3)});
  EXPECT_EQ(problems_of(plan),
            "warning layout-changed 1.sql:0 version 1 was reformatted after it was applied\n");
  EXPECT_FALSE(plan.has_errors());
}

TEST(Plan, applied_empty_file_that_got_statements_is_refused) {
  EXPECT_EQ(problems_of(plan_of({{"1.sql", "SELECT 1"}}, {row_of("1.sql", "-- later", 0)})),
            "error checksum-mismatch 1.sql:1 version 1 was changed after it was applied: statement "
            "1 is new\n");
}

TEST(Plan, changed_file_without_recorded_hashes_is_refused_as_a_whole) {
  Revision revision = row_of("1.sql", kThree, 3);
  revision.statement_hashes.clear();
  EXPECT_EQ(problems_of(plan_of({{"1.sql", "SELECT 1"}}, {revision})),
            "error checksum-mismatch 1.sql:0 version 1 was changed after it was applied\n");
}

TEST(Plan, row_of_another_tool_cannot_be_compared) {
  Revision complete = row_of("1.sql", kThree, 3);
  complete.statement_hashes.clear();
  complete.checksum = "h1:Fo9K92y+zoKkGFxsVzZuB4g8bkFV8lzihVkBjZlDO4E=";
  Revision partial = failed(row_of("2.sql", kThree, 1));
  partial.statement_hashes.clear();
  partial.checksum = "";
  const Plan plan =
      plan_of({{"1.sql", "SELECT 1"}, {"2.sql", "SELECT 1; SELECT 2"}}, {complete, partial});
  EXPECT_EQ(problems_of(plan), "");
  EXPECT_EQ(steps_of(plan), "2+: 2\n");
}

TEST(Plan, half_applied_version_without_a_file_is_refused) {
  EXPECT_EQ(problems_of(plan_of({{"2.sql", "SELECT 1"}}, {failed(row_of("1.sql", kThree, 1))})),
            "error missing-file :0 version 1 is partly applied (1 of 3 statements), but has no "
            "file\n");
}

TEST(Plan, row_that_stands_for_no_file_needs_none) {
  Revision baseline = row_of("1.sql", "-- nothing", 0);
  baseline.kind = "baseline";
  EXPECT_EQ(problems_of(plan_of({{"2.sql", "SELECT 1"}}, {baseline})), "");
}

TEST(Plan, pending_version_below_the_current_one_is_refused) {
  const Plan plan = plan_of({{"1.sql", "SELECT 1"}, {"2.sql", kThree}, {"3.sql", "SELECT 1"}},
                            {row_of("2.sql", kThree, 3)});
  EXPECT_EQ(
      problems_of(plan),
      "error out-of-order 1.sql:0 version 1 is not applied, but 2, which comes after it, is\n");
  EXPECT_EQ(plan.problems[0].hint, "Give the file a version above 2, or let outOfOrder be apply.");
}

TEST(Plan, current_version_is_the_highest_complete_one) {
  const Plan plan = plan_of({{"9.sql", kThree}, {"10.sql", kThree}, {"11.sql", kThree}},
                            {row_of("9.sql", kThree, 3), row_of("10.sql", kThree, 3),
                             failed(row_of("11.sql", kThree, 1))});
  EXPECT_EQ(plan.current_version, "10");
  EXPECT_EQ(plan.target_version, "11");
  EXPECT_EQ(plan.already_applied, 2);
}

TEST(Plan, problems_of_the_directory_are_carried_over) {
  EXPECT_EQ(plan_of({{"x.sql", ""}}, {}).problems.at(0).code, "bad-name");
}

TEST(Plan, statements_that_will_run_are_linted_and_applied_ones_are_not) {
  const std::string text = "TRUNCATE a;\nTRUNCATE b;";
  const Plan plan = plan_of({{"1.sql", text}, {"2.sql", text}},
                            {row_of("1.sql", text, 2), failed(row_of("2.sql", text, 1))});
  EXPECT_EQ(problems_of(plan),
            "error truncate 2.sql:2 Aurora DSQL does not accept TRUNCATE: unsupported statement: "
            "Truncate\n");
  EXPECT_EQ(problems_of(plan_of({{"1.sql", text}}, {}, Dialect::kPostgres)), "");
}

}  // namespace
}  // namespace engine
