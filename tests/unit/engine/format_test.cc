#include "engine/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/version.h"

namespace engine {
namespace {

// kind version "description", or the fault with its severity, or "left out".
std::string show(const NameReading& reading) {
  if (reading.name) {
    return std::string(to_string(reading.name->kind)) + " " + reading.name->version + " \"" +
           reading.name->description + "\"";
  }
  if (reading.fault.empty()) return "left out";
  return (reading.severity == Severity::kError ? "error: " : "warning: ") + reading.fault;
}

std::string atlas(const std::string& path) { return show(read_atlas_name(path)); }
std::string flyway(const std::string& path, const FlywayNaming& naming = {}) {
  return show(read_flyway_name(path, naming));
}
std::string folders(const std::string& path) { return show(read_folders_name(path)); }

TEST(Version, parts_compare_as_numbers_of_any_length) {
  EXPECT_EQ(compare_versions("01", "1"), 0);
  EXPECT_EQ(compare_versions("000", "0"), 0);
  EXPECT_EQ(compare_versions("1", "1.0.0"), 0);
  EXPECT_LT(compare_versions("2", "10"), 0);
  EXPECT_GT(compare_versions("100", "099"), 0);
  EXPECT_LT(compare_versions("1.9", "1.10"), 0);
  EXPECT_LT(compare_versions("1", "1.0.1"), 0);
  EXPECT_LT(compare_versions("99999999999999999999", "100000000000000000000"), 0);
  EXPECT_LT(compare_versions("", "1"), 0);
}

TEST(Version, files_of_one_folder_compare_by_bytes) {
  EXPECT_LT(compare_versions("2/z.sql", "10/a.sql"), 0);
  EXPECT_LT(compare_versions("1/10_b.sql", "1/2_a.sql"), 0);
  EXPECT_LT(compare_versions("1/a-b.sql", "1/a.sql"), 0);
  EXPECT_EQ(compare_versions("01/a.sql", "1/a.sql"), 0);
  EXPECT_LT(compare_versions("99", "R:1"), 0);
  EXPECT_GT(compare_versions("R:b", "R:a 1"), 0);
  EXPECT_EQ(compare_versions("R:1.0", "R:1.0"), 0);
  EXPECT_NE(compare_versions("R:1.0", "R:1"), 0);
}

TEST(Version, dotted_number_has_digits_in_every_part) {
  EXPECT_TRUE(is_dotted_number("1"));
  EXPECT_TRUE(is_dotted_number("2026.01.0"));
  for (const char* text : {"", ".", "1.", ".1", "1..2", "-1", "+1", "1a", " 1", "1/2"}) {
    EXPECT_FALSE(is_dotted_number(text)) << text;
  }
}

TEST(AtlasName, version_is_digits_before_the_underscore) {
  EXPECT_EQ(atlas("20260101_add_users.sql"), "versioned 20260101 \"add_users\"");
  EXPECT_EQ(atlas("1.sql"), "versioned 1 \"\"");
  EXPECT_EQ(atlas("1_.sql"), "versioned 1 \"\"");
  EXPECT_EQ(atlas("1_a.SQL"),
            "error: the name does not end with .sql in lower case, and Atlas reads no other");
  EXPECT_EQ(atlas("init.sql"), "error: the name does not begin with a version and an underscore");
  EXPECT_EQ(atlas("1.2_a.sql"), "error: the name does not begin with a version and an underscore");
  EXPECT_EQ(atlas(".sql"), "left out");
}

TEST(AtlasName, down_file_is_an_undo_and_never_a_migration) {
  EXPECT_EQ(atlas("1_a.up.sql"), "versioned 1 \"a\"");
  EXPECT_EQ(atlas("1_a.down.sql"), "undo 1 \"a\"");
  EXPECT_EQ(atlas("1.down.sql"), "undo 1 \"\"");
}

TEST(AtlasName, other_files_are_left_out) {
  for (const char* path : {"atlas.sum", "sub/1_a.sql", ".1_a.sql", "1_a.sql.bak", ""}) {
    EXPECT_EQ(atlas(path), "left out") << path;
  }
}

TEST(FlywayName, prefix_gives_the_kind_in_any_folder) {
  EXPECT_EQ(flyway("V1_2__add_users.sql"), "versioned 1.2 \"add users\"");
  EXPECT_EQ(flyway("a/b/R__views.sql"), "repeatable R:views \"views\"");
  EXPECT_EQ(flyway("U01__x.SQL"), "undo 01 \"x\"");
  EXPECT_EQ(flyway("B10__x.sql"), "baseline-file 10 \"x\"");
}

TEST(FlywayName, invalid_name_is_a_warning_or_an_error_by_choice) {
  EXPECT_EQ(flyway("V1_a__x.sql"), "warning: the version '1.a' is not made of numbers and dots");
  EXPECT_EQ(flyway("V-1__x.sql"), "warning: the version '-1' is not made of numbers and dots");
  EXPECT_EQ(flyway("R1__x.sql"), "warning: a repeatable migration has no version");
  EXPECT_EQ(flyway("notes.sql"), "warning: the name does not begin with a prefix of Flyway's");
  FlywayNaming strict;
  strict.validate_migration_naming = true;
  EXPECT_EQ(flyway("notes.sql", strict),
            "error: the name does not begin with a prefix of Flyway's");
}

TEST(FlywayName, callback_is_an_error_and_not_left_out_silently) {
  EXPECT_EQ(flyway("afterMigrate__grants.sql"),
            "error: it is a callback of Flyway's, and callbacks are not run");
  EXPECT_EQ(flyway("sub/beforeMigrate.sql"),
            "error: it is a callback of Flyway's, and callbacks are not run");
}

TEST(FlywayName, hidden_files_and_other_suffixes_are_left_out) {
  for (const char* path : {".V1__a.sql", "sub/.V1__a.sql", ".git/V1__a.sql", "V1__a.sql.conf",
                           "__MACOSX/V1__a.sql", "V1__a.txt"}) {
    EXPECT_EQ(flyway(path), "left out") << path;
  }
}

TEST(FlywayName, prefixes_separator_and_suffixes_are_configurable) {
  FlywayNaming naming;
  naming.sql_migration_prefix = "M";
  naming.repeatable_sql_migration_prefix = "MR";
  naming.sql_migration_separator = "-";
  naming.sql_migration_suffixes = {".pg.sql", ".ddl"};
  EXPECT_EQ(flyway("M1.2-a_b.ddl", naming), "versioned 1.2 \"a b\"");
  EXPECT_EQ(flyway("MR-x.PG.SQL", naming), "repeatable R:x \"x\"");
  EXPECT_EQ(flyway("M1-x.sql", naming), "left out");
}

TEST(FoldersName, folder_gives_the_number_and_file_the_rest) {
  EXPECT_EQ(folders("v1/001_users.sql"), "versioned 1/001_users.sql \"001_users\"");
  EXPECT_EQ(folders("v2.1/a.SQL"), "versioned 2.1/a.SQL \"a\"");
  EXPECT_EQ(folders("v1/old/a.sql"), "error: it is in a folder of a version's folder");
  for (const char* path : {"a.sql", "1/a.sql", "v/a.sql", "vx/a.sql", "v1/a.js", "v1/.a.sql"}) {
    EXPECT_EQ(folders(path), "left out") << path;
  }
}

std::string order_of(Format format, std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end(), [&](const std::string& a, const std::string& b) {
    return runs_before(*read_name(format, a, {}).name, *read_name(format, b, {}).name);
  });
  std::string order;
  for (const std::string& path : paths) order += path + " ";
  return order;
}

TEST(Format, order_is_versions_then_repeatables_by_description_then_undos) {
  EXPECT_EQ(order_of(Format::kFlyway, {"U2__a.sql", "R__b.sql", "V10__z.sql", "x/V1.9__y.sql",
                                       "R__a.sql", "V2__c.sql", "B2__d.sql", "U1__a.sql"}),
            "x/V1.9__y.sql B2__d.sql V2__c.sql V10__z.sql R__a.sql R__b.sql U1__a.sql U2__a.sql ");
  EXPECT_EQ(order_of(Format::kFolders, {"v10/a.sql", "v2/2.sql", "v2/10.sql"}),
            "v2/10.sql v2/2.sql v10/a.sql ");
}

std::string guess(const std::vector<std::string>& paths) {
  const FormatGuess guessed = guess_format(paths);
  if (!guessed.format) return "none: " + guessed.why;
  return *guessed.format == Format::kAtlas    ? "atlas"
         : *guessed.format == Format::kFlyway ? "flyway"
                                              : "folders";
}

TEST(Format, is_guessed_from_the_names) {
  EXPECT_EQ(guess({"atlas.sum", "README.md", "20260101_a.sql"}), "atlas");
  EXPECT_EQ(guess({"db/V1__a.sql", "db/R__b.sql", "notes.sql"}), "flyway");
  EXPECT_EQ(guess({"v1/a.sql", "v2/b.sql"}), "folders");
  EXPECT_EQ(guess({"v1/V1__a.sql"}),
            "none: several formats fit: flyway v1/V1__a.sql, folders "
            "v1/V1__a.sql");
  EXPECT_EQ(guess({"1_a.sql", "V1__a.sql"}),
            "none: several formats fit: atlas 1_a.sql, flyway V1__a.sql");
  EXPECT_EQ(guess({"README.md", "init.sql"}), "none: no format fits a name as init.sql");
  EXPECT_EQ(guess({}), "none: ");
}

TEST(Format, order_other_than_by_bytes_is_a_warning_about_the_first_pair) {
  EXPECT_FALSE(find_order_change({"09_a.sql", "10_b.sql"}));
  const auto problem = find_order_change({"1_a.sql", "9_b.sql", "10_c.sql"});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->severity, Severity::kWarning);
  EXPECT_EQ(problem->file + ": " + problem->message,
            "10_c.sql: it runs after 9_b.sql; aurora, Atlas and sequelize sort names by bytes and "
            "run it before");
}

}  // namespace
}  // namespace engine
