// What repeatable migrations and baseline files do on either server.
#pragma once

#include "tests/pg/target.h"

namespace engine {

// Neither half of the repeatable file may run twice.
inline const Files kRepeatableFiles = {
    {"V1__a.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n bigint);"},
    {"R__rows.sql",
     "DROP TABLE IF EXISTS rows_of_a;\nCREATE TABLE rows_of_a (n bigint);\n"
     "INSERT INTO a SELECT count(*), ${n} FROM a;\nINSERT INTO rows_of_a VALUES (${n});"},
    {"R__names.sql", "CREATE OR REPLACE VIEW names AS SELECT '${name}'::text AS name;"}};

inline void set_values(Target& target, const std::string& n, const std::string& name) {
  target.options.format.placeholders.values = {{"n", n}, {"name", name}};
}

inline std::string repeatable_state(Target& target) {
  return target.ask(
      "SELECT (SELECT string_agg(id || ':' || n, ',' ORDER BY id) FROM a) || ' ' || "
      "(SELECT string_agg(n::text, ',') FROM rows_of_a) || ' ' || (SELECT name FROM names) || ' ' "
      "|| (SELECT string_agg(version || '=' || kind || applied || '/' || total, ',' ORDER BY "
      "version) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL)");
}

inline void run_again_what_changed(Target& target) {
  set_values(target, "5", "first");
  const auto first = target.apply(kRepeatableFiles);
  ASSERT_EQ(first.status, Status::kApplied) << reason_of(first);
  EXPECT_EQ(shown(first.migrations), "1:1/1 R:names:1/1 R:rows:4/4");
  EXPECT_EQ(target.apply(kRepeatableFiles).status, Status::kUpToDate);
  set_values(target, "5", "second");
  const auto second = target.apply(kRepeatableFiles);
  ASSERT_EQ(second.status, Status::kApplied) << reason_of(second);
  EXPECT_EQ(shown(second.migrations), "R:names:1/1");
  set_values(target, "6", "second");
  EXPECT_EQ(shown_pending(target.status(kRepeatableFiles)), "R:rows:0/4");
  ASSERT_EQ(target.apply(kRepeatableFiles).status, Status::kApplied);
  EXPECT_EQ(repeatable_state(target),
            "0:5,1:6 6 second 1=versioned1/1,R:names=repeatable1/1,R:rows=repeatable4/4");
}

inline const Files kBaselineFileAndOthers = {
    {"V1__a.sql", "CREATE TABLE a (n bigint);"},
    {"V2__b.sql", "ALTER TABLE a ADD COLUMN m bigint;"},
    {"B2__all.sql", "CREATE TABLE a (n bigint, m bigint);\nINSERT INTO a VALUES (1, 2);"},
    {"V3__c.sql", "INSERT INTO a VALUES (3, 4);"}};

inline void begin_with_baseline_file(Target& target) {
  const auto report = target.apply(kBaselineFileAndOthers);
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(shown(report.migrations), "2:2/2 3:1/1");
  EXPECT_EQ(target.apply(kBaselineFileAndOthers).status, Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT string_agg(n || ':' || m, ',' ORDER BY n) FROM a"), "1:2,3:4");
}

}  // namespace engine
