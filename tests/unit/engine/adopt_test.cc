#include "engine/adopt.h"

#include <gtest/gtest.h>

#include "engine/atlas_sum.h"
#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/flyway_checksum.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using Rows = std::vector<ForeignRow>;
using Names = std::vector<std::string>;

constexpr const char* kText = "CREATE TABLE a (n int);\nSELECT 2;\n";

ForeignRow row_of(const std::string& version, const std::string& description = "x") {
  ForeignRow row;
  row.version = version;
  row.description = description;
  row.type = "SQL";
  row.applied = row.total = 3;  // pieces of kText
  row.by = "the tool";
  return row;
}

FakeSource source_of(const Names& names) {
  std::vector<SourceFile> files;
  for (const auto& name : names) files.push_back({name, kText, "place/" + name, "v", "e"});
  return FakeSource(files);
}

AdoptDecision decide(ForeignTool tool, const Rows& rows, const Names& names,
                     std::vector<std::string> accept = {}, const std::vector<Revision>& ledger = {},
                     const AtlasHashes& hashes = {}) {
  auto source = source_of(names);
  const auto listing = list_migrations(source.entries());
  const auto progress = find_progress(tool, rows, source.entries());
  const ForeignHistory history{"public", "history", tool};
  const Placeholders none;
  Adopter adopter(history, progress, listing, source.entries(), none, std::move(accept));
  adopter.set_hashes(hashes);
  source.read(adopter.wanted(), [&](const SourceFile& file) { adopter.take(file); });
  return adopter.finish(ledger);
}

// The versions to be written, and the problems' codes; "!" before an error.
std::string shown(const AdoptDecision& decision) {
  std::string text;
  for (const auto& row : decision.rows) text += (text.empty() ? "" : " ") + row.version;
  for (const auto& problem : decision.problems) {
    text += (text.empty() ? "" : " ") +
            std::string(problem.severity == Severity::kError ? "!" : "") + problem.code;
  }
  return text;
}

std::string only_message(const AdoptDecision& decision) {
  return decision.problems.size() == 1
             ? decision.problems[0].message + " | " + decision.problems[0].hint
             : shown(decision);
}

const Names kThree = {"1_x.sql", "2_x.sql", "3_x.sql"};
const Names kFlyway = {"V1__x.sql", "V1.1__two_words.sql", "V2__x.sql"};

TEST(Adopt, rows_are_those_of_the_files_with_the_tools_times) {
  auto row = row_of("1");
  row.applied_at = "2026-01-02T03:04:05.678Z";
  row.execution_ms = 7;
  row.by = "Flyway (me)";
  const auto decision = decide(ForeignTool::kAurora, {row}, kThree);
  ASSERT_EQ(decision.rows.size(), 1u);
  const auto& adopted = decision.rows[0];
  EXPECT_EQ(adopted.kind, "adopted");
  EXPECT_EQ(adopted.applied, 2);
  EXPECT_EQ(adopted.total, 2);
  EXPECT_EQ(adopted.checksum.substr(0, 7), "sha256:");
  EXPECT_EQ(adopted.finished_at, "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(adopted.execution_ms, 7);
  EXPECT_EQ(adopted.applied_by, "Flyway (me)");
  EXPECT_EQ(adopted.source, "place/1_x.sql");
}

TEST(Adopt, every_difference_is_listed_at_once) {
  EXPECT_EQ(
      shown(decide(ForeignTool::kAurora, {row_of("1", "y"), row_of("3"), row_of("4")}, kThree)),
      "1 3 !row-without-file !description-differs !file-without-row");
}

TEST(Adopt, difference_is_accepted_by_code_or_by_code_and_version) {
  const Rows rows = {row_of("1", "y"), row_of("3", "z")};
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, rows, kThree,
                         {"file-without-row", "description-differs:1"})),
            "1 3 description-differs !description-differs file-without-row");
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, rows, kThree,
                         {"file-without-row:2", "description-differs"})),
            "1 3 description-differs description-differs file-without-row");
  const auto decision = decide(ForeignTool::kAurora, {row_of("1")}, kThree, {"checksum-differs:2"});
  EXPECT_EQ(only_message(decision),
            "accept names 'checksum-differs:2', and there is no such difference | Leave it out; a "
            "difference is named CODE or CODE:VERSION, as its problem says.");
}

TEST(Adopt, hint_says_how_a_difference_is_accepted) {
  EXPECT_EQ(only_message(decide(ForeignTool::kAtlas, {row_of("9")}, kThree)),
            "Atlas has applied version 9, which has no file here | Put the file back. Or accept "
            "\"row-without-file:9\": the row is left out of the ledger.");
}

