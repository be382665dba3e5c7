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
  cut(target, "after", "create index async a_m_idx on a");
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

std::string indexes(DsqlTarget& target) {
  return target.ask(
      "SELECT string_agg(c.relname || ':' || i.indisvalid, ' ' ORDER BY c.relname) FROM pg_index i "
      "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'a'::regclass");
}

TEST(DsqlSettle, indexes_without_a_name_that_are_alike_are_each_built_once) {
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (x text, y text);\nCREATE INDEX ON a (lower(x));\n"
                        "CREATE INDEX ON a (lower(y));\nCREATE INDEX ON a (x) WHERE y = 'a';\n"
                        "CREATE INDEX ON a (x) WHERE y = 'b';"}};
  for (const char* moment : {"before", "after"}) {
    for (const char* name : {"a_lower_idx ", "a_lower_idx1 ", "a_x_idx ", "a_x_idx1 "}) {
      DsqlTarget target;
      cut(target, moment, std::string("create index async ") + name);
      const auto report = target.apply(files);
      ASSERT_EQ(report.status, Status::kApplied) << moment << name << why(report);
      EXPECT_EQ(report.retries, 1);
      EXPECT_EQ(indexes(target), "a_lower_idx:true a_lower_idx1:true a_x_idx:true a_x_idx1:true");
      EXPECT_EQ(target.ask("SELECT count(*) FROM sys.jobs WHERE job_type = 'INDEX_BUILD'"), "4");
    }
  }
}

TEST(DsqlSettle, older_index_of_the_name_and_shape_is_not_taken_for_one_without_a_name) {
  for (const char* moment : {"before", "after"}) {
    DsqlTarget target;
    target.run("CREATE TABLE a (x text)");
    target.run("CREATE INDEX ASYNC ON a (x)");
    while (target.ask("SELECT count(*) FROM sys.jobs WHERE status = 'completed'") == "0") {
    }
    cut(target, moment, "create index async a_x_idx1 ");
    const auto report = target.apply({{"1_a.sql", "CREATE INDEX ON a (x);"}});
    ASSERT_EQ(report.status, Status::kApplied) << moment << ": " << why(report);
    EXPECT_EQ(indexes(target), "a_x_idx:true a_x_idx1:true");
  }
}

TEST(DsqlSettle, index_without_a_name_that_the_first_request_makes_after_all_is_built_once) {
  DsqlTarget target;
  HookedDatabase database(target.settings());
  database.add({"CREATE INDEX ASYNC", false, 1,
                [&](auto&) { target.run("CREATE INDEX ASYNC a_n_idx ON a (n)"); }});
  cut(target, "before", "create index async");
  const auto report = apply(
      database, make_directory({{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX ON a (n);"}}),
      target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(indexes(target), "a_n_idx:true");
}

TEST(DsqlSettle, name_that_was_chosen_for_an_index_and_taken_since_is_not_used) {
  DsqlTarget target;
  HookedDatabase database(target.settings());
  database.add({"CREATE INDEX ASYNC", false, 0,
                [&](auto&) { target.run("CREATE TABLE a_n_idx (other text)"); }});
  const auto report = apply(
      database, make_directory({{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX ON a (n);"}}),
      target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(indexes(target), "a_n_idx1:true");
}

// As another tool, or a release before this one, leaves it: without the name.
TEST(DsqlSettle, index_in_doubt_whose_name_is_not_known_stops_the_run_when_one_is_alike) {
  DsqlTarget target;
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX ON a (n);"}};
  ASSERT_EQ(target.apply(files).status, Status::kApplied);
  target.run("UPDATE dsql_migrate.revisions SET applied = 1, in_doubt = 2, finished_at = NULL");
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_EQ(target.repair(files, {"1", 2, RepairRequest::Outcome::kDone}).status,
            Status::kRepaired);
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
  target.run("DROP INDEX a_n_idx");
  target.run("UPDATE dsql_migrate.revisions SET applied = 1, in_doubt = 2, finished_at = NULL");
  EXPECT_EQ(target.apply(files).status, Status::kApplied) << "none is alike";
  EXPECT_EQ(indexes(target), "a_n_idx:true");
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
