// PostgreSQL: statements that forbid a transaction, or whose effect needs a COMMIT, run alone.
#include <unistd.h>

#include "tests/pg/target.h"

namespace engine {
namespace {

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

TEST(PgStandalone, statements_that_forbid_a_transaction_run_alone) {
  PgTarget target;
  const auto other = "other" + std::to_string(getpid());
  const auto report = target.apply(
      {{"1_a.sql",
        "CREATE TABLE a (n bigint) PARTITION BY RANGE (n);\n"
        "CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);\n"
        "CREATE INDEX a1_n ON a1 (n);\nVACUUM a1;\nANALYZE a1;\nCLUSTER a1 USING a1_n;\n"
        "REINDEX TABLE CONCURRENTLY a1;\nALTER TABLE a DETACH PARTITION a1 CONCURRENTLY;\n"
        "ALTER SYSTEM SET log_statement = 'none';\nALTER SYSTEM RESET ALL;\nCREATE DATABASE " +
            other + ";\nDROP DATABASE " + other + ";\nDROP INDEX CONCURRENTLY a1_n;"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(report.migrations), "1:13/13");
}

TEST(PgStandalone, label_added_to_a_type_can_be_used_by_the_next_statement) {
  PgTarget target;
  target.run("CREATE TYPE mood AS ENUM ('sad')");
  const auto report = target.apply({{"1_a.sql",
                                     "CREATE TABLE a (m mood);\nALTER TYPE mood ADD VALUE 'glad';\n"
                                     "INSERT INTO a VALUES ('glad');"}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(target.ask("SELECT m FROM a"), "glad");
}

TEST(PgStandalone, label_whose_answer_was_lost_is_added_once) {
  for (const bool after : {false, true}) {
    PgTarget target;
    target.run("CREATE TYPE mood AS ENUM ('sad')");
    HookedDatabase database(target.settings());
    database.add({"ADD VALUE", after, 0, [](HookedDatabase& hooked) {
                    hooked.inner().close();
                    throw Error(ErrorKind::kConnectionLost, "cut");
                  }});
    const auto report =
        apply(database, make_directory({{"1_a.sql", "ALTER TYPE mood ADD VALUE 'glad';"}}),
              target.fresh_options(), {});
    ASSERT_EQ(report.status, Status::kApplied) << why(report);
    EXPECT_EQ(target.ask("SELECT enum_range(NULL::mood)"), "{sad,glad}");
  }
}

}  // namespace
}  // namespace engine
