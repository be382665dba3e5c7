#include "engine/repair.h"

#include <gtest/gtest.h>

#include "tests/support/fake_source.h"

namespace engine {
namespace {

using Outcome = RepairRequest::Outcome;

constexpr const char* kText = "SELECT 1;\nSELECT 2;\nSELECT 3;";

Migration file_of(const std::string& text) {
  return parse_directory({{"7_x.sql", text, "", ""}}).migrations.at(0);
}

Revision row_of(int applied, int in_doubt = 0, const std::string& text = kText) {
  const auto file = file_of(text);
  Revision row;
  row.version = "7";
  row.description = file.description;
  row.checksum = file.checksum;
  for (const auto& statement : file.statements) row.statement_hashes.push_back(statement.hash);
  row.total = static_cast<int>(file.statements.size());
  row.applied = applied;
  row.in_doubt = in_doubt;
  if (applied == row.total) row.finished_at = "2026-11-21T00:00:01.000Z";
  return row;
}

Revision failed(Revision row) {
  row.error = "no";
  row.error_statement = "SELECT";
  row.error_sqlstate = "42703";
  return row;
}

RepairDecision decide(Outcome outcome, int statement, const Revision& row,
                      const std::string& text = kText, bool force = false) {
  const auto file = file_of(text);
  return decide_repair({"7", statement, outcome, force}, &file, &row);
}

// "2/3" applied, with ? when a statement is in doubt, ! when complete, = when nothing changes; or
// why not.
std::string shown(const RepairDecision& decision) {
  if (decision.problem) return decision.problem->message;
  const auto& row = decision.revision;
  return std::to_string(row.applied) + "/" + std::to_string(row.total) +
         (row.in_doubt != 0 ? "?" : "") + (decision.complete ? "!" : "") +
         (decision.changes ? "" : "=");
}

std::string hint_of(const RepairDecision& decision) {
  return decision.problem ? decision.problem->hint : "not refused";
}

TEST(Repair, next_statement_is_marked_as_done_in_doubt_or_not) {
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, row_of(1, 2))), "2/3");
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, row_of(1))), "2/3");
}

TEST(Repair, last_statement_marked_as_done_completes_the_file) {
  EXPECT_EQ(shown(decide(Outcome::kDone, 3, row_of(2, 3))), "3/3!");
}

TEST(Repair, file_with_a_job_under_way_is_not_complete_yet) {
  auto row = row_of(2);
  row.job_ids = {"1:abc"};
  EXPECT_EQ(shown(decide(Outcome::kDone, 3, row)), "3/3");
}

TEST(Repair, statement_that_is_done_already_changes_nothing) {
  EXPECT_EQ(shown(decide(Outcome::kDone, 1, row_of(1, 2))), "1/3?=");
  EXPECT_EQ(shown(decide(Outcome::kDone, 3, row_of(3))), "3/3!=");
}

TEST(Repair, statement_after_the_next_is_refused_with_what_is_possible) {
  const auto decision = decide(Outcome::kDone, 3, row_of(1, 2));
  EXPECT_EQ(shown(decision), "statement 3 comes after one that is not done, statement 2");
  EXPECT_EQ(hint_of(decision),
            "Possible now: done for statement 2, notDone for statement 2, notDone with force for "
            "statement 1, checksum.");
  EXPECT_EQ(hint_of(decide(Outcome::kNotDone, 2, row_of(3))),
            "Possible now: notDone with force for statement 3, checksum.")
      << "a complete file";
}

TEST(Repair, statement_the_file_does_not_have_is_refused) {
  EXPECT_EQ(shown(decide(Outcome::kDone, 4, row_of(3))),
            "the file has 3 statements, and no statement 4");
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 0, row_of(1))),
            "the file has 3 statements, and no statement 0");
}

TEST(Repair, doubt_is_cleared_with_the_failure_and_the_statement_is_sent_again) {
  const auto decision = decide(Outcome::kNotDone, 2, failed(row_of(1, 2)));
  EXPECT_EQ(shown(decision), "1/3");
  EXPECT_EQ(decision.revision.error, "");
  EXPECT_EQ(decision.revision.error_sqlstate, "");
}

TEST(Repair, failed_statement_marked_as_not_done_loses_its_failure_only) {
  const auto decision = decide(Outcome::kNotDone, 2, failed(row_of(1)));
  EXPECT_EQ(shown(decision), "1/3");
  EXPECT_EQ(decision.revision.error, "");
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 2, row_of(1))), "1/3=");
}

