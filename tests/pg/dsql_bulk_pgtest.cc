// Statements that take many transactions, against the DSQL double: its 3,000 rows a transaction,
// its faults around every one of them.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

constexpr const char* kTable =
    "CREATE TABLE big (id bigint PRIMARY KEY, hits bigint, note text);\n";

std::string make_insert(int rows, const std::string& tail = "") {
  std::string insert = "INSERT INTO big (id, hits, note) VALUES\n";
  for (int i = 1; i <= rows; ++i) {
    insert += (i == 1 ? "" : ",\n") + ("(" + std::to_string(i)) + ", 0, '), (;''')";
  }
  return insert + tail + ";\n";
}

constexpr const char* kRounds =
    "-- migrate:batch\nUPDATE big SET hits = hits + 1, note = 'seen' WHERE id IN "
    "(SELECT id FROM big WHERE note <> 'seen' LIMIT 1500);\n"
    "-- migrate:batch\nINSERT INTO copy SELECT id FROM big b WHERE NOT EXISTS "
    "(SELECT 1 FROM copy c WHERE c.id = b.id) LIMIT 2000;\n"
    "-- migrate:batch\nDELETE FROM big WHERE id IN (SELECT id FROM big WHERE id > 100 LIMIT "
    "2500);\n";

class DsqlBulk : public testing::Test {
 protected:
  // Rows, hits, and what the ledger says of the newest file.
  std::string shown() {
    return target_.ask("SELECT count(*) || ' ' || coalesce(sum(hits), 0) FROM big") + " " +
           target_.ask(
               "SELECT applied || '/' || total || '+' || progress FROM "
               "dsql_migrate.revisions ORDER BY version DESC LIMIT 1");
  }
  void set_up(int rows) { ASSERT_EQ(target_.apply({init(rows)}).status, Status::kApplied); }
  static std::pair<std::string, std::string> init(int rows) {
    return {"1_init.sql", kTable + std::string("CREATE TABLE copy (id bigint PRIMARY KEY);\n") +
                              (rows > 0 ? make_insert(rows) : "")};
  }
  // Runs out of time when that many statements with `match` have been sent.
  RunReport apply_until(const Files& files, const std::string& match, int count) {
    std::chrono::seconds skew{0};
    auto options = target_.fresh_options();
    options.clock.now = [&skew, now = options.clock.now] { return now() + skew; };
    HookedDatabase database(target_.settings());
    database.add({match, true, count - 1, [&](auto&) { skew = 81s; }});
    return apply(database, make_directory(files), options, {});
  }

  DsqlTarget target_;
};

