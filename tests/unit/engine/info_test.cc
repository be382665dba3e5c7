#include "engine/info.h"

#include <gtest/gtest.h>

#include <string>

namespace engine {
namespace {

struct Row {
  std::string version;
  std::string started = "2026-11-21T00:00:00.000Z";
  std::string kind = "versioned";
  int applied = 1;
  std::string error = "";
};

Revision row_of(const Row& row) {
  Revision revision;
  revision.version = row.version;
  revision.kind = row.kind;
  revision.total = 1;
  revision.applied = row.applied;
  revision.error = row.error;
  revision.started_at = row.started;
  if (row.applied == 1) revision.finished_at = row.started;
  return revision;
}

std::vector<MigrationInfo> info_of(const std::vector<std::string>& versions,
                                   const std::vector<Row>& rows) {
  std::vector<SourceEntry> entries;
  for (const auto& version : versions) entries.push_back({version + "_x.sql", "", "", 0});
  std::vector<Revision> revisions;
  for (const auto& row : rows) revisions.push_back(row_of(row));
  return make_info(list_migrations(entries).files, entries, revisions);
}

// "1 Success, 2 Pending"
std::string states_of(const std::vector<MigrationInfo>& infos) {
  std::string text;
  for (const auto& info : infos) {
    text += (text.empty() ? "" : ", ") + info.version + " " + info.state;
  }
  return text;
}

TEST(Info, files_and_rows_are_one_list_in_version_order) {
  const auto infos = info_of({"10", "2", "9"}, {{"2"}, {"3"}, {"11"}});
  EXPECT_EQ(states_of(infos), "2 Success, 3 Missing, 9 Ignored, 10 Ignored, 11 Future");
  EXPECT_EQ(infos[0].file, "2_x.sql");
  EXPECT_EQ(infos[0].description, "x");
  EXPECT_EQ(infos[1].file, "");
  EXPECT_EQ(infos[2].kind, "versioned");
}

TEST(Info, states_are_flyways) {
  EXPECT_EQ(states_of(info_of({"1", "2"}, {})), "1 Pending, 2 Pending");
  EXPECT_EQ(states_of(info_of({"1", "2", "3"}, {{"2", "t", "baseline"}})),
            "1 Ignored, 2 Baseline, 3 Pending");
  EXPECT_EQ(states_of(info_of({"1", "3"}, {{"1", "t", "adopted"}})), "1 Success, 3 Pending");
  EXPECT_EQ(states_of(info_of({"1", "2"}, {{"1"}, {"2", "t", "versioned", 0, "broken"}})),
            "1 Success, 2 Failed");
  EXPECT_EQ(states_of(info_of({"1"}, {{"1", "t", "versioned", 0}})), "1 In Progress");
  EXPECT_EQ(states_of(info_of({"2"}, {{"1", "t", "versioned", 0, "broken"},
                                      {"3", "t", "versioned", 0, "broken"}})),
            "1 Failed (Missing), 2 Pending, 3 Failed (Future)");
}

TEST(Info, what_the_database_began_with_is_a_baseline_and_files_below_it_are_no_part_of_it) {
  const auto infos = info_of({"1", "3"}, {{"start:2", "2026-01", "start"}});
  EXPECT_EQ(states_of(infos), "1 Below Baseline, 2 Baseline, 3 Pending");
  EXPECT_EQ(infos[1].kind, "baseline");
  EXPECT_EQ(infos[1].finished_at, "2026-01");
  EXPECT_EQ(states_of(info_of({"1", "2"}, {{"2", "t", "baseline"}, {"start:2", "t", "start"}})),
            "1 Below Baseline, 2 Baseline");
  EXPECT_EQ(states_of(info_of({"1"}, {{"start:", "t", "start"}})), "1 Pending");
}

TEST(Info, a_repeatable_migration_that_is_to_run_again_is_outdated) {
  const std::vector<SourceEntry> entries = {{"R__v.sql", "", "", 0}, {"R__w.sql", "", "", 0}};
  const auto infos = make_info(
      list_migrations(entries).files, entries,
      {row_of({"R:v", "2026-01", "repeatable"}), row_of({"R:w", "2026-01", "repeatable"})}, {},
      {"R:w"});
  EXPECT_EQ(states_of(infos), "R:v Success, R:w Outdated");
  EXPECT_EQ(cut_page(infos, {}).pending, 1);
}

TEST(Info, a_migration_applied_after_a_later_one_is_out_of_order) {
  EXPECT_EQ(
      states_of(info_of({"1", "2", "3"}, {{"1", "2026-01"}, {"2", "2026-03"}, {"3", "2026-02"}})),
      "1 Success, 2 Out of Order, 3 Success");
  // A baseline is written with its last version first.
  EXPECT_EQ(states_of(info_of({"1", "2"}, {{"1", "2026-03"}, {"2", "2026-02", "baseline"}})),
            "1 Success, 2 Baseline");
  EXPECT_EQ(states_of(info_of(
                {"1", "2", "3"},
                {{"1", "2026-02", "adopted"}, {"2", "2026-03"}, {"3", "2026-01", "adopted"}})),
            "1 Success, 2 Out of Order, 3 Success");
}

TEST(Info, what_a_run_with_the_same_selection_would_take_is_pending) {
  const std::vector<SourceEntry> entries = {{"1_a.sql", "", "", 0},
                                            {"2_b.sql", "", "", 0},
                                            {"3_c.sql", "", "", 0},
                                            {"4_d.sql", "", "", 0}};
  const auto files = list_migrations(entries).files;
  Selection selection;
  selection.to_version = "3";
  selection.out_of_order = OutOfOrder::kApply;
  EXPECT_EQ(states_of(make_info(files, entries, {row_of({"2"})}, selection)),
            "1 Pending, 2 Success, 3 Pending, 4 Above Target");
}

TEST(Info, a_version_that_was_taken_back_is_as_one_without_a_row) {
  const auto infos = info_of({"1", "2"}, {{"1"}, {"2", "t", "undo"}, {"3", "t", "undo"}});
  EXPECT_EQ(states_of(infos), "1 Success, 2 Pending, 3 Undone");
  EXPECT_EQ(infos[1].finished_at, "");
  EXPECT_EQ(infos[1].kind, "versioned");
}

TEST(Info, a_version_on_its_way_back_is_neither_applied_nor_pending) {
  EXPECT_EQ(states_of(info_of({"1", "2"}, {{"1"}, {"2", "t", "undo", 0}})),
            "1 Success, 2 In Progress");
  EXPECT_EQ(states_of(info_of({"1", "2"}, {{"1"}, {"2", "t", "undo", 0, "broken"}})),
            "1 Success, 2 Failed");
}

TEST(Info, repeatable_migrations_come_last_and_are_no_version) {
  const std::vector<SourceEntry> entries = {
      {"V1__a.sql", "", "", 0}, {"R__v.sql", "", "", 0}, {"R__w.sql", "", "", 0}};
  const auto files = list_migrations(entries).files;
  const auto infos =
      make_info(files, entries,
                {row_of({"1", "2026-03"}), row_of({"R:gone", "2026-01", "repeatable"}),
                 row_of({"R:v", "2026-02", "repeatable"})});
  EXPECT_EQ(states_of(infos), "1 Success, R:gone Missing, R:v Success, R:w Pending");
  EXPECT_EQ(infos[3].kind, "repeatable");
}

TEST(Info, a_page_begins_behind_the_last_one_and_counts_all) {
  const auto all = info_of({"1", "2", "3", "4", "5"}, {{"1"}});
  const auto first = cut_page(all, {"", 2});
  EXPECT_EQ(states_of(first.migrations), "1 Success, 2 Pending");
  EXPECT_EQ(first.next, "2");
  EXPECT_EQ(first.total, 5);
  EXPECT_EQ(first.pending, 4);
  const auto second = cut_page(all, {first.next, 2});
  EXPECT_EQ(states_of(second.migrations), "3 Pending, 4 Pending");
  const auto third = cut_page(all, {second.next, 2});
  EXPECT_EQ(states_of(third.migrations), "5 Pending");
  EXPECT_EQ(third.next, "");
  EXPECT_EQ(states_of(cut_page(all, {"9", 2}).migrations), "");
  EXPECT_EQ(cut_page({}, {"", 2}).next, "");
}

}  // namespace
}  // namespace engine