TEST(Repair, statement_that_was_never_sent_cannot_be_marked_as_not_done) {
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 3, row_of(1, 2))), "statement 3 was never sent");
}

TEST(Repair, recorded_statement_is_taken_back_only_by_force_and_only_the_last) {
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 2, row_of(2))), "statement 2 is recorded as done");
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 2, row_of(2), kText, true)), "1/3");
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 3, row_of(3), kText, true)), "2/3");
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 1, row_of(2), kText, true)),
            "statement 1 is recorded as done, and so is one after it");
}

TEST(Repair, statement_done_in_part_goes_on_there_and_keeps_the_one_before_it) {
  auto row = failed(row_of(1));
  row.progress = 500;
  EXPECT_EQ(decide(Outcome::kNotDone, 2, row).revision.progress, 500);
  EXPECT_EQ(decide(Outcome::kDone, 2, row).revision.progress, 0);
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 1, row, kText, true)),
            "a part of statement 2, after it, is done");
}

TEST(Repair, statement_whose_job_is_open_is_left_to_apply) {
  auto row = row_of(2);
  row.job_ids = {"2:abc"};
  for (const auto outcome : {Outcome::kDone, Outcome::kNotDone}) {
    EXPECT_EQ(shown(decide(outcome, 2, row, kText, true)),
              "statement 2 has an asynchronous job that is not settled");
  }
}

// Statement 2 built an index, which failed when 3 was done.
Revision with_failed_build() {
  auto row = failed(row_of(3));
  row.job_ids = {"2:"};
  row.finished_at.clear();
  return row;
}

TEST(Repair, failed_build_is_made_by_hand_or_given_up_or_sent_again) {
  const auto done = decide(Outcome::kDone, 2, with_failed_build());
  EXPECT_EQ(shown(done), "3/3!");
  EXPECT_TRUE(done.revision.job_ids.empty());
  EXPECT_EQ(done.revision.error, "");
  for (const bool force : {false, true}) {
    const auto again = decide(Outcome::kNotDone, 2, with_failed_build(), kText, force);
    EXPECT_EQ(shown(again), "3/3");
    EXPECT_EQ(again.revision.job_ids, std::vector<std::string>{"2:"});
    EXPECT_EQ(again.revision.error, "");
  }
}

TEST(Repair, failed_build_leaves_doubt_and_jobs_of_other_statements) {
  auto row = failed(row_of(2, 3));
  row.job_ids = {"1:abc", "2:"};
  const auto done = decide(Outcome::kDone, 2, row);
  EXPECT_EQ(shown(done), "2/3?");
  EXPECT_EQ(done.revision.job_ids, std::vector<std::string>{"1:abc"});
}

TEST(Repair, job_whose_id_was_not_recorded_is_left_to_apply) {
  auto row = with_failed_build();
  row.error.clear();
  for (const auto outcome : {Outcome::kDone, Outcome::kNotDone}) {
    EXPECT_EQ(shown(decide(outcome, 2, row)),
              "statement 2 has an asynchronous job that is not settled");
  }
}

TEST(Repair, edit_that_gives_a_failed_build_another_statement_is_refused_with_its_place) {
  for (const std::string edited :
       {"SELECT 1;\nSELECT 3;\nSELECT 2;", "SELECT 1;\n SELECT 20;\nSELECT 3;", "SELECT 1;"}) {
    auto row = with_failed_build();
    row.applied = 1;
    const auto decision = decide(Outcome::kChecksum, 0, row, edited);
    EXPECT_EQ(shown(decision),
              "statement 2 is another one now, while the one before it is to be sent again, as its "
              "job failed or is not known");
    EXPECT_NE(hint_of(decision).find("mark it as done, with force"), std::string::npos);
    EXPECT_EQ(decision.problem->line, edited == "SELECT 1;" ? 0 : 2);
  }
  const std::string edited = "SELECT 10;\nSELECT 2;\nSELECT 30;";
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, with_failed_build(), edited)), "3/3")
      << "the build's own statement is as it was";
}

TEST(Repair, edit_of_a_statement_whose_job_is_under_way_is_refused_also_by_force) {
  auto row = row_of(2);
  row.job_ids = {"2:abc"};
  const std::string edited = "SELECT 1;\nSELECT 20;\nSELECT 3;";
  const std::string refusal =
      "statement 2 is another one now, while the asynchronous job of the one before it is not "
      "settled";
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row, edited)), refusal);
  EXPECT_EQ(shown(decide(Outcome::kDone, 3, row, edited, true)), refusal);
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 3, failed(row), edited, true)), refusal);
}

