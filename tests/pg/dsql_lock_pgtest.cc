// The lock that is taken ahead of the first flight and released with the last, against the DSQL
// double.
#include "tests/pg/target.h"

namespace engine {
namespace {

// Messages of a run of one more file, and how many like them come first: the lock taken, and the
// COMMIT of that; the release, and the COMMIT of that.
const std::vector<std::pair<std::string, int>> kPlaces = {
    {"SET owner = $1", 0}, {"COMMIT", 0}, {"SET owner = ''", 0}, {"COMMIT", 5}};

const Files kInit = {{"1_init.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (0);"}};

// One that shows how often it ran, and one that fails when it runs twice.
Files make_files(int last) {
  auto files = kInit;
  for (int i = 2; i <= last; ++i) {
    const auto n = std::to_string(i);
    files.emplace_back(n + "_more.sql", "CREATE TABLE t" + n +
                                            " (n bigint);\nUPDATE a SET n = n + 1;\n"
                                            "ALTER TABLE t" +
                                            n + " RENAME TO u" + n + ";");
  }
  return files;
}

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

class DsqlLock : public testing::Test {
 protected:
  DsqlLock() { EXPECT_EQ(target_.apply(kInit).status, Status::kApplied); }

  // "how often the UPDATE ran", "complete files", "who has the lock".
  std::string state() {
    return target_.ask(
        "SELECT (SELECT string_agg(n::text, ',') FROM a) || ' ' || (SELECT count(*) FROM "
        "dsql_migrate.revisions WHERE finished_at IS NOT NULL AND in_doubt = 0) || ' ' || (SELECT "
        "owner || nonce FROM dsql_migrate.lock)");
  }

  DsqlTarget target_;
};

TEST_F(DsqlLock, run_is_one_flight_after_the_look) {
  target_.control("DELETE", "/journal");
  HookedDatabase database(target_.settings());
  const auto trips = [&] { return database.round_trips(); };
  int looked = 0;
  database.add({"SELECT 'revision'", true, 0, [&](auto&) { looked = trips(); }});
  const auto report = apply(database, make_directory(make_files(4)), target_.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(trips() - looked, 1);
  EXPECT_EQ(report.commits, 1 + 3 * 5) << "lock and start; DDL, record, DML, DDL, record";
  EXPECT_EQ(state(), "3 4 ");
}

TEST_F(DsqlLock, another_that_takes_it_after_the_look_keeps_the_flight_out) {
  HookedDatabase database(target_.settings());
  database.add({"SELECT 'revision'", true, 0, [&](auto&) {
                  target_.run(
                      "UPDATE dsql_migrate.lock SET owner = 'other', nonce = 'its own', fencing = "
                      "fencing + 1, expires_at = now() + interval '1 minute'");
                }});
  const auto report = apply(database, make_directory(make_files(3)), target_.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kLocked) << why(report);
  EXPECT_EQ(report.lock->owner, "other");
  EXPECT_EQ(state(), "0 1 otherits own");
}

class LockFault : public DsqlLock, public testing::WithParamInterface<const char*> {};

TEST_P(LockFault, where_it_is_taken_or_released_and_each_statement_takes_effect_once) {
  const std::string kind = GetParam();
  int files = 1;
  for (auto [match, skip] : kPlaces) {
    if (kind == "oc000" && match != "COMMIT") continue;
    if (kind == "oc000" && skip > 0) skip -= 2;  // those of DDL have no rows to conflict
    ++files;
    target_.fault(R"({"kind": ")" + kind + R"(", "match": ")" + match + R"(", "skip": )" +
                  std::to_string(skip) + "}");
    const auto report = target_.apply(make_files(files));
    const auto faults = target_.control("GET", "/faults");
    target_.control("DELETE", "/faults");
    EXPECT_NE(faults.find("\"fired\": 1"), std::string::npos) << match << skip;
    ASSERT_EQ(report.status, Status::kApplied) << match << skip << " " << why(report);
    ASSERT_EQ(report.statements_applied, 3) << match << skip;
    ASSERT_EQ(state(), std::to_string(files - 1) + " " + std::to_string(files) + " ") << match;
  }
}

INSTANTIATE_TEST_SUITE_P(DsqlLock, LockFault,
                         testing::Values("cut_before", "cut_delivered", "cut_after", "oc000",
                                         "oc001", "unavailable", "unavailable_after"),
                         [](const auto& each) { return std::string(each.param); });

TEST_F(DsqlLock, table_that_is_gone_hides_nothing_and_is_made_again) {
  target_.run("DROP TABLE dsql_migrate.lock");
  EXPECT_EQ(target_.status(kInit).status, Status::kUpToDate);
  const auto report = target_.apply(make_files(2));
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(report.migrations.size(), 1u);
}

}  // namespace
}  // namespace engine
