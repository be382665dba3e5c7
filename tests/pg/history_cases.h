// Another tool's history where there is no ledger, on either server.
#pragma once

#include "tests/pg/baseline_cases.h"

namespace engine {

inline void refuse_until_baseline(Target& target) {
  target.run("CREATE TABLE atlas_schema_revisions (version varchar PRIMARY KEY)");
  const Files first = {kBaselineFiles[0]};
  target.run("INSERT INTO atlas_schema_revisions VALUES ('1')");
  const auto report = target.apply(kBaselineFiles);
  ASSERT_EQ(report.status, Status::kInvalid) << reason_of(report);
  EXPECT_EQ(report.problems.at(0).code, "foreign-history");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_migrate'"), "0");
  target.run("CREATE TABLE a (n bigint)");
  ASSERT_EQ(target.baseline(first, "1").status, Status::kAdopted);
  const auto later = target.apply(kBaselineFiles);
  ASSERT_EQ(later.status, Status::kApplied) << reason_of(later);
  EXPECT_EQ(shown(later.migrations), "2:1/1 3:1/1");
}

inline void pass_an_empty_one(Target& target) {
  target.run("CREATE TABLE aurora_schema_revisions (id text PRIMARY KEY)");
  EXPECT_EQ(target.apply(kBaselineFiles).status, Status::kApplied);
}

}  // namespace engine
