#include "engine/baseline.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

Revision file_of(const std::string& version, const std::string& text = "SELECT 1;\nSELECT 2;") {
  std::vector<Problem> problems;
  return make_baseline_row(parse_migration({version + "_x.sql", text, "place/" + version, "v", "e"},
                                           {MigrationKind::kVersioned, version, "x"}, problems));
}

Revision row_of(const std::string& version, const char* kind) {
  auto row = file_of(version);
  row.kind = kind;
  row.finished_at = "2026-11-21T00:00:01.000Z";
  return row;
}

// The versions to be marked; or why not.
std::string decide(const std::string& version, const std::vector<Revision>& files,
                   const std::vector<Revision>& ledger) {
  const auto decision = decide_baseline(version, files, ledger);
  std::string text;
  for (const auto& row : decision.rows) text += (text.empty() ? "" : " ") + row.version;
  for (const auto& problem : decision.problems) text += problem.message + ". " + problem.hint;
  return text;
}

TEST(Baseline, row_is_complete_with_checksum_and_hashes_of_the_file) {
  const auto row = file_of("1");
  EXPECT_EQ(row.kind, "baseline");
  EXPECT_EQ(row.applied, 2);
  EXPECT_EQ(row.total, 2);
  EXPECT_EQ(row.statement_hashes.size(), 2u);
  EXPECT_EQ(row.checksum.substr(0, 7), "sha256:");
  EXPECT_EQ(row.source, "place/1");
  EXPECT_EQ(row.source_etag, "e");
}

Revision start_at(const std::string& version) {
  auto row = make_start_row(version);
  row.finished_at = "2026-11-21T00:00:01.000Z";
  return row;
}

TEST(Baseline, marks_every_file_without_a_row_and_where_the_database_began) {
  EXPECT_EQ(decide("2", {file_of("1"), file_of("2")}, {}), "1 2 start:2");
  EXPECT_EQ(decide("02", {file_of("1"), file_of("2")}, {row_of("2", "baseline"), start_at("2")}),
            "1")
      << "the rest of one that was cut off";
  EXPECT_EQ(decide("2", {file_of("1"), file_of("2")}, {row_of("1", "baseline"), start_at("1")}),
            "2 start:2")
      << "a later one";
}

TEST(Baseline, repeated_marks_nothing_also_when_runs_went_on_from_there) {
  const std::vector<Revision> ledger = {row_of("1", "baseline"), row_of("2", "versioned"),
                                        start_at("1")};
  EXPECT_EQ(decide("1", {file_of("1")}, {ledger[0], ledger[2]}), "");
  EXPECT_EQ(decide("1", {file_of("1")}, ledger), "");
  EXPECT_EQ(decide("1", {file_of("0.5"), file_of("1")}, ledger), "")
      << "a file that was put below it needs no row";
  EXPECT_EQ(decide("1", {file_of("0.5"), file_of("1")}, {ledger[0], ledger[2]}), "0.5")
      << "and may have one";
}

TEST(Baseline, ledger_that_did_not_say_where_the_database_began_says_it_when_it_is_repeated) {
  EXPECT_EQ(decide("1", {file_of("1")}, {row_of("1", "baseline"), row_of("2", "versioned")}),
            "start:1");
  EXPECT_EQ(decide("1", {file_of("1")}, {row_of("1", "versioned")}), "")
      << "it did not begin there";
  EXPECT_EQ(decide("1", {file_of("1")}, {row_of("1", "adopted")}), "");
}

TEST(Baseline, file_that_stands_for_others_says_where_the_database_began) {
  auto file = file_of("2");
  file.kind = "baseline-file";
  EXPECT_EQ(decide("2", {file}, {}), "2");
  EXPECT_EQ(decide("3", {file, file_of("3")}, {}), "2 3 start:3");
}

TEST(Baseline, version_without_a_file_is_refused_with_the_one_before_it) {
  EXPECT_EQ(decide("3", {file_of("1"), file_of("2")}, {}),
            "no file has version 3. The last one before it has version 2.");
  EXPECT_EQ(decide("3", {}, {}),
            "no file has version 3. Its files and all before them are marked as applied; there is "
            "none before it either: nothing needs to be marked.");
}

TEST(Baseline, ledger_of_runs_is_left_to_them) {
  EXPECT_EQ(decide("2", {file_of("1"), file_of("2")}, {row_of("1", "versioned")}),
            "version 1 was applied by a run, and version 2 is not in the ledger. A baseline is for "
            "a database that no run has migrated yet: run apply.");
  auto half = row_of("2", "versioned");
  half.applied = 1;
  EXPECT_EQ(decide("2", {file_of("1"), file_of("2")}, {half}),
            "version 2 is partly applied (1 of 2 statements). Run apply, which finishes it, or "
            "repair, which marks its statements.");
}

TEST(Baseline, earlier_version_than_the_one_marked_is_refused) {
  EXPECT_EQ(decide("1", {file_of("1")}, {row_of("1", "baseline"), row_of("2", "baseline")}),
            "version 2, after version 1, is marked as applied already. The ledger says more than "
            "this baseline would: leave it as it is.");
}

TEST(Baseline, one_that_was_cut_off_is_finished_by_one_that_covers_it) {
  auto marking = row_of("2", "baseline");
  marking.finished_at.clear();
  ASSERT_TRUE(marking.is_unfinished_marking());
  const auto decision = decide_baseline("2", {file_of("1"), file_of("2")}, {marking});
  EXPECT_TRUE(decision.problems.empty());
  EXPECT_EQ(decision.rows.size(), 2u);
  EXPECT_EQ(decision.cut_off.value().version, "2");
  const auto earlier = decide_baseline("1", {file_of("1")}, {marking});
  EXPECT_EQ(earlier.problems.at(0).code, "marking-unfinished");
  EXPECT_TRUE(earlier.rows.empty());
}

TEST(Baseline, file_changed_after_it_was_marked_is_refused) {
  EXPECT_EQ(decide("1", {file_of("1", "SELECT 3;")}, {row_of("1", "baseline")}),
            "version 1 was changed after it was marked or applied. Put the file back as it was, or "
            "accept the change: command repair, outcome checksum.");
}

}  // namespace
}  // namespace engine
