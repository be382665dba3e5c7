#include "engine/pg_database.h"

#include "engine/error.h"
#include "engine/session.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

class PgDatabaseTest : public testing::Test {
 protected:
  PgDatabaseTest() : database_(target_.settings()) { database_.connect(in(20s)); }

  ResultSet run(const std::string& sql, const std::vector<Value>& parameters = {}) {
    return database_.execute(sql, parameters, in(20s));
  }
  Error error_of(const std::string& sql, std::chrono::milliseconds time = 20s) {
    try {
      database_.execute(sql, {}, in(time));
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorKind::kConfiguration, "no error");
  }

  PgTarget target_;
  PgDatabase database_;
};

TEST_F(PgDatabaseTest, values_and_nulls_come_back_as_text) {
  const auto result = run("SELECT $1::int + 1 AS n, $2::text AS t, '' AS e", {"41", std::nullopt});
  EXPECT_EQ(result.columns, (std::vector<std::string>{"n", "t", "e"}));
  EXPECT_EQ(result.rows.at(0), (std::vector<Value>{"42", std::nullopt, ""}));
  EXPECT_EQ(result.tag, "SELECT 1");
}

TEST_F(PgDatabaseTest, servers_version_is_known_from_the_login) {
  const auto trips = database_.round_trips();
  EXPECT_EQ(database_.server_version(), run("SHOW server_version").rows.at(0).at(0));
  EXPECT_EQ(database_.round_trips(), trips + 1) << "SHOW's own";
  database_.close();
  EXPECT_EQ(database_.server_version(), "");
}

TEST_F(PgDatabaseTest, changed_rows_are_counted) {
  run("CREATE TABLE t (n int)");
  EXPECT_EQ(run("INSERT INTO t SELECT generate_series(1, 3)").affected, 3);
  EXPECT_EQ(run("CREATE TABLE u (n int)").tag, "CREATE TABLE");
}

TEST_F(PgDatabaseTest, error_has_every_part_and_leaves_the_connection_usable) {
  const auto error = error_of("SELECT 1,\n  nosuch FROM pg_class");
  EXPECT_EQ(error.kind(), ErrorKind::kStatement);
  EXPECT_EQ(error.server().sqlstate, "42703");
  EXPECT_EQ(error.server().position, 13);
  EXPECT_STREQ(error.what(), "column \"nosuch\" does not exist");
  EXPECT_EQ(run("SELECT 1").rows.size(), 1u);
}

TEST_F(PgDatabaseTest, first_error_of_several_statements_wins) {
  EXPECT_EQ(error_of("SELECT 1; SELECT 1/0; SELECT nosuch").server().sqlstate, "22012");
  EXPECT_EQ(run("SELECT 1; SELECT 2, 3").columns.size(), 2u);
}

TEST_F(PgDatabaseTest, copy_in_is_refused_and_copy_out_thrown_away) {
  run("CREATE TABLE t (n int)");
  EXPECT_EQ(error_of("COPY t FROM STDIN").server().sqlstate, "57014");
  run("INSERT INTO t SELECT generate_series(1, 100000)");
  EXPECT_EQ(run("COPY t TO STDOUT").affected, 100000);
  EXPECT_EQ(run("SELECT count(*) FROM t").rows[0][0], "100000");
}

TEST_F(PgDatabaseTest, deadline_ends_the_statement_here_and_on_the_server) {
  const auto error = error_of("SELECT pg_sleep(30)", 200ms);
  EXPECT_EQ(error.kind(), ErrorKind::kTimeout);
  EXPECT_FALSE(database_.is_connected());
  for (int i = 0; i < 100; ++i) {
    if (target_.ask("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' "
                    "AND state = 'active' AND datname = current_database()") == "0") {
      return;
    }
  }
  FAIL() << "the server is still at it";
}

TEST_F(PgDatabaseTest, nothing_is_sent_after_the_deadline) {
  EXPECT_THROW(database_.execute("CREATE TABLE late (n int)", {}, in(0s)), Error);
  database_.connect(in(20s));
  const auto outcomes =
      database_.execute_all(std::vector<Query>{{"CREATE TABLE late (n int)"}}, in(0s));
  EXPECT_EQ(std::get<Error>(outcomes[0]).kind(), ErrorKind::kTimeout);
  database_.connect(in(20s));
  EXPECT_EQ(run("SELECT count(*) FROM pg_tables WHERE tablename = 'late'").rows[0][0], "0");
}

