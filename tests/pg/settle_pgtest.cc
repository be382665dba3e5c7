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

std::string indexes(PgTarget& target) {
  return target.ask(
      "SELECT string_agg(c.relname || ':' || i.indisvalid, ' ' ORDER BY c.relname) FROM pg_index i "
      "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'a'::regclass");
}

TEST(PgSettle, indexes_without_a_name_that_are_alike_are_each_built_once) {
  const Files files = {{"1_a.sql", "CREATE TABLE a (x text, y text);"},
                       {"2_b.sql",
                        "CREATE INDEX CONCURRENTLY ON a (lower(x));\n"
                        "CREATE INDEX CONCURRENTLY ON a (lower(y));"}};
  for (int fault = 0; fault < 4; ++fault) {
    PgTarget target;
    const auto report =
        apply_losing(target, files, lose("CONCURRENTLY", fault % 2 == 1, fault / 2));
    ASSERT_EQ(report.status, Status::kApplied) << fault << ": " << why(report);
    EXPECT_EQ(indexes(target), "a_lower_idx:true a_lower_idx1:true");
  }
}

TEST(PgSettle, index_without_a_name_whose_record_failed_is_found_by_the_next_run) {
  PgTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (x text);\nCREATE INDEX CONCURRENTLY ON a (x);\n"
                        "CREATE INDEX CONCURRENTLY ON a (x);"}};
  HookedDatabase database(target.settings());
  database.add({"CONCURRENTLY", true, 1,
                [&](auto&) { target.run("ALTER TABLE dsql_migrate.revisions RENAME TO away"); }});
  const auto failed = apply(database, make_directory(files), target.fresh_options(), {});
  ASSERT_EQ(failed.status, Status::kFailed);
  target.run("ALTER TABLE dsql_migrate.away RENAME TO revisions");
  EXPECT_EQ(target.ask("SELECT applied || ' ' || in_doubt || ' ' || job_ids FROM "
                       "dsql_migrate.revisions"),
            "2 3 3:=a_x_idx1");
  EXPECT_EQ(target.apply(files).status, Status::kApplied);
  EXPECT_EQ(indexes(target), "a_x_idx:true a_x_idx1:true");
}

TEST(PgSettle, invalid_index_that_a_failed_build_without_a_name_left_is_dropped) {
  PgTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n"
                        "CREATE UNIQUE INDEX CONCURRENTLY ON a (n);"}};
  for (int run = 0; run < 2; ++run) {
    const auto failed = target.apply(files);
    ASSERT_EQ(failed.status, Status::kFailed);
    EXPECT_EQ(failed.failure->sqlstate, "23505");
    EXPECT_NE(failed.failure->hint.find("\"public\".\"a_n_idx\""), std::string::npos)
        << failed.failure->hint;
    EXPECT_EQ(indexes(target), "a_n_idx:false");
  }
  target.run("DELETE FROM a");
  const auto fixed = target.apply(files);
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(indexes(target), "a_n_idx:true");
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
}

TEST(PgSettle, invalid_index_of_the_name_that_a_refused_statement_had_not_left_stays) {
  PgTarget target;
  const Files files = {
      {"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE UNIQUE INDEX CONCURRENTLY ON a (m);"}};
  ASSERT_EQ(target.apply(files).failure->sqlstate, "42703");
  EXPECT_EQ(target.ask("SELECT in_doubt || job_ids FROM dsql_migrate.revisions"), "0");
  target.run("ALTER TABLE a ADD m bigint DEFAULT 1");
  target.run("INSERT INTO a VALUES (1), (1)");
  EXPECT_THROW(target.run("CREATE UNIQUE INDEX CONCURRENTLY ON a (m)"), std::exception);
  target.run("DELETE FROM a");
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(indexes(target), "a_m_idx:false a_m_idx1:true") << "somebody else's is left alone";
}

TEST(PgSettle, statement_may_be_another_one_after_its_build_without_a_name_failed) {
  PgTarget target;
  const std::string begin = "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n";
  ASSERT_EQ(
      target.apply({{"1_a.sql", begin + "CREATE UNIQUE INDEX CONCURRENTLY ON a (n);"}}).status,
      Status::kFailed);
  const auto fixed = target.apply({{"1_a.sql", begin + "CREATE TABLE b (n bigint);"}});
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT job_ids FROM dsql_migrate.revisions"), "");
}

// In a flight, as one transaction with SET, and statement by statement.
TEST(PgSettle,
     invalid_index_that_if_not_exists_would_pass_over_stops_a_file_that_is_a_transaction) {
  for (const char* begin : {"", "SET search_path TO app;\n", "-- migrate:transaction none\n"}) {
    PgTarget target;
    target.run("CREATE SCHEMA app");
    const std::string schema = std::string(begin).starts_with("SET") ? "app." : "public.";
    target.run("CREATE TABLE " + schema + "a (n bigint)");
    target.run("INSERT INTO " + schema + "a VALUES (1), (1)");
    EXPECT_THROW(target.run("CREATE UNIQUE INDEX CONCURRENTLY a_n ON " + schema + "a (n)"),
                 std::exception);
    target.run("DELETE FROM " + schema + "a");
    const Files files = {
        {"1_a.sql", "CREATE TABLE public.b (n bigint);"},
        {"2_a.sql", begin + std::string("CREATE TABLE c (n bigint);\n"
                                        "CREATE UNIQUE INDEX IF NOT EXISTS a_n ON a (n);\n"
                                        "CREATE INDEX IF NOT EXISTS c_n ON c (n);")}};
    const auto failed = target.apply(files);
    ASSERT_EQ(failed.status, Status::kFailed) << begin;
    EXPECT_NE(failed.failure->message.find("a_n is there already and not valid"), std::string::npos)
        << failed.failure->message;
    EXPECT_NE(failed.failure->hint.find("DROP INDEX a_n"), std::string::npos)
        << failed.failure->hint;
    EXPECT_EQ(failed.failure->statement, "CREATE UNIQUE INDEX IF NOT EXISTS a_n ON a (n)");
    EXPECT_FALSE(failed.failure->in_doubt);
    target.run("DROP INDEX " + schema + "a_n");
    const auto fixed = target.apply(files);
    ASSERT_EQ(fixed.status, Status::kApplied) << begin << why(fixed);
    EXPECT_EQ(target.ask("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                         "WHERE c.relname IN ('a_n', 'c_n') AND i.indisvalid"),
              "2");
  }
}

TEST(PgSettle, index_of_a_partitioned_table_that_waits_for_its_partitions_is_not_in_the_way) {
  PgTarget target;
  const auto report = target.apply({{"1_a.sql",
                                     "CREATE TABLE p (n bigint) PARTITION BY RANGE (n);\n"
                                     "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);\n"
                                     "CREATE INDEX IF NOT EXISTS p_n ON ONLY p (n);"}});
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
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
