// Against the DSQL double: statement by statement, each with its record.
#include <thread>

#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

const Files kShop = {
    {"20260101_init.sql",
     "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);\n"
     "CREATE INDEX users_name ON users (name);\n"},
    {"20260102_seed.sql",
     "INSERT INTO users VALUES (1, 'a'), (2, 'b');\n"
     "SELECT count(*) FROM users;"},
};

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

TEST(DsqlApply, fresh_cluster_gets_ledger_and_files_and_a_second_run_does_nothing) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"job_delay": 0.5})");  // long enough to be waited for
  const auto first = target.apply(kShop);
  ASSERT_EQ(first.status, Status::kApplied) << why(first);
  EXPECT_EQ(shown(first.migrations), "20260101:2/2 20260102:2/2");
  EXPECT_EQ(first.current_version, "20260102");
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                       "'users_name'::regclass"),
            "t");
  const std::vector<std::string> events = {"connected", "lock acquired", "waiting for jobs",
                                           "migration applied", "migration applied"};
  EXPECT_EQ(target.events, events);

  const auto second = target.apply(kShop);
  EXPECT_EQ(second.status, Status::kUpToDate);
  EXPECT_EQ(second.already_applied, 2);
  EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "2");
}

TEST(DsqlApply, status_and_plan_create_nothing) {
  DsqlTarget target;
  const auto status = target.status(kShop);
  EXPECT_EQ(status.status, Status::kPending);
  EXPECT_EQ(status.pending.size(), 2u);
  PgDatabase database(target.settings());
  const auto planned = plan(database, make_directory(kShop), target.fresh_options(), {});
  EXPECT_EQ(planned.status, Status::kPlanned);
  EXPECT_EQ(planned.plan->statement_count(), 4);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_migrate'"), "0");
}

TEST(DsqlApply, failed_statement_is_recorded_and_the_run_resumes_after_the_edit) {
  DsqlTarget target;
  const auto failed = target.apply({{"1_a.sql",
                                     "CREATE TABLE a (id bigint PRIMARY KEY);\n"
                                     "INSERT INTO a VALUES (1);\n"
                                     "INSERT INTO a\n  VALUES (nosuch);\n"
                                     "CREATE TABLE b (id bigint PRIMARY KEY);"}});
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->code, "statement-failed");
  EXPECT_EQ(failed.failure->sqlstate, "42703");
  EXPECT_EQ(failed.failure->file, "1_a.sql");
  EXPECT_EQ(failed.failure->line, 4);
  EXPECT_EQ(failed.failure->column, 11);
  EXPECT_EQ(failed.failure->statement_number, 3);
  EXPECT_FALSE(failed.failure->in_doubt);
  EXPECT_EQ(shown(failed.migrations), "1:2/4!");
  ASSERT_EQ(failed.pending.size(), 1u);
  EXPECT_EQ(failed.pending[0].applied, 2);
  EXPECT_EQ(target.ask("SELECT applied || '/' || total || ' ' || error_sqlstate || ' ' || "
                       "in_doubt FROM dsql_migrate.revisions"),
            "2/4 42703 0");

  const Files fixed = {{"1_a.sql",
                        "CREATE TABLE a (id bigint PRIMARY KEY);\nINSERT INTO a VALUES (1);\n"
                        "INSERT INTO a VALUES (2);\nCREATE TABLE b (id bigint PRIMARY KEY);"}};
  EXPECT_EQ(target.status(fixed).status, Status::kFailed);
  const auto resumed = target.apply(fixed);
  ASSERT_EQ(resumed.status, Status::kApplied) << why(resumed);
  EXPECT_EQ(shown(resumed.migrations), "1:2/4");
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "2");
  EXPECT_EQ(target.ask("SELECT error IS NULL FROM dsql_migrate.revisions"), "t");
  EXPECT_EQ(target.status(fixed).status, Status::kUpToDate);
}

