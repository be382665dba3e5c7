#include "engine/directory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_source.h"

namespace engine {
namespace {

SourceFile file(const std::string& name, const std::string& bytes = "SELECT 1;") {
  return {name, bytes, "s3://bucket/db/" + name, "v1"};
}

std::vector<std::string> files_of(const MigrationDirectory& directory) {
  std::vector<std::string> names;
  for (const Migration& migration : directory.migrations) names.push_back(migration.file);
  return names;
}

using Names = std::vector<std::string>;

// One line a problem: severity code file:line:column "statement" message | hint
std::string show(const MigrationDirectory& directory) {
  std::string shown;
  for (const Problem& problem : directory.problems) {
    shown += problem.severity == Severity::kError ? "error " : "warning ";
    shown += problem.code + " " + problem.file + ":" + std::to_string(problem.line) + ":" +
             std::to_string(problem.column) + " \"" + problem.statement + "\" " + problem.message +
             " | " + problem.hint + "\n";
  }
  return shown;
}

TEST(Directory, name_gives_version_and_description) {
  const MigrationDirectory directory =
      parse_directory({file("20260101120000_add_users.sql", "CREATE TABLE users ();")});
  ASSERT_EQ(directory.migrations.size(), 1U);
  const Migration& migration = directory.migrations[0];
  EXPECT_EQ(migration.version, "20260101120000");
  EXPECT_EQ(migration.description, "add_users");
  EXPECT_EQ(migration.file, "20260101120000_add_users.sql");
  EXPECT_EQ(migration.location, "s3://bucket/db/20260101120000_add_users.sql");
  EXPECT_EQ(migration.source_version, "v1");
  EXPECT_EQ(migration.statements.size(), 1U);
  EXPECT_EQ(show(directory), "");
}

TEST(Directory, checksum_is_sha256_of_the_bytes) {
  EXPECT_EQ(parse_directory({file("1.sql", "abc")}).migrations[0].checksum,
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Directory, versions_sort_as_numbers_of_any_length) {
  const MigrationDirectory directory =
      parse_directory({file("10_c.sql"), file("99999999999999999999999999_d.sql"), file("9_b.sql"),
                       file("0007.sql")});
  EXPECT_EQ(files_of(directory),
            (Names{"0007.sql", "9_b.sql", "10_c.sql", "99999999999999999999999999_d.sql"}));
  EXPECT_EQ(directory.migrations[0].description, "");
}

TEST(Directory, other_files_hidden_files_and_sub_folders_are_left_out) {
  const MigrationDirectory directory =
      parse_directory({file("README.md"), file("atlas.sum"), file("old/1_a.sql"), file(".2_b.sql"),
                       file("3_c.sql.bak"), file("4_d.sql")});
  EXPECT_EQ(files_of(directory), (Names{"4_d.sql"}));
  EXPECT_EQ(show(directory), "");
}

TEST(Directory, empty_set_is_no_problem) {
  EXPECT_TRUE(parse_directory({}).migrations.empty());
  EXPECT_EQ(show(parse_directory({})), "");
}

TEST(Directory, name_without_a_version_is_a_problem) {
  const MigrationDirectory directory = parse_directory(
      {file("init.sql"), file("1-init.sql"), file("V1__init.sql"), file(".sql"), file("2_ok.sql")},
      {Format::kAtlas});
  EXPECT_EQ(files_of(directory), (Names{"2_ok.sql"}));
  const std::string rest =
      ":0:0 \"\" the name does not begin with a version and an underscore | Name it "
      "VERSION_description.sql with a version of digits only, for example "
      "20260101120000_add_users.sql, or move it out of the migrations.\n";
  EXPECT_EQ(show(directory), "error bad-name init.sql" + rest + "error bad-name 1-init.sql" + rest +
                                 "error bad-name V1__init.sql" + rest);
}

TEST(Directory, two_files_of_one_version_are_a_problem_that_names_both) {
  EXPECT_EQ(show(parse_directory({file("01_b.sql"), file("1_a.sql")})),
            "error duplicate-version 1_a.sql:0:0 \"\" version 1 is also the version of 01_b.sql | "
            "Give one of the two files another version; 1 and 01 are the same version.\n");
}

TEST(Directory, byte_order_mark_is_dropped) {
  const MigrationDirectory directory = parse_directory({file("1.sql", "\xef\xbb\xbfSELECT 1")});
  EXPECT_EQ(show(directory), "");
  EXPECT_EQ(directory.migrations[0].statements.at(0).text, "SELECT 1");
  EXPECT_EQ(directory.migrations[0].statements.at(0).column, 1);
}

TEST(Directory, bytes_that_are_not_utf8_are_shown_by_place) {
  EXPECT_EQ(show(parse_directory({file("1.sql", "SELECT 1;\nSELECT 'caf\xe9';")})),
            "error not-utf8 1.sql:2:12 \"\" byte 21 is not UTF-8 | Save the file as UTF-8.\n");
}

TEST(Directory, utf16_is_recognised) {
  EXPECT_EQ(show(parse_directory({file("1.sql", std::string("\xff\xfeS\0E\0", 6))})),
            "error not-utf8 1.sql:1:1 \"\" byte 0 is not UTF-8 | The file is UTF-16: save it as "
            "UTF-8.\n");
}

TEST(Directory, nul_byte_is_shown_by_place) {
  EXPECT_EQ(show(parse_directory({file("1.sql", std::string("SELECT 1;\n\0", 11))})),
            "error nul-byte 1.sql:2:1 \"\" byte 10 is a NUL, which PostgreSQL does not take in a "
            "statement | Save the file as plain text in UTF-8, without NUL bytes.\n");
}

TEST(Directory, file_without_a_statement_is_a_warning) {
  EXPECT_EQ(show(parse_directory({file("1.sql", "-- later\n")})),
            "warning empty-file 1.sql:0:0 \"\" the file has no statement | It is recorded as "
            "applied; delete it if that is not meant.\n");
}

TEST(Directory, lexing_error_has_its_place_and_a_caret) {
  EXPECT_EQ(show(parse_directory({file("1.sql", "SELECT 1;\nSELECT 'x;\n")})),
            "error unterminated-string 1.sql:2:8 \"SELECT 'x;\" this string has no closing ' | "
            "Close the string; a quote inside it is written twice (''), a backslash is itself "
            "unless the string starts with E.\nSELECT 'x;\n       ^\n");
}

TEST(Directory, transaction_control_is_refused_wherever_it_stands) {
  EXPECT_EQ(
      show(parse_directory({file("1.sql", "BEGIN;\nSELECT 1; COMMIT;")})),
      "error transaction-statement 1.sql:1:1 \"BEGIN\" transaction control does not belong in "
      "a migration file | Remove it; each statement is its own transaction.\n"
      "error transaction-statement 1.sql:2:11 \"COMMIT\" transaction control does not belong "
      "in a migration file | Remove it; each statement is its own transaction.\n");
}

TEST(Directory, every_problem_of_every_file_is_reported_at_once) {
  const MigrationDirectory directory =
      parse_directory({file("x.sql"), file("3_c.sql", "SELECT ("), file("2_b.sql", "\xff"),
                       file("2_a.sql", "BEGIN")});
  Names codes;
  for (const Problem& problem : directory.problems) codes.push_back(problem.code);
  EXPECT_EQ(codes, (Names{"bad-name", "duplicate-version", "transaction-statement", "not-utf8",
                          "unbalanced-parenthesis"}));
}

TEST(Directory, excerpt_of_a_statement_is_its_first_line_cut_to_200_code_points) {
  std::string name;
  for (int i = 0; i < 300; ++i) name += "é";
  const MigrationDirectory directory = parse_directory(
      {file("1.sql", "SAVEPOINT " + name + "\n"), file("2.sql", "COMMIT\nAND CHAIN")});
  EXPECT_EQ(directory.problems.at(0).statement.size(), 10U + 2U * 190U);
  EXPECT_EQ(directory.problems.at(1).statement, "COMMIT");
}

}  // namespace
}  // namespace engine