TEST_F(PgDatabaseTest, terminated_session_is_a_lost_connection) {
  target_.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid()");
  EXPECT_EQ(error_of("SELECT 1").kind(), ErrorKind::kConnectionLost);
  EXPECT_FALSE(database_.is_connected());
  database_.connect(in(20s));
  EXPECT_EQ(run("SELECT 1").rows.size(), 1u);
}

TEST_F(PgDatabaseTest, conflict_has_a_kind_of_its_own) {
  const auto error = error_of("SELECT 1/(1-1)");
  EXPECT_EQ(error.kind(), ErrorKind::kStatement);
  run("CREATE TABLE t (n int PRIMARY KEY)");
  run("INSERT INTO t VALUES (1)");
  run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  run("SELECT * FROM t");
  target_.run("UPDATE t SET n = 2");
  EXPECT_EQ(error_of("UPDATE t SET n = 3").kind(), ErrorKind::kConflict);
}

TEST_F(PgDatabaseTest, notices_do_not_reach_stderr) {
  testing::internal::CaptureStderr();
  run("DROP TABLE IF EXISTS nosuch");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(PgDatabaseTest, large_statement_and_large_answer_pass) {
  const std::string big(3'000'000, 'x');
  EXPECT_EQ(run("SELECT '" + big + "'").rows[0][0]->size(), big.size());
  EXPECT_EQ(run("SELECT length($1)", {big}).rows[0][0], "3000000");
}

TEST_F(PgDatabaseTest, flight_is_one_round_trip_with_an_outcome_each) {
  const int before = database_.round_trips();
  const auto outcomes = database_.execute_all(
      std::vector<Query>{
          {"BEGIN"}, {"CREATE TABLE t (n int)"}, {"SELECT $1::int + 1", {"41"}}, {"COMMIT"}},
      in(20s));
  EXPECT_EQ(database_.round_trips() - before, 1);
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(std::get<ResultSet>(outcomes[1]).tag, "CREATE TABLE");
  EXPECT_EQ(std::get<ResultSet>(outcomes[2]).rows.at(0).at(0), "42");
  EXPECT_EQ(run("SELECT count(*) FROM t").rows[0][0], "0");
}

TEST_F(PgDatabaseTest, flight_stops_at_its_first_error_and_what_committed_before_stays) {
  const auto outcomes = database_.execute_all(std::vector<Query>{{"BEGIN"},
                                                                 {"CREATE TABLE t (n int)"},
                                                                 {"COMMIT"},
                                                                 {"BEGIN"},
                                                                 {"CREATE TABLE u (n nosuch)"},
                                                                 {"COMMIT"},
                                                                 {"CREATE TABLE w (n int)"}},
                                              in(20s));
  ASSERT_EQ(outcomes.size(), 7u);
  EXPECT_TRUE(std::holds_alternative<ResultSet>(outcomes[3]));
  EXPECT_EQ(std::get<Error>(outcomes[4]).server().sqlstate, "42704");
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[5]));
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[6]));
  run("ROLLBACK");
  EXPECT_EQ(run("SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'")
                .rows[0][0],
            "t");
}

// Until the second has landed the server has had no Sync, so that an error in the first ends both.
TEST_F(PgDatabaseTest, flight_launched_behind_another_is_one_with_it) {
  const std::vector<Query> first = {{"BEGIN"}, {"CREATE TABLE t (n int)"}, {"COMMIT"}};
  const std::vector<Query> second = {{"SELECT $1::int", {"1"}}, {"SELECT $1::int", {"2"}}};
  const int before = database_.round_trips();
  database_.launch(first, in(20s));
  database_.launch(second, in(20s));
  EXPECT_EQ(find_error(database_.land(in(20s))), first.size());
  EXPECT_EQ(target_.ask("SELECT count(*) FROM t"), "0") << "committed";
  database_.launch(second, in(20s));
  for (int i = 0; i < 2; ++i) {
    const auto outcomes = database_.land(in(20s));
    ASSERT_EQ(find_error(outcomes), second.size());
    EXPECT_EQ(std::get<ResultSet>(outcomes[1]).rows[0][0], "2");
  }
  EXPECT_EQ(database_.round_trips() - before, 1);
  EXPECT_EQ(run("SELECT count(*) FROM pg_prepared_statements").rows[0][0], "1");
}