TEST(Adopt, auroras_file_that_has_other_pieces_was_changed) {
  auto row = row_of("1");
  row.applied = row.total = 2;
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, {row}, kThree)), "1 !checksum-differs");
}

TEST(Adopt, atlas_hash_has_to_be_the_one_of_the_chain) {
  AtlasChain chain;
  AtlasHashes hashes;
  for (const auto& name : kThree) hashes[name] = chain.add(name, kText).value();
  auto first = row_of("1");
  auto second = row_of("2");
  first.checksum = hashes["1_x.sql"];
  second.checksum = hashes["3_x.sql"];
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {first, second}, kThree, {}, {}, hashes)),
            "1 2 !checksum-differs");
  second.checksum = hashes["2_x.sql"];
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {first, second}, kThree, {}, {}, hashes)), "1 2");
}

TEST(Adopt, atlas_baseline_covers_what_comes_before_it) {
  auto baseline = row_of("2");
  baseline.type = "BASELINE";
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {baseline}, kThree)), "1 2 start:2");
}

TEST(Adopt, baseline_is_kept_whether_a_file_has_its_version_or_not) {
  auto baseline = row_of("1.1", "<< Flyway Baseline >>");
  baseline.type = "BASELINE";
  baseline.applied_at = "2026-01-02T03:04:05.678Z";
  const auto decision = decide(ForeignTool::kFlyway, {baseline}, {"V2__x.sql"});
  ASSERT_EQ(shown(decision), "start:1.1");
  EXPECT_EQ(find_start(decision.rows), "1.1");
  EXPECT_EQ(decision.rows[0].finished_at, baseline.applied_at);
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {baseline}, {"V2__x.sql"}, {}, decision.rows)), "");
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {baseline, row_of("2")}, kFlyway)),
            "1 1.1 2 start:1.1");
}

TEST(Adopt, history_that_covers_no_file_is_recorded_in_an_empty_ledger) {
  auto undo = row_of("1");
  undo.type = "UNDO_SQL";
  const Rows rows = {row_of("1"), undo};
  const auto decision = decide(ForeignTool::kFlyway, rows, kFlyway);
  ASSERT_EQ(shown(decision), "start:");
  EXPECT_EQ(find_start(decision.rows), "");
  EXPECT_TRUE(is_start(decision.rows[0]));
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, rows, kFlyway, {}, decision.rows)), "");
}

TEST(Adopt, flyways_versions_descriptions_and_checksums_are_compared_its_way) {
  auto first = row_of("1.0");
  auto second = row_of("1.1", "two words");
  first.checksum = std::to_string(flyway_checksum(kText));
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {first, second}, kFlyway)), "1 1.1");
  first.checksum = "-1";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {first, second}, kFlyway)),
            "1 1.1 !checksum-differs");
  second.type = "JDBC";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {second}, kFlyway, {"file-without-row"})),
            "1.1 !type-differs file-without-row");
  const std::string longest(250, 'a');
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {row_of("1", std::string(197, 'a') + "...")},
                         {"V1__" + longest + ".sql"})),
            "1");
}

TEST(Adopt, flyways_last_row_of_a_version_counts) {
  auto again = row_of("1");
  auto undo = again;
  undo.type = "UNDO_SQL";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {again, undo}, kFlyway)), "start:");
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {again, undo, again}, kFlyway)), "1");
  auto gone = row_of("7");
  auto deleted = gone;
  deleted.type = "DELETE";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {again, gone, deleted}, kFlyway)), "1");
  auto baseline = row_of("1.1", "<< Flyway Baseline >>");
  baseline.type = "BASELINE";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {baseline, row_of("2")}, kFlyway)),
            "1 1.1 2 start:1.1");
}

const Names kFolders = {"20240101-a.js",        "20240102-b.js",        "index.d.ts",
                        "resources/v1/1_a.sql", "resources/v1/2_b.sql", "resources/v2/1_c.sql",
                        "resources/v10/1_d.sql"};

TEST(Adopt, sequelizes_name_stands_for_the_folder_of_its_place) {
  EXPECT_EQ(shown(decide(ForeignTool::kSequelize, {row_of("20240101-a.js")}, kFolders)),
            "1/1_a.sql 1/2_b.sql");
  EXPECT_EQ(shown(decide(ForeignTool::kSequelize, {row_of("20240102-b.js")}, kFolders,
                         {"file-without-row"})),
            "2/1_c.sql file-without-row file-without-row");
  EXPECT_EQ(
      shown(decide(ForeignTool::kSequelize, {row_of("v1"), row_of("20230101-other.js")}, kFolders)),
      "1/1_a.sql 1/2_b.sql !row-without-file");
}

