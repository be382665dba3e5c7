// The plain target: a file is one transaction with its ledger row.
#include <unistd.h>

#include <algorithm>

#include "engine/error.h"
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

TEST(PgApply, fresh_database_gets_ledger_and_files_and_a_second_run_does_nothing) {
  PgTarget target;
  const auto first = target.apply(kShop);
  ASSERT_EQ(first.status, Status::kApplied) << why(first);
  EXPECT_EQ(shown(first.migrations), "20260101:2/2 20260102:2/2");
  EXPECT_EQ(first.current_version, "20260102");
  EXPECT_TRUE(first.pending.empty());

  const auto second = target.apply(kShop);
  EXPECT_EQ(second.status, Status::kUpToDate);
  EXPECT_EQ(second.statements_applied, 0);
  EXPECT_EQ(second.already_applied, 2);
  EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "2");
  EXPECT_EQ(target.ask("SELECT fencing FROM dsql_migrate.lock"), "1");
}

TEST(PgApply, run_with_nothing_to_do_asks_once_after_connecting) {
  PgTarget target;
  target.apply(kShop);
  HookedDatabase database(target.settings());
  apply(database, make_directory(kShop), target.fresh_options(), {});
  EXPECT_EQ(database.sent().size(), 1u);
}

TEST(PgApply, failure_rolls_the_file_back_and_is_recorded) {
  PgTarget target;
  Files files = kShop;
  files[1].second = "INSERT INTO users VALUES (1, 'a');\nINSERT INTO\n  users VALUES (1, 'again');";
  const auto failed = target.apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->sqlstate, "23505");
  EXPECT_EQ(failed.failure->line, 2);
  EXPECT_EQ(failed.failure->column, 1);
  EXPECT_EQ(failed.failure->statement_number, 2);
  EXPECT_EQ(failed.failure->statement, "INSERT INTO");
  EXPECT_EQ(failed.failure->detail, "Key (id)=(1) already exists.");
  EXPECT_EQ(failed.failure->hint,
            "Correct the file and run again; nothing of this file was applied");
  EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "0");
  EXPECT_EQ(target.ask("SELECT applied || ' ' || error_sqlstate FROM dsql_migrate.revisions "
                       "WHERE version = '20260102'"),
            "0 23505");
  const auto fixed = target.apply(kShop);
  EXPECT_EQ(fixed.status, Status::kApplied) << why(fixed);
}

constexpr int kLedgerCommits = 4;  // schema, tables, the lock's row

TEST(PgApply, file_is_applied_once_when_the_session_dies_around_commit) {
  for (const bool after : {false, true}) {
    PgTarget target;
    HookedDatabase database(target.settings());
    database.add({"COMMIT", after, kLedgerCommits + 1, [&](HookedDatabase& hooked) {
                    target.run(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE application_name = 'dsql-migrate' AND "
                        "datname = current_database() AND pid <> pg_backend_pid()");
                    if (after) hooked.inner().close();
                    if (after) throw Error(ErrorKind::kConnectionLost, "the answer was lost");
                  }});
    const auto report = apply(database, make_directory(kShop), target.fresh_options(), {});
    ASSERT_EQ(report.status, Status::kApplied) << why(report);
    EXPECT_GE(report.retries, 1);
    EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "2");
  }
}

// "CREATE TABLE t<n>" and a row in it, in a file each.
Files make_tables(int count) {
  Files files;
  for (int i = 1; i <= count; ++i) {
    const auto n = std::to_string(1000 + i);
    files.emplace_back(n + "_t.sql", "CREATE TABLE t" + n + " (n bigint);\nINSERT INTO t" + n +
                                         " VALUES (" + n + ");");
  }
  return files;
}

std::string made(Target& target) {
  return target.ask("SELECT count(*) FROM pg_stat_user_tables WHERE relname LIKE 't1%'");
}
std::string recorded(Target& target) {
  return target.ask(
      "SELECT count(*) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL AND in_doubt = 0 "
      "AND applied = total AND error IS NULL");
}

