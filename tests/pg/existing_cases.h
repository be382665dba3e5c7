// toleratesExisting on either server.
#pragma once

#include "tests/pg/target.h"

namespace engine {

inline const Files kExistingFiles = {
    {"1_a.sql",
     "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD COLUMN m text;\n"
     "CREATE TABLE b (n bigint);"},
    {"2_b.sql", "CREATE INDEX b_n ON b (n);\nCREATE TABLE c (n bigint);"}};

inline std::string shown_tolerated(const RunReport& report) {
  std::string text;
  for (const auto& each : report.tolerated) {
    text += each.file + ":" + std::to_string(each.line) + " " + each.object + "; ";
  }
  return text;
}

// A table, a column and an index are there.
inline void pass_over_what_is_there(Target& target) {
  target.run("CREATE TABLE a (n bigint, m text)");
  target.run("CREATE TABLE c (n bigint)");
  const auto refused = target.apply(kExistingFiles);
  ASSERT_EQ(refused.status, Status::kFailed);
  EXPECT_EQ(refused.failure->sqlstate, "42P07");
  EXPECT_EQ(refused.failure->statement_number, 1);
  auto options = target.fresh_options();
  options.tolerates_existing = true;
  const auto report = target.apply(kExistingFiles, options);
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(shown(report.migrations), "1:4/4 2:2/2");
  EXPECT_EQ(shown_tolerated(report), "1_a.sql:1 a; 1_a.sql:3 m; 2_b.sql:2 c; ");
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "1");
  EXPECT_EQ(target.apply(kExistingFiles).status, Status::kUpToDate);
}

// Its index is, and so the table itself is not.
inline void refuse_what_is_not_there(Target& target) {
  target.run("CREATE TABLE t_pkey (n bigint)");
  auto options = target.fresh_options();
  options.tolerates_existing = true;
  const auto report = target.apply(
      {{"1_a.sql", "CREATE TABLE t (n bigint, CONSTRAINT t_pkey PRIMARY KEY (n));"}}, options);
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_TRUE(report.tolerated.empty());
}

}  // namespace engine
