#include "engine/pg_database.h"

#include "engine/error.h"
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