TEST(PgApply, round_trips_do_not_grow_with_the_files) {
  PgTarget few;
  PgTarget many;
  const auto first = few.apply(make_tables(2));
  const auto second = many.apply(make_tables(40));
  ASSERT_EQ(second.status, Status::kApplied) << why(second);
  EXPECT_EQ(second.statements_applied, 80);
  EXPECT_EQ(second.round_trips, first.round_trips);
  EXPECT_EQ(second.commits, kLedgerCommits + 40 + 1) << "a file, the lock taken";
  EXPECT_EQ(recorded(many), "40");
}

TEST(PgApply, files_before_one_that_fails_are_kept_and_those_behind_it_not_begun) {
  PgTarget target;
  auto files = make_tables(20);
  files[9].second = "CREATE TABLE t1010 (n bigint);\nINSERT INTO t1010 VALUES ('x');";
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "1010");
  EXPECT_EQ(report.failure->statement_number, 2);
  EXPECT_EQ(report.failure->sqlstate, "22P02");
  EXPECT_FALSE(report.failure->in_doubt);
  EXPECT_EQ(made(target), "9");
  EXPECT_EQ(recorded(target), "9");
  EXPECT_EQ(target.ask("SELECT applied || error_sqlstate FROM dsql_migrate.revisions "
                       "WHERE version = '1010'"),
            "022P02");
  EXPECT_EQ(target.ask("SELECT count(*) FROM dsql_migrate.revisions WHERE version > '1010'"), "0");
  const auto fixed = target.apply(make_tables(20));
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(recorded(target), "20");
}

TEST(PgApply, constraint_that_waits_for_commit_is_reported_of_its_own_file) {
  PgTarget target;
  auto files = make_tables(6);
  files[3].second =
      "CREATE TABLE t1004 (n bigint UNIQUE DEFERRABLE INITIALLY DEFERRED);\n"
      "INSERT INTO t1004 VALUES (1), (1);";
  const auto report = target.apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "1004");
  EXPECT_EQ(report.failure->sqlstate, "23505");
  EXPECT_EQ(recorded(target), "3");
  EXPECT_EQ(made(target), "3");
}

TEST(PgApply, session_that_dies_at_any_message_of_a_flight_leaves_each_file_once) {
  const auto files = make_tables(3);
  PgTarget undisturbed;
  HookedDatabase all(undisturbed.settings());
  ASSERT_EQ(apply(all, make_directory(files), undisturbed.fresh_options(), {}).status,
            Status::kApplied);
  const auto& sent = all.sent();
  const auto takes = [](const std::string& sql) {
    return sql.starts_with("UPDATE \"dsql_migrate\".lock SET owner");
  };
  const auto begin = std::find_if(sent.begin(), sent.end(), takes) - sent.begin() - 1;
  const auto count = static_cast<int>(sent.size()) - static_cast<int>(begin);
  ASSERT_EQ(count, 5 + 3 * 7)
      << "the lock and the other tools' taken; BEGIN, fence, row, two statements, COMMIT of each";
  PgTarget target;
  for (int at = 0; at < count; ++at) {
    for (const bool after : {false, true}) {
      target.run("DROP SCHEMA IF EXISTS dsql_migrate, public CASCADE");
      target.run("CREATE SCHEMA public");
      HookedDatabase database(target.settings());
      database.add({"", after, static_cast<int>(begin) + at, [&](HookedDatabase& hooked) {
                      hooked.inner().close();
                      throw Error(ErrorKind::kConnectionLost, "cut");
                    }});
      const auto report = apply(database, make_directory(files), target.fresh_options(), {});
      ASSERT_EQ(report.status, Status::kApplied) << at << ": " << why(report);
      ASSERT_EQ(recorded(target), "3") << at;
      ASSERT_EQ(target.ask("SELECT (SELECT sum(n) FROM t1001) + (SELECT sum(n) FROM t1002) + "
                           "(SELECT sum(n) FROM t1003)"),
                "3006")
          << at;
    }
  }
}

