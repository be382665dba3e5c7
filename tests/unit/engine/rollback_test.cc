#include "engine/rollback.h"

#include <gtest/gtest.h>

#include "tests/support/fake_source.h"

namespace engine {
namespace {

MigrationDirectory directory_of(std::initializer_list<const char*> names) {
  std::vector<SourceFile> sources;
  for (const char* name : names) sources.push_back({name, "SELECT 1; SELECT 2", "", ""});
  return parse_directory(sources);
}

Revision row_of(const std::string& version, int applied) {
  const auto migration = directory_of({"1.sql"}).migrations.at(0);
  Revision revision;
  revision.version = version;
  revision.checksum = migration.checksum;
  for (const auto& statement : migration.statements) {
    revision.statement_hashes.push_back(statement.hash);
  }
  revision.total = 2;
  revision.applied = applied;
  if (applied == 2) revision.finished_at = "2026-11-21T00:00:01.000Z";
  return revision;
}

bool backwards(const MigrationDirectory& directory, const std::vector<Revision>& revisions) {
  return goes_backwards(make_plan(directory, revisions, Dialect::kDsql), revisions);
}

TEST(Rollback, files_that_are_all_applied_below_later_versions_go_backwards) {
  EXPECT_TRUE(backwards(directory_of({"1.sql"}), {row_of("1", 2), row_of("2", 2)}));
  EXPECT_TRUE(backwards(directory_of({"1.sql"}), {row_of("1", 2), row_of("2", 1)}));
  EXPECT_TRUE(backwards(directory_of({}), {row_of("2", 0)}));
}

TEST(Rollback, files_with_something_to_apply_do_not) {
  EXPECT_FALSE(backwards(directory_of({"1.sql", "3.sql"}), {row_of("1", 2), row_of("2", 2)}));
  EXPECT_FALSE(backwards(directory_of({"1.sql"}), {row_of("1", 1), row_of("2", 2)}));
}

TEST(Rollback, files_at_the_ledgers_version_do_not) {
  EXPECT_FALSE(backwards(directory_of({"1.sql", "2.sql"}), {row_of("1", 2), row_of("2", 2)}));
  EXPECT_FALSE(backwards(directory_of({"2.sql"}), {row_of("1", 2), row_of("2", 2)}));
}

TEST(Rollback, half_applied_file_missing_from_between_the_others_stays_an_error) {
  EXPECT_FALSE(backwards(directory_of({"1.sql", "3.sql"}),
                         {row_of("1", 2), row_of("2", 1), row_of("3", 2)}));
  EXPECT_FALSE(
      backwards(directory_of({"2.sql"}), {row_of("1", 1), row_of("2", 2), row_of("3", 2)}));
}

bool backwards_since(const std::string& second, const std::string& third) {
  std::vector<Revision> revisions = {row_of("1", 2), row_of("2", 2), row_of("3", 2)};
  revisions[1].started_at = second;
  revisions[2].started_at = third;
  const auto plan = make_plan(directory_of({"1.sql", "3.sql"}), revisions, Dialect::kDsql);
  EXPECT_EQ(find_telling(plan), (std::vector<std::string>{"2", "3"}));
  return goes_backwards(plan, revisions, revisions);
}

TEST(Rollback, file_that_was_applied_out_of_order_by_the_later_release_is_gone_again) {
  EXPECT_TRUE(backwards_since("2026-11-22T00:00:00.000Z", "2026-11-21T00:00:00.000Z"));
  EXPECT_FALSE(backwards_since("2026-11-20T00:00:00.000Z", "2026-11-21T00:00:00.000Z"))
      << "it was there before, so it was taken away by mistake";
}

TEST(Rollback, versions_marked_as_applied_count_as_later_ones) {
  auto marked = row_of("2", 2);
  for (const char* kind : {"baseline", "adopted"}) {
    marked.kind = kind;
    EXPECT_TRUE(backwards(directory_of({"1.sql"}), {row_of("1", 2), marked})) << kind;
  }
  auto start = row_of("start:9", 2);
  start.kind = "start";
  EXPECT_FALSE(backwards(directory_of({"10.sql"}), {row_of("10", 2), start}));
}

TEST(Rollback, edited_file_is_an_error_that_stays) {
  auto edited = row_of("1", 2);
  edited.checksum = "sha256:other";
  edited.statement_hashes.front() = "other";
  EXPECT_FALSE(backwards(directory_of({"1.sql"}), {edited, row_of("2", 2)}));
}

TEST(Rollback, ignoring_leaves_warnings_and_failing_one_error) {
  const std::vector<Revision> revisions = {row_of("1", 2), row_of("2", 1)};
  const auto plan = make_plan(directory_of({"1.sql"}), revisions, Dialect::kDsql);
  const auto ignored = explain_rollback(plan, OnRollback::kIgnore);
  ASSERT_EQ(ignored.size(), 1u);
  EXPECT_EQ(ignored[0].severity, Severity::kWarning);
  const auto failed = explain_rollback(plan, OnRollback::kFail);
  ASSERT_EQ(failed.size(), 2u);
  EXPECT_EQ(failed[0].severity, Severity::kError);
  EXPECT_EQ(failed[0].code, "goes-backwards");
  EXPECT_EQ(failed[1].severity, Severity::kWarning);
}

}  // namespace
}  // namespace engine