TEST_F(DsqlBulk, insert_of_10000_rows_goes_in_by_parts) {
  const auto report = target_.apply({{"1_init.sql", kTable + make_insert(10'000)}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(), "10000 0 2/2+0");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM big WHERE note = '), (;'''"), "10000");
  EXPECT_EQ(target_.events.at(target_.events.size() - 2), "statement applied in many transactions");
}

TEST_F(DsqlBulk, tail_counts_for_every_part) {
  set_up(4'000);
  const auto report = target_.apply(
      {init(4'000),
       {"2_again.sql", make_insert(6'500,
                                   " ON CONFLICT (id) DO UPDATE SET hits = big.hits + 1 "
                                   "RETURNING id")}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(), "6500 4000 1/1+0");
}

TEST_F(DsqlBulk, insert_is_exact_when_cut_before_inside_and_after_a_part) {
  set_up(0);
  Files files = {init(0)};
  const std::vector<std::array<const char*, 3>> faults = {
      {"cut_before", "insert into big", "1"}, {"cut_after", "insert into big", "1"},
      {"cut_before", "commit", "1"},          {"cut_before", "commit", "2"},
      {"cut_after", "commit", "1"},           {"cut_after", "commit", "2"},
      {"unavailable_after", "commit", "1"},   {"oc000", "", "2"}};
  for (const auto& [kind, match, skip] : faults) {
    files.emplace_back(std::to_string(files.size() + 1) + "_more.sql", make_insert(3'100));
    target_.fault(R"({"kind": ")" + std::string(kind) + R"(", "match": ")" + match +
                  R"(", "skip": )" + skip + "}");
    const auto report = target_.apply(files);
    ASSERT_EQ(report.status, Status::kApplied) << kind << skip << why(report);
    EXPECT_GE(report.retries, 1) << kind << skip;
    EXPECT_EQ(shown(), "3100 0 1/1+0") << kind << skip;
    target_.run("DELETE FROM big WHERE id < 2900");
    target_.run("DELETE FROM big");
  }
}

TEST_F(DsqlBulk, insert_is_cut_when_the_time_is_over_and_goes_on_behind_the_rows_in) {
  set_up(0);
  const Files files = {init(0),
                       {"2_rows.sql", make_insert(10'000) + "UPDATE big SET hits = 1 "
                                                            "WHERE id = 1;"}};
  const auto report = apply_until(files, "INSERT INTO big", 2);
  ASSERT_EQ(report.status, Status::kContinue) << why(report);
  EXPECT_EQ(shown(), "5980 0 0/2+5980");
  Files edited = files;
  edited[1].second.replace(edited[1].second.find("(7,"), 3, "(0,");
  const auto refused = target_.apply(edited);
  ASSERT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).code, "partial-file-edited");
  EXPECT_EQ(target_.apply(files).status, Status::kApplied);
  EXPECT_EQ(shown(), "10000 1 2/2+0");
}

TEST_F(DsqlBulk, refused_row_is_named_where_it_stands_and_what_came_before_stays) {
  set_up(0);
  Files files = {init(0), {"2_rows.sql", make_insert(7'000)}};
  auto& text = files[1].second;
  const auto bad = text.find("(6500, 0");
  text.replace(bad, 8, "(6500, x");
  const auto report = target_.apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "42703");
  EXPECT_EQ(report.failure->line, 6'501);
  EXPECT_EQ(report.failure->column, 8);
  EXPECT_EQ(shown(), "5980 0 0/1+5980");
}

TEST_F(DsqlBulk, owner_killed_between_parts_is_followed_by_one_that_does_the_rest) {
  set_up(0);
  target_.fault(R"({"kind": "delay", "seconds": 0.3, "times": null, "match": "insert into big"})");
  const Files files = {init(0), {"2_rows.sql", make_insert(10'000)}};
  auto options = target_.fresh_options();
  options.lease = 300ms;
  options.lock_timeout = 20s;
  const auto child = fork();
  if (child == 0) {
    PgDatabase database(target_.settings());
    apply(database, make_directory(files), options, {});
    _exit(0);
  }
  while (target_.ask("SELECT coalesce(max(progress), 0) FROM dsql_migrate.revisions") == "0") {
    std::this_thread::sleep_for(5ms);
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  target_.control("DELETE", "/faults");
  const auto report = target_.apply(files, options);
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(), "10000 0 1/1+0");
}

TEST_F(DsqlBulk, rounds_go_on_until_no_row_is_left) {
  set_up(10'000);
  const auto report = target_.apply({init(10'000), {"2_rounds.sql", kRounds}});
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(shown(), "100 100 3/3+0");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM copy"), "10000");
}

TEST_F(DsqlBulk, rounds_are_exact_when_cut_and_when_they_conflict) {
  set_up(10'000);
  for (const char* kind : {"cut_before", "cut_after", "unavailable_after"}) {
    for (int skip = 1; skip < 22; skip += 4) {
      target_.fault(R"({"kind": ")" + std::string(kind) + R"(", "match": "commit", "skip": )" +
                    std::to_string(skip) + "}");
    }
  }
  target_.fault(R"({"kind": "oc000", "times": null, "probability": 0.2, "seed": 3})");
  const auto report = target_.apply({init(10'000), {"2_rounds.sql", kRounds}});
  target_.control("DELETE", "/faults");
  ASSERT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_GT(report.retries, 10);
  EXPECT_EQ(shown(), "100 100 3/3+0");
  EXPECT_EQ(target_.ask("SELECT count(*) FROM copy"), "10000");
}

// Each may be long at work, and nobody sees a renewal before the round with it has committed.
TEST_F(DsqlBulk, lease_lasts_over_the_round_that_is_next) {
  set_up(5'000);
  HookedDatabase database(target_.settings());
  std::string lease;
  database.add({"UPDATE big", false, 2, [&](auto&) {
                  lease = target_.ask(
                      "SELECT expires_at - now() > interval '61 seconds' FROM dsql_migrate.lock");
                }});
  const Files files = {init(5'000), {"2_rounds.sql", kRounds}};
  const auto report = apply(database, make_directory(files), target_.fresh_options(), {});
  EXPECT_EQ(report.status, Status::kApplied) << why(report);
  EXPECT_EQ(lease, "t");
}

TEST_F(DsqlBulk, rounds_stop_when_the_time_is_over_and_may_be_changed_before_they_go_on) {
  set_up(5'000);
  Files files = {init(5'000), {"2_rounds.sql", kRounds}};
  const auto report = apply_until(files, "UPDATE big", 2);
  ASSERT_EQ(report.status, Status::kContinue) << why(report);
  EXPECT_EQ(report.pending.at(0).applied, 0);
  EXPECT_EQ(report.pending.at(0).progress, 2);
  EXPECT_EQ(target_.status(files).pending.at(0).progress, 2);
  EXPECT_EQ(shown(), "5000 3000 0/3+2");
  files[1].second.replace(files[1].second.find("LIMIT 1500"), 10, "LIMIT 150");
  ASSERT_EQ(target_.apply(files).status, Status::kApplied);
  EXPECT_EQ(shown(), "100 100 3/3+0");
}

TEST_F(DsqlBulk, transaction_with_too_many_rows_is_told_the_batch_form) {
  set_up(4'000);
  const auto report = target_.apply({init(4'000), {"2_all.sql", "UPDATE big SET hits = 1;"}});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "54000");
  EXPECT_NE(report.failure->hint.find("-- migrate:batch\nUPDATE big SET"), std::string::npos);
  EXPECT_EQ(shown(), "4000 0 0/1+0");
}

}  // namespace
}  // namespace engine
