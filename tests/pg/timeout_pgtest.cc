// PostgreSQL's own limits on a session: lock_timeout and statement_timeout, given at connect.
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

ConnectionSettings limited(const PgTarget& target, const std::string& options) {
  auto settings = target.settings();
  settings.parameters.emplace_back("options", options);
  return settings;
}

RunReport apply_limited(PgTarget& target, const Files& files, const std::string& options) {
  PgDatabase database(limited(target, options));
  return apply(database, make_directory(files), target.fresh_options(), target.observe());
}

// Another session, in the middle of a transaction that changed table a.
class Blocker {
 public:
  explicit Blocker(const PgTarget& target) : connection_(target.settings()) {
    connection_.connect(soon());
    run("BEGIN");
    run("INSERT INTO a VALUES (7)");
  }
  void run(const std::string& sql) { connection_.execute(sql, {}, soon()); }

 private:
  static Deadline soon() { return std::chrono::steady_clock::now() + 30s; }
  PgDatabase connection_;
};

TEST(PgTimeout, locked_table_stops_the_file_with_the_option_named_and_the_next_run_applies_it) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint)");
  const Files files = {{"1_a.sql", "CREATE TABLE b (n bigint);\nALTER TABLE a ADD COLUMN m int;"}};
  {
    const Blocker blocker(target);
    const auto report = apply_limited(target, files, "-c lock_timeout=50ms");
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->sqlstate, "55P03");
    EXPECT_EQ(report.failure->statement_number, 2);
    EXPECT_FALSE(report.failure->in_doubt);
    EXPECT_NE(report.failure->hint.find("tableLockTimeout"), std::string::npos);
    EXPECT_NE(report.failure->hint.find("nothing of this file was applied"), std::string::npos)
        << report.failure->hint;
  }
  const auto later = apply_limited(target, files, "-c lock_timeout=50ms");
  EXPECT_EQ(later.status, Status::kApplied) << why(later);
}

TEST(PgTimeout, slow_statement_stops_with_the_option_named) {
  PgTarget target;
  const auto report =
      apply_limited(target, {{"1_a.sql", "SELECT pg_sleep(30)"}}, "-c statement_timeout=200ms");
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "57014");
  EXPECT_NE(report.failure->hint.find("statementTimeout"), std::string::npos);
}

TEST(PgTimeout, limits_hold_after_a_reconnect_and_after_the_settings_of_a_file) {
  PgTarget target;
  target.run("CREATE TABLE seen (value text)");
  const std::string see = "INSERT INTO seen SELECT current_setting('lock_timeout');";
  HookedDatabase database(limited(target, "-c lock_timeout=1234ms"));
  database.add({"INSERT INTO seen", false, 1, [](HookedDatabase& hooked) {
                  hooked.inner().close();
                  throw Error(ErrorKind::kConnectionLost, "cut");
                }});
  const auto report = apply(
      database, make_directory({{"1_a.sql", "SET lock_timeout = '1s';\n" + see}, {"2_b.sql", see}}),
      target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(report.retries, 1);
  EXPECT_EQ(target.ask("SELECT string_agg(value, ' ') FROM seen"), "1s 1234ms");
}

TEST(PgTimeout, index_whose_concurrent_build_waited_too_long_is_rebuilt_by_the_next_run) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint)");
  const Files files = {{"1_a.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);"}};
  {
    const Blocker blocker(target);
    const auto report = apply_limited(target, files, "-c lock_timeout=50ms");
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->sqlstate, "55P03");
  }
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "f");
  const auto later = target.apply(files);
  ASSERT_EQ(later.status, Status::kApplied) << why(later);
  EXPECT_EQ(target.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
}

TEST(PgTimeout, what_a_stopped_reindex_leaves_behind_is_named) {
  PgTarget target;
  target.run("CREATE TABLE a (n bigint)");
  target.run("CREATE INDEX \"a N\" ON a (n)");
  const Files files = {{"1_a.sql", "REINDEX INDEX CONCURRENTLY \"a N\";"}};
  {
    const Blocker blocker(target);
    const auto report = apply_limited(target, files, "-c lock_timeout=50ms");
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_NE(report.failure->hint.find("left behind: public.\"a N_ccnew\""), std::string::npos)
        << report.failure->hint;
  }
  target.events.clear();
  const auto later = target.apply(files);
  EXPECT_EQ(later.status, Status::kApplied) << why(later);
  EXPECT_EQ(std::count(target.events.begin(), target.events.end(),
                       "invalid indexes of a REINDEX CONCURRENTLY are left"),
            1);
}

}  // namespace
}  // namespace engine
