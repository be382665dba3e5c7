// Which files of a directory run, in which order, by its format.
#include "engine/listing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_source.h"

namespace engine {
namespace {

using Names = std::vector<std::string>;

std::vector<SourceEntry> make_entries(const Names& names) {
  std::vector<SourceEntry> entries;
  for (const auto& name : names) entries.push_back({name, "s3://bucket/db/" + name, "", 9});
  return entries;
}

// "VERSION FILE" of each, in the order they run.
Names list(const Names& names, const DirectoryFormat& format = {}) {
  const auto entries = make_entries(names);
  Names listed;
  for (const auto& file : list_migrations(entries, format).files) {
    listed.push_back(file.name.version + " " + entries[file.entry].name);
  }
  return listed;
}

// "CODE FILE" of each, with "?" behind a warning.
Names find_problems(const Names& names, const DirectoryFormat& format = {}) {
  Names found;
  for (const auto& problem : list_migrations(make_entries(names), format).problems) {
    found.push_back(problem.code + " " + problem.file +
                    (problem.severity == Severity::kWarning ? "?" : ""));
  }
  return found;
}

TEST(Listing, flyway_files_run_by_version_whatever_their_folder) {
  EXPECT_EQ(list({"b/V1.10__d.sql", "V1_9__c.sql", "V2.0__e.sql", "a/deep/V1__a.sql",
                  "V01.2__b.SQL", "README.md"}),
            (Names{"1 a/deep/V1__a.sql", "01.2 V01.2__b.SQL", "1.9 V1_9__c.sql",
                   "1.10 b/V1.10__d.sql", "2.0 V2.0__e.sql"}));
}

TEST(Listing, folders_run_by_number_and_their_files_by_name) {
  EXPECT_EQ(list({"v10/a.sql", "v2/b.sql", "v2/a.sql", "v2/notes.txt", "v1.5/z.sql"}),
            (Names{"1.5/z.sql v1.5/z.sql", "2/a.sql v2/a.sql", "2/b.sql v2/b.sql",
                   "10/a.sql v10/a.sql"}));
}

TEST(Listing, undo_files_are_known_and_do_not_run) {
  EXPECT_EQ(list({"V1__a.sql", "U1__a.sql"}), (Names{"1 V1__a.sql"}));
  EXPECT_EQ(list({"1_a.up.sql", "1_a.down.sql"}), (Names{"1 1_a.up.sql"}));
  EXPECT_EQ(find_problems({"V1__a.sql", "U1__a.sql"}), Names{});
}

TEST(Listing, what_is_not_run_yet_is_refused_and_not_passed_over) {
  EXPECT_EQ(find_problems({"V1__a.sql", "R__view.sql", "B1__all.sql", "afterMigrate.sql"}),
            (Names{"repeatable-migration R__view.sql", "baseline-migration B1__all.sql",
                   "bad-name afterMigrate.sql"}));
}

TEST(Listing, directory_that_fits_several_formats_is_refused_with_an_example_of_each) {
  const auto listing = list_migrations(make_entries({"2_b.sql", "V1__a.sql", "v1/c.sql"}));
  EXPECT_EQ(listing.format, std::nullopt);
  EXPECT_TRUE(listing.files.empty());
  ASSERT_EQ(listing.problems.size(), 1U);
  EXPECT_EQ(listing.problems[0].code, "ambiguous-format");
  EXPECT_EQ(listing.problems[0].message,
            "several formats fit: atlas 2_b.sql, flyway V1__a.sql, folders v1/c.sql");
}

TEST(Listing, named_format_is_kept_to) {
  const Names names = {"2_b.sql", "old/V1__a.sql", "v1/c.sql"};
  EXPECT_EQ(list(names, {Format::kAtlas}), (Names{"2 2_b.sql"}));
  EXPECT_EQ(list(names, {Format::kFlyway}), (Names{"1 old/V1__a.sql"}));
  EXPECT_EQ(list(names, {Format::kFolders}), (Names{"1/c.sql v1/c.sql"}));
  EXPECT_EQ(find_problems({"1_a.sql"}, {Format::kFlyway}), (Names{"bad-name 1_a.sql?"}));
}

TEST(Listing, equal_versions_are_a_problem_in_every_format) {
  EXPECT_EQ(find_problems({"V1__a.sql", "x/V1.0__b.sql"}),
            (Names{"duplicate-version x/V1.0__b.sql"}));
  EXPECT_EQ(find_problems({"v1/a.sql", "v01/a.sql"}), (Names{"duplicate-version v1/a.sql"}));
}

Plan make_flyway_plan(std::vector<SourceFile> files, const std::vector<Revision>& revisions) {
  FakeSource source(std::move(files));
  Planner planner(source.entries(), revisions, Dialect::kPostgres, {Format::kFlyway});
  source.read(planner.wanted(), [&](const SourceFile& file) { planner.take(file); });
  return planner.finish();
}

TEST(Listing, placeholder_in_a_pending_flyway_file_is_refused_at_its_place) {
  const auto plan = make_flyway_plan(
      {{"V1__a.sql", "SELECT 1;\nSELECT '${name}';", "", ""}, {"V2__b.sql", "SELECT 2;", "", ""}},
      {});
  ASSERT_EQ(plan.problems.size(), 1U);
  EXPECT_EQ(plan.problems[0].code, "placeholder");
  EXPECT_EQ(plan.problems[0].file, "V1__a.sql");
  EXPECT_EQ(plan.problems[0].line, 2);
  EXPECT_EQ(plan.problems[0].column, 9);
}

TEST(Listing, settings_beside_a_flyway_file_are_refused_until_it_is_applied) {
  const std::vector<SourceFile> files = {{"V1__a.sql", "SELECT 1;", "", ""},
                                         {"V1__a.sql.conf", "executeInTransaction=false", "", ""}};
  const auto plan = make_flyway_plan(files, {});
  ASSERT_EQ(plan.problems.size(), 1U);
  EXPECT_EQ(plan.problems[0].code, "script-config");
  Revision applied;
  applied.version = "1";
  applied.brief = true;
  applied.checksum = parse_directory(files, {Format::kFlyway}).migrations.at(0).checksum;
  EXPECT_TRUE(make_flyway_plan(files, {applied}).problems.empty());
}

TEST(Listing, ambiguous_directory_does_not_make_applied_files_missing) {
  Revision applied;
  applied.version = "1";
  applied.brief = true;
  const auto entries = make_entries({"1_a.sql", "V2__b.sql"});
  const std::vector<Revision> revisions = {applied};
  Planner planner(entries, revisions, Dialect::kPostgres);
  const auto plan = planner.finish();
  ASSERT_EQ(plan.problems.size(), 1U);
  EXPECT_EQ(plan.problems[0].code, "ambiguous-format");
}

}  // namespace
}  // namespace engine