TEST_F(PgDatabaseTest, flight_behind_one_with_an_error_is_not_executed) {
  const std::vector<Query> repeated = {{"SELECT $1::text", {"1"}}, {"SELECT $1::text", {"2"}}};
  database_.launch(std::vector<Query>{{"SELECT 1"}, {"SELECT nosuch"}, {"SELECT 2"}}, in(20s));
  database_.launch(repeated, in(20s));
  database_.launch(std::vector<Query>{{"CREATE TABLE t (n int)"}}, in(20s));
  const auto outcomes = database_.land(in(20s));
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(std::get<Error>(outcomes[1]).server().sqlstate, "42703");
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[2]));
  EXPECT_EQ(run("SELECT count(*) FROM pg_tables WHERE tablename = 't'").rows[0][0], "0");
  EXPECT_EQ(find_error(database_.execute_all(repeated, in(20s))), repeated.size());
}

TEST_F(PgDatabaseTest, connection_lost_between_two_flights_is_said_by_the_second) {
  database_.launch(std::vector<Query>{{"SELECT 1"}}, in(20s));
  database_.launch(std::vector<Query>{{"SELECT pg_terminate_backend(pg_backend_pid())"}}, in(20s));
  EXPECT_EQ(find_error(database_.land(in(20s))), 1u);
  EXPECT_THROW(run("SELECT 1"), std::logic_error) << "one is on its way";
  const auto outcomes = database_.land(in(20s));
  EXPECT_EQ(std::get<Error>(outcomes[0]).kind(), ErrorKind::kConnectionLost);
  EXPECT_FALSE(database_.is_connected());
  database_.connect(in(20s));
  EXPECT_EQ(run("SELECT 1").rows.size(), 1u);
}

TEST_F(PgDatabaseTest, deadline_ends_the_flights_behind_too) {
  database_.launch(std::vector<Query>{{"SELECT pg_sleep(30)"}}, in(20s));
  database_.launch(std::vector<Query>{{"CREATE TABLE t (n int)"}}, in(20s));
  const auto outcomes = database_.land(in(200ms));
  EXPECT_EQ(std::get<Error>(outcomes[0]).kind(), ErrorKind::kTimeout);
  EXPECT_FALSE(database_.is_connected());
  database_.connect(in(20s));
  EXPECT_EQ(run("SELECT 1").rows.size(), 1u);
}

// Both sides' buffers fill: the client's with statements, the server's with what they answer.
TEST_F(PgDatabaseTest, flight_of_large_statements_and_large_answers_passes) {
  const std::string big(1'000'000, 'x');
  std::vector<Query> queries;
  for (int i = 0; i < 30; ++i) {
    queries.push_back({"SELECT '" + big + "'"});
    queries.push_back({"SELECT $1 || 'y'", {big}});
  }
  const auto outcomes = database_.execute_all(queries, in(60s));
  ASSERT_EQ(find_error(outcomes), queries.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(std::get<ResultSet>(outcomes[i]).rows[0][0]->size(), big.size() + i % 2);
  }
}

TEST_F(PgDatabaseTest, flight_prepares_once_a_connection_what_it_repeats_with_parameters) {
  const auto prepared = [this] {
    return run("SELECT count(*) || ' of ' || min(statement) FROM pg_prepared_statements")
        .rows[0][0];
  };
  const std::vector<Query> queries = {{"SELECT $1::int", {"1"}},
                                      {"SELECT 5"},
                                      {"SELECT $1::int", {"2"}},
                                      {"SELECT $1::text", {"3"}},
                                      {"SELECT 5"}};
  for (int flight = 0; flight < 2; ++flight) {
    const auto outcomes = database_.execute_all(queries, in(20s));
    ASSERT_EQ(find_error(outcomes), queries.size());
    EXPECT_EQ(std::get<ResultSet>(outcomes[2]).rows[0][0], "2");
    EXPECT_EQ(std::get<ResultSet>(outcomes[3]).rows[0][0], "3");
    EXPECT_EQ(prepared(), "1 of SELECT $1::int");
  }
  database_.connect(in(20s));
  EXPECT_EQ(find_error(database_.execute_all(queries, in(20s))), queries.size());
}

