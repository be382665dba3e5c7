// Faults at random, from a seed: a long mixed run goes through, each statement once.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

constexpr int kRounds = 12;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

// 100 statements.
Files make_files() {
  Files files = {{"1000_init.sql",
                  "CREATE TABLE counter (id bigint PRIMARY KEY, n bigint);\n"
                  "INSERT INTO counter VALUES (1, 0);\nCREATE TABLE log (line bigint);\n"
                  "CREATE INDEX counter_n ON counter (n);"}};
  for (int i = 1; i <= kRounds; ++i) {
    const auto n = std::to_string(i);
    files.emplace_back(std::to_string(1000 + i) + "_round.sql",
                       "CREATE TABLE t" + n +
                           " (id bigint PRIMARY KEY, a bigint);\n"
                           "UPDATE counter SET n = n + 1;\n"
                           "ALTER TABLE t" +
                           n +
                           " ADD COLUMN b text;\n"
                           "INSERT INTO log VALUES (" +
                           n +
                           ");\n"
                           "ALTER TABLE t" +
                           n +
                           " RENAME COLUMN b TO c;\n"
                           "INSERT INTO t" +
                           n +
                           " SELECT 1, n FROM counter;\n"
                           "CREATE VIEW v" +
                           n + " AS SELECT c FROM t" + n +
                           ";\n"
                           "COMMENT ON TABLE t" +
                           n + " IS 'table " + n + "';");
  }
  return files;
}

constexpr const char* kState =
    "SELECT (SELECT n FROM counter) || ' ' || (SELECT string_agg(line::text, ',' ORDER BY line) "
    "FROM log) || ' ' || (SELECT count(*) FROM pg_views WHERE viewname LIKE 'v%' AND "
    "schemaname = 'public') || ' ' || (SELECT a FROM t12) || ' ' || (SELECT count(*) FROM "
    "pg_attribute WHERE attname = 'c' AND attrelid::regclass::text LIKE 't%') || ' ' || "
    "(SELECT sum(applied) || '/' || count(*) FROM dsql_migrate.revisions WHERE finished_at IS NOT "
    "NULL AND in_doubt = 0 AND job_ids = '')";
constexpr const char* kExpected = "12 1,2,3,4,5,6,7,8,9,10,11,12 12 12 12 100/13";

// How many seeds: more for a soak.
int seeds() {
  const char* given = std::getenv("RACES_SEEDS");
  return given == nullptr ? 1 : std::atoi(given);
}

class DsqlRandom : public testing::Test {
 protected:
  void fault(const std::string& kind, double probability, int seed) {
    target_.fault(R"({"kind": ")" + kind + R"(", "times": null, "probability": )" +
                  std::to_string(probability) + R"(, "seed": )" + std::to_string(seed) + "}");
  }

  // Pauses are shorter, so that hundreds of them fit into a test.
  RunReport apply_in_a_hurry() {
    auto options = target_.fresh_options();
    options.clock.sleep = [](std::chrono::milliseconds pause) {
      std::this_thread::sleep_for(pause / 50);
    };
    int passwords = 0;
    auto settings = target_.settings();
    settings.password = [&passwords, ask = settings.password] {
      ++passwords;
      return ask();
    };
    PgDatabase database(settings, options.clock);
    const auto report = apply(database, make_directory(make_files()), options, target_.observe());
    passwords_ = passwords;
    return report;
  }

  DsqlTarget target_;
  int passwords_ = 0;
};

TEST_F(DsqlRandom, conflicts_at_one_message_in_five_and_each_statement_takes_effect_once) {
  for (int seed = 1; seed <= seeds(); ++seed) {
    target_.control("POST", "/reset");
    fault("oc001", 0.2, seed);
    fault("oc000", 0.2, seed + 1000);
    const auto report = apply_in_a_hurry();
    target_.control("DELETE", "/faults");
    ASSERT_EQ(report.status, Status::kApplied) << "seed " << seed << ": " << why(report);
    EXPECT_GT(report.retries, 100) << seed;
    EXPECT_EQ(target_.ask(kState), kExpected) << seed;
  }
}

TEST_F(DsqlRandom, cuts_and_lost_servers_and_each_statement_takes_effect_once) {
  for (int seed = 1; seed <= seeds(); ++seed) {
    target_.control("POST", "/reset");
    int offset = 0;
    for (const char* kind :
         {"unavailable", "unavailable_after", "cut_before", "cut_after", "cut_message"}) {
      fault(kind, 0.02 / 5, seed + 1000 * ++offset);
    }
    fault("oc001", 0.02, seed);
    const auto report = apply_in_a_hurry();
    const auto faults = target_.control("GET", "/faults");
    target_.control("DELETE", "/faults");
    ASSERT_EQ(report.status, Status::kApplied) << "seed " << seed << ": " << why(report);
    EXPECT_GT(passwords_, 3) << seed << ": one for each connection";
    EXPECT_EQ(target_.ask(kState), kExpected) << seed;
  }
}

}  // namespace
}  // namespace engine