TEST(PgApply, lock_table_that_is_gone_is_made_again_and_nothing_is_run_twice) {
  PgTarget target;
  const auto files = make_tables(2);
  ASSERT_EQ(target.apply(files).status, Status::kApplied);
  target.run("DROP TABLE dsql_migrate.lock");
  EXPECT_EQ(target.status(files).status, Status::kUpToDate);
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
  const auto pending = target.status(make_tables(3));
  EXPECT_EQ(pending.status, Status::kPending) << why(pending);
  EXPECT_EQ(pending.pending.size(), 1u);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_class WHERE relname = 'lock'"), "0");
  const auto report = target.apply(make_tables(3));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(report.migrations.size(), 1u);
  EXPECT_EQ(recorded(target), "3");
}

// The server has the whole flight, and goes on with it until the lock has another number.
TEST(PgApply, owner_whose_lock_is_taken_over_in_a_flight_commits_no_further_file) {
  PgTarget target;
  HookedDatabase database(target.settings());
  database.add({"BEGIN", false, kLedgerCommits + 6, [&](auto&) {
                  target.run("UPDATE dsql_migrate.lock SET nonce = 'another', fencing = 9");
                }});
  const auto report = apply(database, make_directory(make_tables(10)), target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "lease-lost");
  EXPECT_EQ(report.failure->version, "1006");
  EXPECT_EQ(made(target), "5");
  EXPECT_EQ(recorded(target), "5");
}

TEST(PgApply, flight_past_the_deadline_goes_on_in_the_next_run_and_the_file_alone_is_given_up) {
  PgTarget target;
  auto files = make_tables(4);
  files[2].second = "CREATE TABLE t1003 (n bigint);\nSELECT pg_sleep(60);";
  for (const auto status : {Status::kContinue, Status::kFailed}) {
    auto options = target.fresh_options();
    options.deadline = std::chrono::steady_clock::now() + 2s;
    options.reserve = 1500ms;
    const auto report = target.apply(files, options);
    ASSERT_EQ(report.status, status) << why(report);
    EXPECT_EQ(recorded(target), "2");
    EXPECT_EQ(made(target), "2");
    if (!report.failure) continue;
    EXPECT_EQ(report.failure->version, "1003");
    EXPECT_EQ(report.failure->statement_number, 2);
    EXPECT_FALSE(report.failure->in_doubt);
  }
}

TEST(PgApply, statement_that_forbids_a_transaction_makes_the_file_run_one_by_one) {
  PgTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                        "CREATE INDEX CONCURRENTLY a_n ON a (n);\n"
                        "INSERT INTO a VALUES (nosuch);"}};
  const auto failed = target.apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->statement_number, 4);
  EXPECT_EQ(target.ask("SELECT applied FROM dsql_migrate.revisions"), "3");
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
}

// CREATE TYPE ... and its first use cannot share a transaction: what comes before the failure
// stays.
TEST(PgApply, file_that_says_so_is_no_transaction) {
  for (const char* head : {"-- migrate:transaction none\n\n", "-- atlas:txmode none\r\n\r\n"}) {
    PgTarget target;
    Files files = {{"1_init.sql", std::string(head) +
                                      "CREATE TYPE mood AS ENUM ('sad');\n"
                                      "ALTER TYPE mood ADD VALUE 'ok';\n"
                                      "CREATE TABLE person (mood mood DEFAULT 'ok');\n"
                                      "INSERT INTO person VALUES ('ok'), ('glad');\n"}};
    const auto failed = target.apply(files);
    ASSERT_EQ(failed.status, Status::kFailed);
    EXPECT_EQ(failed.failure->statement_number, 4);
    EXPECT_EQ(target.ask("SELECT applied FROM dsql_migrate.revisions"), "3");
    files[0].second.replace(files[0].second.find("glad"), 4, "sad");
    EXPECT_EQ(shown(target.apply(files).migrations), "1:1/4");
    EXPECT_EQ(target.ask("SELECT count(*) FROM person"), "2");
  }
}