TEST(DsqlApply, rows_change_once_when_the_answer_to_commit_is_lost) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                        "UPDATE a SET n = n + 1;\nUPDATE a SET n = n * 10;"}};
  for (const char* kind : {"cut_after", "cut_before", "unavailable_after", "unavailable"}) {
    target.control("POST", "/reset");
    for (int skip = 0; skip < 5; ++skip) {
      target.fault(R"({"kind": ")" + std::string(kind) + R"(", "match": "commit", "skip": )" +
                   std::to_string(skip) + "}");
    }
    const auto report = target.apply(files);
    ASSERT_EQ(report.status, Status::kApplied) << kind << ": " << why(report);
    EXPECT_EQ(target.ask("SELECT string_agg(n::text, ',') FROM a"), "20") << kind;
    EXPECT_GE(report.retries, 3) << kind;
  }
}

TEST(DsqlApply, conflicts_are_tried_again) {
  DsqlTarget target;
  target.fault(R"({"kind": "oc000", "times": null, "probability": 0.3, "seed": 7})");
  target.fault(R"({"kind": "oc001", "times": null, "probability": 0.1, "seed": 8})");
  const auto report = target.apply({{"1_a.sql",
                                     "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                                     "ALTER TABLE a ADD COLUMN m text;\nUPDATE a SET n = n + 1;"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_GT(report.retries, 0);
  target.control("DELETE", "/faults");
  EXPECT_EQ(target.ask("SELECT string_agg(n::text, ',') FROM a"), "2");
}

TEST(DsqlApply, conflict_is_told_by_its_code_and_not_by_its_message) {
  DsqlTarget target;
  const auto report = target.apply({{"1_a.sql",
                                     "CREATE TABLE a (code text PRIMARY KEY);\n"
                                     "INSERT INTO a VALUES ('OC001'), ('OC001');"}});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "23505");
  EXPECT_NE(report.failure->detail.find("OC001"), std::string::npos);
  EXPECT_EQ(report.retries, 0);
}

TEST(DsqlApply, budget_ends_between_statements_and_the_next_run_goes_on) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nCREATE TABLE b (n bigint);\n"
                        "CREATE TABLE c (n bigint);"},
                       {"2_d.sql", "CREATE TABLE d (n bigint);"}};
  auto options = target.fresh_options();
  auto now = std::chrono::steady_clock::now();
  options.clock.now = [&now] { return now; };
  options.deadline = now + 60s;
  options.flight = 1;
  HookedDatabase database(target.settings());
  database.add({"CREATE TABLE b", true, 0, [&now](auto&) { now += 51s; }});
  const auto first = apply(database, make_directory(files), options, {});
  ASSERT_EQ(first.status, Status::kContinue) << why(first);
  EXPECT_EQ(shown(first.migrations), "1:2/3!");
  ASSERT_EQ(first.pending.size(), 2u);
  EXPECT_EQ(first.pending[0].applied, 2);
  EXPECT_EQ(target.ask("SELECT applied || ' ' || in_doubt FROM dsql_migrate.revisions"), "2 0");
  EXPECT_EQ(target.status(files).status, Status::kPending);

  const auto second = target.apply(files);
  ASSERT_EQ(second.status, Status::kApplied) << why(second);
  EXPECT_EQ(shown(second.migrations), "1:1/3 2:1/1");
}

TEST(DsqlApply, settings_of_a_file_are_made_again_after_a_reconnect_and_a_resume) {
  for (const std::string set : {"SET search_path TO app;\n",
                                "SELECT pg_catalog.set_config('search_path', 'app', false);\n"}) {
    DsqlTarget target;
    target.run("CREATE SCHEMA app");
    Files files = {{"1_a.sql", set + "CREATE TABLE a (n bigint);\nCREATE TABLE b (n bigint);\n"
                                     "CREATE TABLE c (n nosuchtype);"},
                   {"2_b.sql", "CREATE TABLE d (n bigint);"}};
    target.fault(R"({"kind": "cut_before", "match": "create table b"})");
    EXPECT_EQ(target.apply(files).status, Status::kFailed);
    files[0].second = set +
                      "CREATE TABLE a (n bigint);\nCREATE TABLE b (n bigint);\n"
                      "CREATE TABLE c (n bigint);";
    const auto report = target.apply(files);
    ASSERT_EQ(report.status, Status::kApplied) << why(report);
    EXPECT_EQ(
        target.ask("SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY tablename) "
                   "FROM pg_tables WHERE schemaname IN ('app', 'public')"),
        "app.a app.b app.c public.d");
  }
}