TEST(Adopt, order_of_sequelizes_names_is_believed_only_when_accepted) {
  const Names names = {"v1/1_a.sql", "v2/1_b.sql", "v3/1_c.sql"};
  const Rows rows = {row_of("20240102-b.js"), row_of("20240101-a.js")};
  EXPECT_EQ(shown(decide(ForeignTool::kSequelize, rows, names)),
            "1/1_a.sql 2/1_b.sql !order-assumed");
  EXPECT_EQ(shown(decide(ForeignTool::kSequelize, rows, names, {"order-assumed"})),
            "1/1_a.sql 2/1_b.sql order-assumed");
  EXPECT_EQ(shown(decide(ForeignTool::kSequelize, {row_of("v1"), row_of("v2")}, names)),
            "1/1_a.sql 2/1_b.sql");
}

Revision ledger_row(const std::string& version, const char* kind) {
  Revision row;
  row.version = version;
  row.kind = kind;
  row.brief = true;
  return row;
}

TEST(Adopt, repeated_it_writes_what_is_missing) {
  const Rows rows = {row_of("1"), row_of("2")};
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, rows, kThree, {}, {ledger_row("2", "baseline")})),
            "1");
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, rows, kThree, {},
                         {ledger_row("1", "baseline"), ledger_row("2", "baseline"),
                          ledger_row("3", "versioned")})),
            "");
}

TEST(Adopt, ledger_of_runs_is_left_to_them) {
  EXPECT_EQ(shown(decide(ForeignTool::kAurora, {row_of("1"), row_of("2")}, kThree, {},
                         {ledger_row("1", "versioned")})),
            "2 !adopt-refused");
  auto baseline = row_of("2");
  baseline.type = "BASELINE";
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {baseline}, {"2_x.sql"}, {},
                         {ledger_row("2", "versioned")})),
            "");
}

std::string begun(const AdoptDecision& decision) {
  if (decision.rows.empty()) return shown(decision);
  const auto& row = decision.rows.back();
  return row.kind + " " + std::to_string(row.applied) + "/" + std::to_string(row.total) +
         " in doubt " + std::to_string(row.in_doubt) + " " + row.finished_at + row.error;
}

TEST(Adopt, auroras_half_applied_file_goes_on_with_the_statement_in_doubt) {
  auto row = row_of("1");
  row.applied = 1;
  row.error = "ERROR: no (SQLSTATE 42P01)";
  row.applied_at = "2026-01-02T03:04:05.678Z";
  EXPECT_EQ(begun(decide(ForeignTool::kAurora, {row}, kThree)),
            "versioned 1/2 in doubt 2 ERROR: no (SQLSTATE 42P01)");
  row.applied = 2;
  row.error = "";
  EXPECT_EQ(begun(decide(ForeignTool::kAurora, {row}, kThree)),
            "adopted 2/2 in doubt 0 2026-01-02T03:04:05.678Z")
      << "only the blank piece at the end was not counted";
}

TEST(Adopt, atlas_half_applied_file_is_in_doubt_unless_the_server_refused_the_statement) {
  auto row = row_of("1");
  row.applied = 0;
  row.total = 2;
  EXPECT_EQ(begun(decide(ForeignTool::kAtlas, {row}, kThree)), "versioned 0/2 in doubt 1 ");
  row.error = "pq: no";
  EXPECT_EQ(begun(decide(ForeignTool::kAtlas, {row}, kThree)), "versioned 0/2 in doubt 0 pq: no");
  row.applied = 1;
  row.partial_hashes = {"h1:x"};
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {row}, kThree)), "1 !partial-row");
}

TEST(Adopt, file_that_atlas_left_half_applied_and_went_on_after_counts_as_whole_once_accepted) {
  auto row = row_of("1");
  row.applied = 1;
  row.error = "pq: no";
  auto later = row_of("2");
  later.resolved = true;
  later.applied = later.total = 0;
  EXPECT_EQ(only_message(decide(ForeignTool::kAtlas, {row, later}, kThree)),
            "Atlas has applied a part of version 1 (1 of 3), and does not go on with it: there are "
            "rows of later versions | See whether the rest of it is done, and do by hand what is "
            "not. Or accept \"partial-left:1\": the whole file counts as applied.");
  const auto accepted = decide(ForeignTool::kAtlas, {row, later}, kThree, {"partial-left"});
  EXPECT_EQ(shown(accepted), "1 2 partial-left");
  EXPECT_TRUE(accepted.rows[0].is_marking());
  row.resolved = true;
  EXPECT_EQ(shown(decide(ForeignTool::kAtlas, {row}, kThree)), "1 !partial-left")
      << "marked by hand, though it is the last";
}