TEST_F(PgDatabaseTest, flight_with_a_statement_that_cannot_be_prepared_says_which) {
  const std::vector<Query> queries = {
      {"SELECT 1"}, {"SELECT n + $1 FROM t", {"1"}}, {"SELECT n + $1 FROM t", {"2"}}, {"SELECT 2"}};
  const auto outcomes = database_.execute_all(queries, in(20s));
  ASSERT_EQ(outcomes.size(), queries.size());
  EXPECT_EQ(std::get<Error>(outcomes[1]).server().sqlstate, "42P01");
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[2]));
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[3]));
  run("CREATE TABLE t (n int)");
  EXPECT_EQ(find_error(database_.execute_all(queries, in(20s))), queries.size());
}

TEST_F(PgDatabaseTest, transaction_whose_prepared_statements_are_gone_is_sent_without_them) {
  run("CREATE TABLE t (n int)");
  const Observer observer;
  Session session(database_, Clock{}, observer, in(20s));
  const std::vector<Query> writes(2, {"INSERT INTO t VALUES ($1::int)", {"1"}});
  session.commit(writes, in(20s));
  run("DEALLOCATE ALL");
  session.commit(writes, in(20s));
  EXPECT_EQ(run("SELECT count(*) FROM t").rows[0][0], "4");
  EXPECT_EQ(session.flights(), Session::Flights::kMessages);
}

TEST_F(PgDatabaseTest, flight_cut_by_the_server_says_what_was_answered) {
  const auto outcomes = database_.execute_all(
      std::vector<Query>{
          {"SELECT 1"}, {"SELECT pg_terminate_backend(pg_backend_pid())"}, {"SELECT 2"}},
      in(20s));
  EXPECT_TRUE(std::holds_alternative<ResultSet>(outcomes[0]));
  EXPECT_EQ(std::get<Error>(outcomes[1]).kind(), ErrorKind::kConnectionLost);
  EXPECT_TRUE(std::holds_alternative<Unanswered>(outcomes[2]));
  EXPECT_FALSE(database_.is_connected());
}

TEST_F(PgDatabaseTest, flight_past_its_deadline_is_given_up_at_the_statement_under_way) {
  const auto outcomes = database_.execute_all(
      std::vector<Query>{{"SELECT 1"}, {"SELECT pg_sleep(60)"}, {"SELECT 2"}}, in(300ms));
  EXPECT_TRUE(std::holds_alternative<ResultSet>(outcomes[0]));
  EXPECT_EQ(std::get<Error>(outcomes[1]).kind(), ErrorKind::kTimeout);
  EXPECT_FALSE(database_.is_connected());
}

TEST_F(PgDatabaseTest, copy_in_a_flight_is_refused) {
  run("CREATE TABLE t (n int)");
  for (const char* copy : {"COPY t FROM STDIN", "COPY t TO STDOUT"}) {
    if (!database_.is_connected()) database_.connect(in(20s));
    const auto outcomes =
        database_.execute_all(std::vector<Query>{{"SELECT 1"}, {copy}, {"SELECT 2"}}, in(20s));
    EXPECT_EQ(std::get<Error>(outcomes[1]).kind(), ErrorKind::kStatement) << copy;
    EXPECT_STREQ(std::get<Error>(outcomes[1]).what(),
                 "a migration has no data to copy; use INSERT");
  }
}

TEST(PgConnect, port_nobody_listens_on_is_asked_for_some_seconds_only_until_the_deadline) {
  PgDatabase database({{{"host", "127.0.0.1"}, {"port", "1"}, {"sslmode", "disable"}}, {}});
  try {
    database.connect(in(400ms));
    FAIL() << "connected";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConnect);
    EXPECT_NE(std::string(error.what()).find("Connection refused"), std::string::npos);
    EXPECT_NE(error.server().hint, "");
  }
}

TEST(PgConnect, unknown_database_is_an_error_at_once) {
  PgTarget target;
  auto settings = target.settings();
  settings.parameters.emplace_back("dbname", "nosuch");
  PgDatabase database(settings);
  try {
    database.connect(in(60s));
    FAIL() << "connected";
  } catch (const Error& error) {
    EXPECT_EQ(error.server().sqlstate, "3D000");
    EXPECT_NE(std::string(error.what()).find("database \"nosuch\" does not exist"),
              std::string::npos);
  }
}

TEST(PgConnect, password_is_asked_for_again_at_every_connection) {
  PgTarget target;
  auto settings = target.settings();
  int asked = 0;
  settings.password = [&asked] { return "secret" + std::to_string(++asked); };
  PgDatabase database(settings);
  database.connect(in(20s));
  database.connect(in(20s));
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace engine