TEST(DsqlApply, change_of_role_is_refused_before_anything_runs) {
  DsqlTarget target;
  const auto report = target.apply(
      {{"1_a.sql", "CREATE TABLE a (n bigint);"},
       {"2_b.sql", "CREATE TABLE b (n bigint);\nSET ROLE app;\nCREATE TABLE c (n bigint);"}});
  ASSERT_EQ(report.status, Status::kInvalid);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].code, "set-role");
  EXPECT_EQ(report.problems[0].line, 2);
  EXPECT_NE(report.problems[0].hint.find("OWNER TO"), std::string::npos);
  EXPECT_EQ(target.ask("SELECT to_regclass('a')"), "NULL");
}

TEST(DsqlApply, two_at_once_and_one_is_locked_out) {
  DsqlTarget target;
  RunReport other;
  HookedDatabase database(target.settings());
  database.add({"CREATE INDEX", false, 0, [&](auto&) {
                  auto options = target.fresh_options();
                  options.owner = "the other";
                  other = target.apply(kShop, options);
                }});
  auto options = target.fresh_options();
  options.owner = "the first";
  const auto report = apply(database, make_directory(kShop), options, {});
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
  ASSERT_EQ(other.status, Status::kLocked) << why(other);
  EXPECT_EQ(other.lock->owner, "the first");
  EXPECT_EQ(other.lock->since.size(), std::string("2026-11-21T03:04:05.678Z").size());
  EXPECT_EQ(other.pending.size(), 2u);
}

TEST(DsqlApply, six_at_once_apply_each_statement_once) {
  DsqlTarget target;
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);"},
                       {"2_b.sql", "UPDATE a SET n = n + 1;"}};
  std::vector<RunReport> reports(6);
  std::vector<std::thread> threads;
  for (auto& report : reports) {
    threads.emplace_back([&] {
      PgDatabase database(target.settings());
      auto options = target.fresh_options();
      options.lock_timeout = 20s;
      report = apply(database, make_directory(files), options, {});
    });
  }
  for (auto& thread : threads) thread.join();
  int applied = 0;
  for (const auto& report : reports) {
    EXPECT_TRUE(report.status == Status::kApplied || report.status == Status::kUpToDate)
        << to_string(report.status) << " " << why(report);
    if (report.status == Status::kApplied) ++applied;
  }
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(target.ask("SELECT string_agg(n::text, ',') FROM a"), "2");
}

TEST(DsqlApply, lease_of_a_dead_owner_is_taken_over_and_the_dead_one_cannot_write) {
  DsqlTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                        "UPDATE a SET n = n + 1;\nCREATE TABLE z (n bigint);"}};
  RunReport heir;
  HookedDatabase database(target.settings());
  // The first owner sleeps past its lease, the transaction of its third statement on its way.
  database.add({"UPDATE \"dsql_migrate\".lock SET expires_at", false, 2, [&](auto&) {
                  target.run("UPDATE dsql_migrate.lock SET expires_at = now() - interval '1 s'");
                  auto options = target.fresh_options();
                  options.owner = "heir";
                  heir = target.apply(files, options);
                }});
  const auto report = apply(database, make_directory(files), target.fresh_options(), {});
  ASSERT_EQ(heir.status, Status::kApplied) << why(heir);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "lease-lost");
  EXPECT_EQ(target.ask("SELECT string_agg(n::text, ',') FROM a"), "2");
  EXPECT_EQ(database.sent().back(), "ROLLBACK");
  EXPECT_EQ(target.ask("SELECT fencing || owner FROM dsql_migrate.lock"), "2");
}

TEST(DsqlApply, ledger_tables_are_looked_for_before_they_are_created) {
  DsqlTarget target;
  target.run("CREATE SCHEMA dsql_migrate");
  target.control("POST", "/settings", R"({"schemas": 1})");
  const auto report = target.apply(kShop);
  target.control("POST", "/settings", R"({"schemas": 10})");
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
}

}  // namespace
}  // namespace engine