TEST(Adopt, checkpoint_that_atlas_passed_over_needs_no_row) {
  const std::string checkpoint = "-- atlas:checkpoint\n\nSELECT 1;\n";
  FakeSource source({{"1_x.sql", kText, "", "", ""},
                     {"2_x.sql", checkpoint, "", "", ""},
                     {"3_x.sql", kText, "", "", ""},
                     {"4_x.sql", kText, "", "", ""},
                     {"5_x.sql", checkpoint, "", "", ""}});
  const auto listing = list_migrations(source.entries());
  const auto progress =
      find_progress(ForeignTool::kAtlas, {row_of("1"), row_of("4")}, source.entries());
  const Placeholders none;
  Adopter adopter({"", "", ForeignTool::kAtlas}, progress, listing, source.entries(), none, {});
  source.read(adopter.wanted(), [&](const SourceFile& file) { adopter.take(file); });
  const auto decision = adopter.finish({});
  ASSERT_EQ(shown(decision), "1 4 !file-without-row");
  EXPECT_EQ(decision.problems[0].file, "3_x.sql");
}

TEST(Adopt, flyways_baseline_file_is_compared_with_its_row) {
  auto row = row_of("2");
  row.type = "SQL_BASELINE";
  row.checksum = std::to_string(flyway_checksum(kText));
  row.applied_at = "2026-01-02T03:04:05.678Z";
  const auto adopted_from = [&](std::vector<std::string> accept) {
    auto source = source_of({"B2__x.sql", "V1__x.sql", "V3__x.sql"});
    auto listing = list_migrations(source.entries());
    const auto progress = find_progress(ForeignTool::kFlyway, {row}, source.entries());
    choose_baseline_file(&listing, {}, progress.baseline);
    const Placeholders none;
    Adopter adopter({"", "", ForeignTool::kFlyway}, progress, listing, source.entries(), none,
                    std::move(accept));
    source.read(adopter.wanted(), [&](const SourceFile& file) { adopter.take(file); });
    return adopter.finish({});
  };
  const auto same = adopted_from({});
  EXPECT_EQ(shown(same), "2");
  EXPECT_EQ(same.rows[0].finished_at, row.applied_at);
  row.checksum = "-1";
  EXPECT_EQ(shown(adopted_from({})), "2 !checksum-differs");
  row.description = "y";
  EXPECT_EQ(shown(adopted_from({"checksum-differs:2", "description-differs"})),
            "2 description-differs checksum-differs");
}

TEST(Adopt, flyways_repeatable_file_is_applied_when_its_checksum_is_the_last_ones) {
  auto views = row_of("", "all views");
  views.checksum = std::to_string(flyway_checksum(kText));
  const Names names = {"V1__x.sql", "R__all_views.sql"};
  const auto decision = decide(ForeignTool::kFlyway, {row_of("1"), views}, names);
  EXPECT_EQ(shown(decision), "1 R:all views");
  EXPECT_EQ(decision.rows.back().kind, "repeatable");
  views.checksum = "7";
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {row_of("1"), views}, names)), "1") << "runs again";
}

TEST(Adopt, flyways_failed_file_is_not_applied_once_that_is_accepted) {
  auto row = row_of("1");
  row.failed = true;
  EXPECT_EQ(shown(decide(ForeignTool::kFlyway, {row}, kFlyway)), "1 !failed-row");
  EXPECT_EQ(begun(decide(ForeignTool::kFlyway, {row}, kFlyway, {"failed-row:1"})),
            "versioned 0/2 in doubt 0 it failed with Flyway");
}

TEST(Adopt, file_that_is_not_understood_counts_as_applied_all_the_same) {
  FakeSource source({{"1_x.sql", "SELECT (1;", "", "", ""}});
  const auto listing = list_migrations(source.entries());
  auto row = row_of("1");
  row.applied = row.total = 2;
  const auto progress = find_progress(ForeignTool::kAurora, {row}, source.entries());
  const Placeholders none;
  Adopter adopter({"", "", ForeignTool::kAurora}, progress, listing, source.entries(), none, {});
  source.read(adopter.wanted(), [&](const SourceFile& file) { adopter.take(file); });
  const auto decision = adopter.finish({});
  EXPECT_EQ(shown(decision), "1 unbalanced-parenthesis");
  EXPECT_EQ(decision.rows[0].total, 0);
}

}  // namespace
}  // namespace engine
