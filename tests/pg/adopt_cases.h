// Histories as the four tools write them, adopted on either server. The tools themselves:
// tests/peers.
#pragma once

#include "engine/adoption.h"
#include "engine/flyway_checksum.h"
#include "tests/pg/baseline_cases.h"

namespace engine {

inline RunReport adopt(Target& target, const Files& files, const AdoptRequest& request = {}) {
  PgDatabase database(target.settings());
  auto source = make_directory(files);
  return adopt(database, source, request, target.fresh_options(), target.observe());
}

inline AdoptRequest accepting(std::vector<std::string> accept) {
  AdoptRequest request;
  request.accept = std::move(accept);
  return request;
}

inline void make_aurora_history(Target& target) {
  target.run(
      "CREATE TABLE aurora_schema_revisions (id TEXT PRIMARY KEY, description TEXT NOT NULL, total "
      "INT NOT NULL DEFAULT 0, count INT NOT NULL DEFAULT 0, error TEXT, error_stmt TEXT, "
      "executed_at TIMESTAMPTZ NOT NULL, execution_time BIGINT NOT NULL DEFAULT 0)");
  target.run(
      "INSERT INTO aurora_schema_revisions VALUES ('1', 'a', 3, 3, NULL, NULL, "
      "'2026-01-02 03:04:05.678+00', 7000000), ('2', 'b', 2, 2, NULL, NULL, now(), 1)");
}

// Adopted, then finished; the second adoption finds nothing to do.
inline void adopt_and_go_on(Target& target, const Files& files, const AdoptRequest& request = {}) {
  ASSERT_EQ(target.apply(files).problems.at(0).code, "foreign-history");
  const auto report = adopt(target, files, request);
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(report.adopted->marked, 2);
  const auto again = adopt(target, files, request);
  EXPECT_EQ(again.status, Status::kUpToDate) << reason_of(again);
  const auto later = target.apply(files);
  ASSERT_EQ(later.status, Status::kApplied) << reason_of(later);
  EXPECT_EQ(later.migrations.size(), 1u);
  EXPECT_EQ(adopt(target, files, request).status, Status::kUpToDate);
}

inline void adopt_aurora(Target& target) {
  make_aurora_history(target);
  adopt_and_go_on(target, kBaselineFiles);
  EXPECT_EQ(target.ask("SELECT applied_by || ' ' || execution_ms || ' ' || (finished_at = "
                       "'2026-01-02 03:04:05.678+00') FROM dsql_migrate.revisions WHERE version = "
                       "'1'"),
            "aurora 7 true");
  EXPECT_EQ(target.ask("SELECT count(*) FROM aurora_schema_revisions"), "2") << "left as it is";
}

// aurora stopped behind the first statement of 3; whether the second was done only the catalog
// says.
inline void adopt_half_applied(Target& target, bool done) {
  make_aurora_history(target);
  const Files files = {kBaselineFiles[0],
                       kBaselineFiles[1],
                       {"3_c.sql",
                        "-- first; this\nCREATE TABLE c (n bigint);\nCREATE TABLE d (n bigint);\n"
                        "INSERT INTO c VALUES (1);\n"}};
  target.run(
      "INSERT INTO aurora_schema_revisions VALUES ('3', 'c', 5, 2, 'ERROR: x (SQLSTATE 42P07)', "
      "'CREATE', now(), 1)");
  target.run("CREATE TABLE a (n bigint)");
  target.run("CREATE TABLE c (n bigint)");
  if (done) target.run("CREATE TABLE d (n bigint)");
  const auto report = adopt(target, files);
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(shown_pending(report), "3:1/3");
  EXPECT_EQ(report.adopted->marked, 2);
  ASSERT_EQ(report.adopted->partial.size(), 1u);
  EXPECT_EQ(report.adopted->partial[0].applied, 1);
  EXPECT_EQ(report.adopted->partial[0].total, 3);
  const auto later = target.apply(files);
  ASSERT_EQ(later.status, Status::kApplied) << reason_of(later);
  EXPECT_EQ(target.ask("SELECT count(*) FROM c"), "1");
  EXPECT_EQ(target.ask("SELECT count(*) FROM d"), "0");
  EXPECT_EQ(adopt(target, files).status, Status::kUpToDate);
}

// Nobody but the user can say whether an INSERT was done that aurora has not counted.
inline void adopt_an_insert_in_doubt(Target& target) {
  make_aurora_history(target);
  auto files = kBaselineFiles;
  files[2].second = "CREATE TABLE c (n bigint);\nINSERT INTO c VALUES (1);\n";
  target.run("INSERT INTO aurora_schema_revisions VALUES ('3', 'c', 3, 1, NULL, NULL, now(), 1)");
  target.run("CREATE TABLE c (n bigint)");
  ASSERT_EQ(adopt(target, files).status, Status::kAdopted);
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kFailed) << reason_of(report);
  EXPECT_TRUE(report.failure->in_doubt) << reason_of(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM c"), "0");
  EXPECT_EQ(target.apply(files).failure->statement_number, 2) << "as long as it is";
  ASSERT_EQ(target.repair(files, {"3", 2, RepairRequest::Outcome::kNotDone}).status,
            Status::kRepaired);
  EXPECT_EQ(target.apply(files).status, Status::kApplied);
  EXPECT_EQ(target.ask("SELECT count(*) FROM c"), "1");
}

// `rows`: rank, version, description, type, script, checksum, installed_by, execution_time,
// success.
inline void make_flyway_history(Target& target, const std::vector<std::string>& rows) {
  target.run(
      "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version "
      "VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script "
      "VARCHAR(1000) NOT NULL, checksum INTEGER, installed_by VARCHAR(100) NOT NULL, installed_on "
      "TIMESTAMP NOT NULL DEFAULT now(), execution_time INTEGER NOT NULL, success BOOLEAN NOT "
      "NULL)");
  for (const auto& row : rows) {
    target.run(
        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, "
        "checksum, installed_by, execution_time, success) VALUES (" +
        row + ")");
  }
}

inline void adopt_flyway(Target& target) {
  const Files files = {{"V1__a.sql", "CREATE TABLE a (n bigint);"},
                       {"V1.5__b_c.sql", "CREATE TABLE b (n bigint);"},
                       {"V2__c.sql", "CREATE TABLE c (n bigint);"}};
  const auto crc = [&](std::size_t file) {
    return std::to_string(flyway_checksum(files[file].second));
  };
  make_flyway_history(
      target, {"-100, 'af3', 'flyway-lock', '', '', 0, 'me', 0, true",
               "0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"s\"', NULL, 'me', 0, true",
               "1, '1.0', 'a', 'SQL', 'V1__a.sql', " + crc(0) + ", 'me', 5, true",
               "2, '1.5', 'b c', 'SQL', 'V1.5__b_c.sql', " + crc(1) + ", 'me', 5, true"});
  adopt_and_go_on(target, files);
  EXPECT_EQ(
      target.ask("SELECT string_agg(version || ' ' || kind || ' ' || applied_by, ', ' ORDER BY "
                 "version) FROM dsql_migrate.revisions WHERE kind = 'adopted'"),
      "1 adopted Flyway (me), 1.5 adopted Flyway (me)");
}

inline void make_atlas_history(Target& target, const std::vector<std::string>& rows) {
  target.run(
      "CREATE TABLE atlas_schema_revisions (version varchar PRIMARY KEY, description varchar NOT "
      "NULL, type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT "
      "NULL DEFAULT 0, executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error "
      "text, error_stmt text, hash varchar NOT NULL, partial_hashes text, operator_version varchar "
      "NOT NULL)");
  for (const auto& row : rows) {
    target.run("INSERT INTO atlas_schema_revisions VALUES (" + row + ", 'Atlas CLI v1')");
  }
}

inline void adopt_atlas(Target& target) {
  make_atlas_history(target,
                     {"'.atlas_cloud_identifier', 'u', 2, 0, 0, now(), 0, NULL, NULL, '', NULL",
                      "'1', 'a', 2, 1, 1, now(), 0, NULL, NULL, "
                      "'e72Wd39UNYY4sGrVkNYkCs4GRrWBQ0ASXh73rS+WpU4=', NULL",
                      "'2', 'b', 2, 1, 1, now(), 0, NULL, NULL, "
                      "'LYBzMWp8I1J0wb5WVXG/rhd1DXb0uUx/zp1eAIICVlY=', NULL"});
  adopt_and_go_on(target, {{"1_a.sql", "CREATE TABLE a (id int);\n"},
                           {"2_b.sql", "CREATE TABLE b (id int);\n"},
                           {"3_c.sql", "CREATE TABLE c (id int);\n"}});
}

inline void adopt_sequelize(Target& target) {
  target.run("CREATE TABLE \"SequelizeMeta\" (name VARCHAR(255) NOT NULL PRIMARY KEY)");
  target.run("INSERT INTO \"SequelizeMeta\" VALUES ('20240101-first.js')");
  adopt_and_go_on(target, {{"20240101-first.js", ""},
                           {"20240202-second.js", ""},
                           {"resources/v1/1_a.sql", "CREATE TABLE a (n bigint);"},
                           {"resources/v1/2_b.sql", "CREATE TABLE b (n bigint);"},
                           {"resources/v2/1_c.sql", "CREATE TABLE c (n bigint);"}});
}

}  // namespace engine
