// Runs against the DSQL double that lose an answer: what is there decides, and what is not the
// statement's own is left alone.
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

void cut(const DsqlTarget& target, const std::string& moment, const std::string& match) {
  target.fault(R"({"kind": "cut_)" + moment + R"(", "match": ")" + match + "\"}");
}

std::string ledger(DsqlTarget& target) {
  return target.ask("SELECT applied || ' ' || in_doubt FROM dsql_migrate.revisions");
}

TEST(DsqlSettle, older_table_of_another_shape_stops_the_run) {
  DsqlTarget target;
  target.run("CREATE TABLE b (other text)");
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE TABLE b (n bigint);"}};
  cut(target, "before", "create table b");
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kFailed) << why(report);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_EQ(report.failure->line, 2);
  EXPECT_EQ(ledger(target), "1 2");
  EXPECT_EQ(target.apply(files).failure->code, "statement-in-doubt") << "still nobody knows";
  target.run("DROP TABLE b");
  const auto later = target.apply(files);
  EXPECT_EQ(later.status, Status::kApplied) << why(later);
}

TEST(DsqlSettle, rename_is_done_once_whether_request_or_answer_is_lost) {
  for (const char* moment : {"before", "after"}) {
    DsqlTarget target;
    cut(target, moment, "rename to");
    cut(target, moment, "rename column");
    const auto report = target.apply({{"1_a.sql",
                                       "CREATE TABLE a (n bigint);\nALTER TABLE a RENAME TO b;\n"
                                       "ALTER TABLE b RENAME COLUMN n TO m;"}});
    ASSERT_EQ(report.status, Status::kApplied) << moment << ": " << why(report);
    EXPECT_EQ(report.retries, 2);
    EXPECT_EQ(target.ask("SELECT string_agg(attrelid::regclass || '.' || attname, ' ') FROM "
                         "pg_attribute WHERE attrelid IN (to_regclass('a'), to_regclass('b')) "
                         "AND attnum > 0"),
              "b.m");
  }
}

TEST(DsqlSettle, rename_whose_names_are_both_there_stops_the_run) {
  DsqlTarget target;
  HookedDatabase database(target.settings());
  database.add(
      {"RENAME TO", false, 0, [&](HookedDatabase&) { target.run("CREATE TABLE b (n bigint)"); }});
  cut(target, "before", "rename to");
  const auto report =
      apply(database,
            make_directory({{"1_a.sql", "CREATE TABLE a (n bigint);\nALTER TABLE a RENAME TO b;"}}),
            target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
}

TEST(DsqlSettle, drop_does_not_hit_the_next_table_of_the_name_in_search_path) {
  DsqlTarget target;
  target.run("CREATE SCHEMA app");
  HookedDatabase database(target.settings());
  database.add(
      {"DROP TABLE", false, 0, [&](auto&) { target.run("CREATE TABLE public.a (n bigint)"); }});
  cut(target, "after", "drop table a");
  const auto report = apply(database,
                            make_directory({{"1_a.sql",
                                             "SET search_path TO app, public;\n"
                                             "CREATE TABLE a (n bigint);\nDROP TABLE a;"}}),
                            target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt") << why(report);
  EXPECT_EQ(target.ask("SELECT to_regclass('public.a')"), "a");
  EXPECT_EQ(target.ask("SELECT to_regclass('app.a')"), "NULL");
}

TEST(DsqlSettle, question_is_asked_with_the_settings_of_the_file) {
  for (const char* moment : {"before", "after"}) {
    DsqlTarget target;
    target.run("CREATE SCHEMA app");
    target.run("CREATE TABLE public.b (other text)");
    const Files files = {{"1_a.sql",
                          "SET search_path TO app, public;\nCREATE TABLE a (n bigint);\n"
                          "CREATE TABLE b (n bigint);"}};
    cut(target, moment, "create table b");
    const auto report = target.apply(files);
    ASSERT_EQ(report.status, Status::kApplied) << moment << ": " << why(report);
    EXPECT_EQ(target.ask("SELECT to_regclass('app.b')"), "app.b");
  }
}

TEST(DsqlSettle, index_whose_job_still_builds_is_waited_for) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_delay": 1.0})");
  cut(target, "after", "create index async a_n");
  cut(target, "after", "create index async on a");
  const auto report =
      target.apply({{"1_a.sql",
                     "CREATE TABLE a (n bigint, m bigint);\nCREATE INDEX a_n ON a (n);\n"
                     "CREATE INDEX ON a (m);"}});
  target.control("POST", "/settings", R"({"job_delay": 0})");
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs WHERE job_type = 'INDEX_BUILD'"), "2");
  EXPECT_EQ(target.ask("SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY "
                       "indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'a'::regclass "
                       "AND indisvalid"),
            "a_m_idx a_n");
}

// The first request was cut off, and is executed between the question and the second one.
TEST(DsqlSettle, index_that_the_first_request_makes_after_all_is_waited_for) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_delay": 0.3})");
  HookedDatabase database(target.settings());
  database.add({"CREATE UNIQUE INDEX", false, 1,
                [&](auto&) { target.run("CREATE UNIQUE INDEX ASYNC a_n ON a (n)"); }});
  cut(target, "before", "create unique index");
  const auto report = apply(
      database,
      make_directory(
          {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE UNIQUE INDEX ASYNC a_n ON a (n);"}}),
      target.fresh_options(), {});
  target.control("POST", "/settings", R"({"job_delay": 0})");
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs WHERE job_type = 'INDEX_BUILD'"), "1");
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
}

}  // namespace
}  // namespace engine