TEST(Repair, failed_build_marked_as_done_by_force_takes_the_edit_of_its_statement) {
  const std::string edited = "SELECT 1;\nSELECT 20;\nSELECT 3;";
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, with_failed_build(), edited)),
            "statement 2 was changed after it was applied, or while it was in doubt");
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, with_failed_build(), edited, true)), "3/3!");
}

TEST(Repair, edit_of_a_statement_that_is_done_in_part_is_refused_unless_it_is_a_batch) {
  auto row = failed(row_of(1));
  row.progress = 2990;
  const std::string edited = "SELECT 1;\nSELECT 20;\nSELECT 3;";
  const std::string refusal =
      "statement 2 is another one now, while a part of the one before it is done (progress 2990)";
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row, edited)), refusal);
  EXPECT_EQ(shown(decide(Outcome::kNotDone, 2, row, edited, true)), refusal);
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, row, edited)), "2/3");
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row, "SELECT 10;\nSELECT 2;")), "1/2");
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row,
                         "SELECT 1;\n-- migrate:batch\nDELETE FROM t WHERE a;\nSELECT 3;")),
            "1/3");
}

TEST(Repair, failure_of_a_build_is_of_its_statement_and_any_other_of_the_next) {
  EXPECT_EQ(find_failed_statement(with_failed_build()), 2);
  EXPECT_EQ(find_failed_statement(failed(row_of(1))), 2);
}

TEST(Repair, file_edited_before_the_statement_is_refused_with_the_place_unless_forced) {
  const std::string edited = "SELECT 1;\n  SELECT 20;\nSELECT 3;";
  const auto decision = decide(Outcome::kDone, 3, row_of(2), edited);
  EXPECT_EQ(shown(decision),
            "statement 2 was changed after it was applied, or while it was in doubt");
  EXPECT_EQ(decision.problem->line, 2);
  EXPECT_EQ(decision.problem->column, 3);
  EXPECT_EQ(decision.problem->file, "7_x.sql");
  const auto forced = decide(Outcome::kDone, 3, row_of(2), edited, true);
  EXPECT_EQ(shown(forced), "3/3!");
  EXPECT_EQ(forced.revision.statement_hashes, row_of(3, 0, edited).statement_hashes);
  EXPECT_EQ(forced.revision.checksum, file_of(edited).checksum);
}

TEST(Repair, statement_edited_while_in_doubt_is_refused_and_after_a_failure_taken) {
  const std::string edited = "SELECT 1;\nSELECT 20;\nSELECT 3;";
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, row_of(1, 2), edited)),
            "statement 2 was changed after it was applied, or while it was in doubt");
  const auto taken = decide(Outcome::kDone, 2, failed(row_of(1)), edited);
  EXPECT_EQ(shown(taken), "2/3");
  EXPECT_EQ(taken.revision.statement_hashes, row_of(1, 0, edited).statement_hashes);
}

TEST(Repair, edit_after_the_statement_is_taken_with_it) {
  EXPECT_EQ(shown(decide(Outcome::kDone, 2, row_of(1, 2), "SELECT 1;\nSELECT 2;")), "2/2!");
}

TEST(Repair, edit_of_a_complete_file_is_accepted_whole) {
  const std::string edited = "SELECT 10;\nSELECT 2;\nSELECT 3;\nSELECT 4;";
  const auto decision = decide(Outcome::kChecksum, 0, row_of(3), edited);
  EXPECT_EQ(shown(decision), "4/4!");
  EXPECT_EQ(decision.revision.statement_hashes.size(), 4u);
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row_of(3))), "3/3!=");
}

TEST(Repair, edit_of_a_partly_applied_file_is_accepted_unless_its_doubt_is_open) {
  const std::string edited = "SELECT 10;\nSELECT 20;\nSELECT 3;";
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row_of(1), edited)), "1/3");
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row_of(1, 2), edited)),
            "an edit cannot be accepted while it is not known whether statement 2 took effect");
  EXPECT_EQ(shown(decide(Outcome::kChecksum, 0, row_of(2), "SELECT 1;")),
            "the file has fewer statements than are applied of it");
}

TEST(Repair, version_without_row_or_file_is_refused) {
  const auto file = file_of(kText);
  const auto row = row_of(1);
  EXPECT_EQ(shown(decide_repair({"8", 1, Outcome::kDone}, &file, nullptr)),
            "version 8 is not in the ledger");
  EXPECT_EQ(shown(decide_repair({"7", 1, Outcome::kDone}, nullptr, &row)), "version 7 has no file");
}

}  // namespace
}  // namespace engine