TEST(PgApply, batch_makes_the_file_run_one_by_one_and_is_run_until_no_row_is_left) {
  for (const bool after : {false, true}) {
    PgTarget target;
    HookedDatabase database(target.settings());
    database.add({"COMMIT", after, kLedgerCommits + 4, [&](HookedDatabase& hooked) {
                    hooked.inner().close();
                    throw Error(ErrorKind::kConnectionLost, "the answer was lost");
                  }});
    const Files files = {
        {"1_init.sql",
         "CREATE TABLE t (id bigint, n bigint DEFAULT 0);\n"
         "INSERT INTO t SELECT generate_series(1, 10000);\n\n-- migrate:batch\n"
         "UPDATE t SET n = n + 1 WHERE id IN (SELECT id FROM t WHERE n = 0 LIMIT 3000);\n"
         "INSERT INTO nosuch VALUES (1);"}};
    const auto report = apply(database, make_directory(files), target.fresh_options(), {});
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->statement_number, 4) << why(report);
    EXPECT_EQ(target.ask("SELECT count(*) FROM t WHERE n = 1"), "10000");
    EXPECT_EQ(target.ask("SELECT applied || '+' || progress FROM dsql_migrate.revisions"), "3+0");
  }
}

TEST(PgApply, delimiter_of_atlas_cuts_a_file) {
  PgTarget target;
  const auto report =
      target.apply({{"1_init.sql",
                     "-- atlas:delimiter \\n\\n\r\nCREATE TABLE a (\r\n\r\nid int)\r\n\r\n"
                     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\r\n\r\n SELECT 2; END"
                     "\r\n\r\nINSERT INTO a VALUES (f())\r\n"}});
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT id FROM a"), "2");
}

TEST(PgApply, invalid_index_of_an_earlier_attempt_is_dropped_and_built) {
  PgTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1), (1);\n"
                        "CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);"}};
  const auto failed = target.apply(files);
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->sqlstate, "23505");
  target.run("DELETE FROM a");
  const auto fixed = target.apply(files);
  ASSERT_EQ(fixed.status, Status::kApplied) << why(fixed);
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
}

TEST(PgApply, open_transaction_keeps_the_lock_past_its_lease) {
  PgTarget target;
  RunReport other;
  HookedDatabase database(target.settings());
  database.add({"CREATE INDEX", true, 0, [&](auto&) {
                  auto options = target.fresh_options();
                  options.owner = "the other";
                  options.lock_timeout = 300ms;
                  other = target.apply(kShop, options);
                }});
  auto options = target.fresh_options();
  options.owner = "the first";
  options.lease = 1ms;
  const auto report = apply(database, make_directory(kShop), options, {});
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
  ASSERT_EQ(other.status, Status::kLocked) << why(other);
  EXPECT_EQ(other.lock->owner, "the first");
}

TEST(PgApply, statement_past_the_deadline_is_given_up_and_recorded) {
  PgTarget target;
  auto options = target.fresh_options();
  options.deadline = std::chrono::steady_clock::now() + 2s;
  options.reserve = 1500ms;
  const auto report = target.apply({{"1_a.sql", "SELECT pg_sleep(60);"}}, options);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-timeout");
  EXPECT_FALSE(report.failure->in_doubt);
  EXPECT_NE(target.ask("SELECT error FROM dsql_migrate.revisions"), "NULL");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' "
                       "AND state = 'active' AND pid <> pg_backend_pid() "
                       "AND datname = current_database()"),
            "0");
}

