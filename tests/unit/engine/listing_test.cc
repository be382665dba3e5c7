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

TEST(Listing, repeatable_files_come_last_and_baseline_files_are_kept_apart) {
  const Names names = {"R__b.sql", "x/R__a_a.sql", "V10__z.sql", "B1__all.sql"};
  EXPECT_EQ(list(names), (Names{"10 V10__z.sql", "R:a a x/R__a_a.sql", "R:b R__b.sql"}));
  EXPECT_EQ(list_migrations(make_entries(names)).baselines.at(0).name.version, "1");
  EXPECT_EQ(find_problems(names), Names{});
}

TEST(Listing, callbacks_are_refused_and_not_passed_over) {
  const auto problems = list_migrations(make_entries({"V1__a.sql", "afterMigrate.sql"})).problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code + " " + problems[0].file, "bad-name afterMigrate.sql");
  EXPECT_EQ(problems[0].severity, Severity::kError);
  EXPECT_NE(problems[0].hint.find("Move its statements into a migration"), std::string::npos);
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
  EXPECT_EQ(find_problems({"R__a_b.sql", "x/R__a b.sql"}),
            (Names{"duplicate-version x/R__a b.sql"}));
  EXPECT_EQ(find_problems({"V1__a.sql", "B1__b.sql", "B1.0__c.sql"}),
            (Names{"duplicate-version B1__b.sql"}));
}

// What a file says after its settings were heeded.
Migration parse_with_config(const std::string& text, const std::string& config,
                            std::vector<Problem>& problems) {
  Listing::File listed{{MigrationKind::kVersioned, "1", "a"}, 0};
  listed.replaces = true;
  listed.heed(parse_script_config(config, "V1__a.sql.conf"));
  Placeholders placeholders;
  placeholders.values = {{"n", "1"}};
  return parse_listed({"V1__a.sql", text, "", ""}, listed, placeholders, problems);
}

TEST(Listing, settings_beside_a_file_are_those_it_does_not_have_itself) {
  std::vector<Problem> problems;
  const auto none = TransactionMode::kNone;
  EXPECT_EQ(parse_with_config("SELECT 1;", "executeInTransaction=false", problems).transaction,
            none);
  EXPECT_EQ(parse_with_config("-- migrate:transaction none\nSELECT 1;", "executeInTransaction=true",
                              problems)
                .transaction,
            none);
  const auto kept =
      parse_with_config("SELECT '${m}', ${n};", "placeholderReplacement=false", problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(kept.statements.at(0).text, "SELECT '${m}', ${n}");
}

TEST(Listing, placeholders_are_replaced_in_flyways_format_unless_it_is_said_otherwise) {
  const auto replaces = [](const Names& names, std::optional<bool> asked) {
    DirectoryFormat format;
    format.placeholders.replaced = asked;
    return list_migrations(make_entries(names), format).files.at(0).replaces;
  };
  EXPECT_TRUE(replaces({"V1__a.sql"}, std::nullopt));
  EXPECT_FALSE(replaces({"1_a.sql"}, std::nullopt));
  EXPECT_FALSE(replaces({"V1__a.sql"}, false));
  EXPECT_TRUE(replaces({"1_a.sql"}, true));
}

TEST(Listing, places_in_a_file_with_placeholders_are_those_of_the_file) {
  std::vector<Problem> problems;
  const auto file = parse_with_config("SELECT ${n}; SELECT\n 2; SELECT 'x", "", problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_EQ(problems[0].column, 12);
  problems.clear();
  const auto good = parse_with_config("SELECT ${n}; SELECT 2", "", problems);
  EXPECT_EQ(good.statements.at(1).column, 14);
  EXPECT_EQ(good.statements.at(0).text, "SELECT 1");
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
