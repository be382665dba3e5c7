// Runs against PostgreSQL that lose an answer, or the connection with what only it had.
#include <utility>

#include "engine/error.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

HookedDatabase::Hook lose(const std::string& match, bool after, int skip = 0) {
  return {match, after, skip, [](HookedDatabase& hooked) {
            hooked.inner().close();
            throw Error(ErrorKind::kConnectionLost, "the connection was lost");
          }};
}

RunReport apply_losing(PgTarget& target, const Files& files, const HookedDatabase::Hook& hook) {
  HookedDatabase database(target.settings());
  database.add(hook);
  return apply(database, make_directory(files), target.fresh_options(), {});
}

TEST(PgSettle, index_built_or_dropped_concurrently_is_so_once) {
  for (int fault = 0; fault < 6; ++fault) {
    PgTarget target;
    const auto report =
        apply_losing(target,
                     {{"1_a.sql",
                       "CREATE TABLE a (n bigint);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n"
                       "DROP INDEX CONCURRENTLY a_n;\nCREATE INDEX CONCURRENTLY ON a (n);"}},
                     lose("CONCURRENTLY", fault % 2 == 1, fault / 2));
    ASSERT_EQ(report.status, Status::kApplied) << fault << ": " << why(report);
    EXPECT_EQ(target.ask("SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',') FROM "
                         "pg_index WHERE indrelid = 'a'::regclass"),
              "a_n_idx true");
  }
}

const Files kTemporary = {{"1_a.sql",
                           "CREATE TABLE a (n bigint);\nCREATE TEMP TABLE t AS SELECT 1 AS n;\n"
                           "CREATE INDEX CONCURRENTLY a_n ON a (n);\nINSERT INTO a TABLE t;"}};

TEST(PgSettle, temporary_table_lasts_while_the_connection_does) {
  PgTarget target;
  const auto report = target.apply(kTemporary);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT n FROM a"), "1");
}

TEST(PgSettle, file_that_lost_its_temporary_table_stops_and_says_so) {
  for (const char* at : {"CREATE TEMP", "CREATE INDEX", "INSERT INTO a"}) {
    for (const bool after : {false, true}) {
      PgTarget target;
      target.run("CREATE TABLE t (n bigint)");
      target.run("INSERT INTO t VALUES (2)");
      const auto report = apply_losing(target, kTemporary, lose(at, after));
      if (std::string(at) == "CREATE TEMP") {
        ASSERT_EQ(report.status, Status::kApplied) << "rolled back and made again";
        continue;
      }
      ASSERT_EQ(report.status, Status::kFailed) << at;
      EXPECT_NE(report.failure->message.find("temporary table \"t\""), std::string::npos)
          << why(report);
      EXPECT_FALSE(report.failure->in_doubt);
      EXPECT_EQ(target.ask("SELECT in_doubt FROM dsql_migrate.revisions"), "0");
      EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "0") << "of the other t";
    }
  }
}

TEST(PgSettle, record_of_a_temporary_table_that_landed_does_not_bring_it_back) {
  PgTarget target;
  HookedDatabase database(target.settings());
  bool made = false;
  database.add({"CREATE TEMP", true, 0, [&](HookedDatabase&) { made = true; }});
  for (int commit = 0; commit < 9; ++commit) {
    database.add({"COMMIT", true, commit, [&](HookedDatabase& hooked) {
                    if (std::exchange(made, false)) lose("", true).action(hooked);
                  }});
  }
  const auto report = apply(database, make_directory(kTemporary), target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->statement_number, 3) << why(report);
  EXPECT_EQ(target.ask("SELECT applied FROM dsql_migrate.revisions"), "2");
}

TEST(PgSettle, later_run_needs_the_temporary_table_made_again) {
  PgTarget target;
  Files files = kTemporary;
  files[0].second += "\nSELECT nosuch;";
  ASSERT_EQ(apply_losing(target, files, lose("INSERT INTO a", false)).status, Status::kFailed);
  const auto again = target.apply(files);
  ASSERT_EQ(again.status, Status::kFailed);
  EXPECT_EQ(again.failure->statement_number, 4);
  EXPECT_NE(again.failure->hint.find("Make it again"), std::string::npos) << again.failure->hint;
  auto& text = files[0].second;
  text.insert(text.find("INSERT"), "CREATE TEMP TABLE t AS SELECT 3 AS n;\n");
  text.erase(text.find("\nSELECT nosuch"));
  const auto fixed = target.apply(files);
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT n FROM a"), "3");
}

}  // namespace
}  // namespace engine