TEST(PgApply, settings_of_a_file_do_not_reach_the_next) {
  PgTarget target;
  target.run("CREATE SCHEMA app");
  const auto report =
      target.apply({{"1_a.sql", "SET search_path TO app;\nCREATE TABLE a (n bigint);"},
                    {"2_b.sql", "CREATE TABLE b (n bigint);"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT to_regclass('app.a') || ' ' || to_regclass('public.b')"), "app.a b");
}

TEST(PgApply, what_a_file_sets_by_a_function_does_not_reach_the_next) {
  for (const std::string sets :
       {"SELECT pg_catalog.set_config('search_path', 'app', false);",
        "INSERT INTO app.log SELECT set_config('search_path', 'app', false);",
        "DO $$ BEGIN SET search_path TO app; END $$;", "SELECT app.go();"}) {
    for (const std::string head : {"", "-- migrate:transaction none\n"}) {
      if (!head.empty() && sets.starts_with("INSERT")) continue;  // refused
      PgTarget target;
      target.run("CREATE SCHEMA app");
      target.run("CREATE TABLE app.log (path text)");
      target.run(
          "CREATE FUNCTION app.go() RETURNS void LANGUAGE sql SET a.b = 1 AS "
          "$$ SELECT set_config('search_path', 'app', false) $$");
      const auto report = target.apply({{"1_a.sql", head + sets + "\nCREATE TABLE a (n bigint);"},
                                        {"2_b.sql", "CREATE TABLE b (n bigint);"}});
      ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
      EXPECT_EQ(target.ask("SELECT to_regclass('app.a') || ' ' || to_regclass('public.b')"),
                "app.a b")
          << head << sets;
    }
  }
}

TEST(PgApply, file_that_changes_its_role_is_recorded_by_the_runs_own) {
  const auto role = "worker" + std::to_string(getpid());
  for (const std::string& sets :
       {"SET ROLE " + role, "SET LOCAL ROLE " + role, "SET SESSION AUTHORIZATION " + role,
        "SELECT set_config('role', '" + role + "', false)",
        "DO $$ BEGIN SET ROLE " + role + "; END $$"}) {
    PgTarget target;
    target.run("CREATE ROLE " + role);
    target.run("CREATE SCHEMA app AUTHORIZATION " + role);
    const auto report = target.apply({{"1_a.sql", sets + ";\nCREATE TABLE app.a (n bigint);"},
                                      {"2_b.sql", "CREATE TABLE b (n bigint);"}});
    EXPECT_EQ(report.status, Status::kApplied) << sets << ": " << reason_of(report);
    EXPECT_EQ(target.ask("SELECT string_agg((tableowner = '" + role +
                         "')::text, ' ' ORDER BY tablename) "
                         "FROM pg_tables WHERE tablename IN ('a', 'b')"),
              "true false")
        << sets;
    target.run("DROP SCHEMA app CASCADE");
    target.run("DROP ROLE " + role);
  }
}

TEST(PgApply, what_a_file_defers_is_checked_with_its_own_settings) {
  PgTarget target;
  target.run("CREATE SCHEMA app");
  target.run("CREATE TABLE app.log (n bigint)");
  target.run("CREATE TABLE t (n bigint)");
  target.run(
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN INSERT INTO log VALUES (NEW.n); RETURN NULL; END $$");
  target.run(
      "CREATE CONSTRAINT TRIGGER later AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION note()");
  const auto report =
      target.apply({{"1_a.sql", "SET search_path TO public, app;\nINSERT INTO t VALUES (7);"}});
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(target.ask("SELECT n FROM app.log"), "7");
}

TEST(PgApply, role_that_may_not_create_the_ledger_is_told_what_it_needs) {
  PgTarget target;
  target.run("CREATE ROLE poor" + std::to_string(getpid()) + " LOGIN");
  auto settings = target.settings();
  for (auto& [keyword, value] : settings.parameters) {
    if (keyword == "user") value = "poor" + std::to_string(getpid());
  }
  PgDatabase database(settings);
  const auto report = apply(database, make_directory(kShop), target.fresh_options(), {});
  target.run("DROP ROLE poor" + std::to_string(getpid()));
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "42501");
  EXPECT_NE(report.failure->hint.find("create the schema \"dsql_migrate\""), std::string::npos)
      << report.failure->hint;
}

TEST(PgApply, table_of_that_name_that_is_no_ledger_stops_everything) {
  PgTarget target;
  target.run("CREATE SCHEMA dsql_migrate");
  target.run("CREATE TABLE dsql_migrate.revisions (id int)");
  target.run("CREATE TABLE dsql_migrate.lock (id int)");
  const auto report = target.apply(kShop);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "ledger-error");
}

TEST(PgApply, invalid_files_are_reported_and_nothing_is_created) {
  PgTarget target;
  const auto report = target.apply({{"1_a.sql", "SELECT 'x"}, {"1_b.sql", "SELECT 1"}});
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_GE(report.problems.size(), 2u);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_migrate'"), "0");
}

}  // namespace
}  // namespace engine
