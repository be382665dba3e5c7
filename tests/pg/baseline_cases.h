// What a baseline does on either server.
#pragma once

#include "tests/pg/target.h"

namespace engine {

inline std::string ledger_rows(Target& target) {
  return target.ask(
      "SELECT string_agg(version || ' ' || kind || ' ' || applied || '/' || total || ' ' || "
      "(finished_at IS NOT NULL) || ' ' || applied_by, ', ' ORDER BY version) FROM "
      "dsql_migrate.revisions");
}

inline const Files kBaselineFiles = {
    {"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);"},
    {"2_b.sql", "CREATE TABLE b (n bigint);"},
    {"3_c.sql", "CREATE TABLE c (n bigint);"}};

// Marks 1 and 2 where their tables are, and applies 3.
inline void mark_and_go_on(Target& target) {
  target.run("CREATE TABLE a (n bigint)");
  target.run("CREATE TABLE b (n bigint)");
  const auto report = target.baseline(kBaselineFiles, "2");
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(report.adopted->marked, 2);
  EXPECT_EQ(report.current_version, "2");
  EXPECT_EQ(shown_pending(report), "3:0/1");
  EXPECT_EQ(ledger_rows(target), "1 baseline 2/2 true test, 2 baseline 1/1 true test");
  const auto again = target.baseline(kBaselineFiles, "2");
  EXPECT_EQ(again.status, Status::kUpToDate) << reason_of(again);
  EXPECT_EQ(again.adopted->marked, 0);
  const auto later = target.apply(kBaselineFiles);
  ASSERT_EQ(later.status, Status::kApplied) << reason_of(later);
  EXPECT_EQ(shown(later.migrations), "3:1/1");
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "0");
}

}  // namespace engine
