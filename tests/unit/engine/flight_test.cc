// Runs with many statements on the wire at once, against a server in memory.
#include "engine/flight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/error.h"
#include "engine/ledger_sql.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;

const std::vector<SourceFile> kFiles = {
    {"1_a.sql",
     "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (n bigint);\n"
     "ALTER TABLE b ADD COLUMN c text;",
     "", ""},
    {"2_b.sql", "UPDATE a SET n = 2;\nDROP TABLE b;", "", ""},
    {"3_c.sql", "CREATE TABLE c (n bigint);\nCREATE INDEX c_n ON c (n);", "", ""},
    {"4_d.sql", "UPDATE a SET n = n + 1;\nCREATE INDEX a_n ON a (n);", "", ""},
    {"5_e.sql", "UPDATE d SET n = 3;", "", ""},
    {"6_f.sql", "UPDATE d SET n = 4;", "", ""}};

const std::vector<std::string> kEffects = {
    "CREATE TABLE a (n bigint)", "INSERT INTO a VALUES (1)",
    "CREATE TABLE b (n bigint)", "ALTER TABLE b ADD COLUMN c text",
    "UPDATE a SET n = 2",        "DROP TABLE b",
    "CREATE TABLE c (n bigint)", "CREATE INDEX ASYNC c_n ON c (n)",
    "UPDATE a SET n = n + 1",    "CREATE INDEX ASYNC a_n ON a (n)",
    "UPDATE d SET n = 3",        "UPDATE d SET n = 4"};

class FlightTest : public testing::TestWithParam<int> {
 protected:
  FlightTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.flight = GetParam();
  }

  RunReport apply() {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto report = engine::apply(database, FakeSource(files_), options_, {});
    sent_ = database.sent;
    return report;
  }

  // `action` once, around the message of that number; false when there were not so many.
  bool once(Moment when, int message, std::function<void()> action) {
    seen_ = 0;
    fired_ = false;
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment != when || sql == "connect" || fired_ || seen_++ != message) return;
      fired_ = true;
      action();
    };
    return true;
  }

  void expect_everything_once(int message) {
    ASSERT_EQ(server_.state.effects, kEffects) << "message " << message;
    for (const auto& [version, row] : server_.state.revisions) {
      ASSERT_TRUE(row.complete()) << version << ", message " << message;
    }
    ASSERT_EQ(server_.state.revisions.size(), 6u);
    ASSERT_TRUE(server_.state.indexes.at("c_n"));
    ASSERT_TRUE(server_.state.indexes.at("a_n"));
  }

  // With no patience.
  RunReport apply_as_another() {
    FakeDatabase database(server_);
    auto options = options_;
    options.owner = "another";
    options.clock.random = [] { return 0.25; };  // another nonce
    return engine::apply(database, FakeSource(files_), options, {});
  }

  void pass_budget() {
    const auto left = time_left(options_.clock, options_.deadline - options_.reserve);
    time_.pass(left + 1ms);
  }

  void reset() {
    server_.state = {};
    server_.jobs.clear();
    server_.hook = {};
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<SourceFile> files_ = kFiles;
  std::vector<std::string> sent_;
  int seen_ = 0;
  bool fired_ = false;
};

// Files that are one transaction each: nothing but COMMIT can be in doubt.
class FileFlightTest : public testing::Test {
 protected:
  static constexpr int kCount = 6;

  FileFlightTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.dialect = Dialect::kPostgres;
    server_.plain = true;
    for (int i = 1; i <= kCount; ++i) {
      const auto n = std::to_string(i);
      const std::string made = "CREATE TABLE t" + n + " (n bigint)";
      const std::string filled = "INSERT INTO t" + n + " VALUES (1)";
      files_.push_back({n + "_t.sql", made + ";\n" + filled + ";", "", ""});
      effects_.insert(effects_.end(), {made, filled});
    }
  }

  RunReport apply() {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto report = engine::apply(database, FakeSource(files_), options_, {});
    sent_ = database.sent;
    trips_ = database.round_trips();
    return report;
  }

  // `action` once, around the message of that number.
  void once(Moment when, int message, std::function<void()> action) {
    seen_ = 0;
    fired_ = false;
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment != when || sql == "connect" || fired_ || seen_++ != message) return;
      fired_ = true;
      action();
    };
  }

  void expect_everything_once(int message) {
    ASSERT_EQ(server_.state.effects, effects_) << "message " << message;
    ASSERT_EQ(server_.state.revisions.size(), files_.size());
    for (const auto& [version, row] : server_.state.revisions) {
      ASSERT_TRUE(row.complete()) << version << ", message " << message;
    }
  }

  void reset() {
    server_.state = {};
    server_.hook = {};
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<SourceFile> files_;
  std::vector<std::string> effects_;
  std::vector<std::string> sent_;
  int trips_ = 0;
  int seen_ = 0;
  bool fired_ = false;
};

TEST_F(FileFlightTest, files_go_out_in_one_flight_with_one_write_each) {
  ASSERT_EQ(apply().status, Status::kApplied);
  expect_everything_once(0);
  const auto puts = std::count_if(sent_.begin(), sent_.end(), [](const std::string& sql) {
    return sql.starts_with("INSERT INTO \"dsql_migrate\".revisions") ||
           sql.starts_with("UPDATE \"dsql_migrate\".revisions");
  });
  EXPECT_EQ(puts, kCount);
  EXPECT_EQ(trips_, 5) << "read, another tool's tables?, look, create, the flight";
}

TEST_F(FileFlightTest, fault_at_any_message_and_everything_takes_effect_once) {
  for (const auto kind :
       {ErrorKind::kConnectionLost, ErrorKind::kUnavailable, ErrorKind::kConflict}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      if (kind == ErrorKind::kConflict && moment == Moment::kAfter) continue;
      fired_ = true;
      for (int message = 0; fired_; ++message) {
        reset();
        once(moment, message, [kind] { throw Error(kind, "fault"); });
        const auto report = apply();
        ASSERT_EQ(report.status, Status::kApplied)
            << "message " << message << ": " << report.failure->message;
        expect_everything_once(message);
      }
    }
  }
}

TEST_F(FileFlightTest, owner_killed_at_any_message_is_followed_by_one_that_completes_it) {
  struct Killed {};
  for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
    for (int message = 0;; ++message) {
      reset();
      once(moment, message, [] { throw Killed(); });
      try {
        apply();
        break;
      } catch (const Killed&) {
        time_.pass(61s);
      }
      const auto status = apply().status;
      ASSERT_TRUE(status == Status::kApplied || status == Status::kUpToDate) << message;
      expect_everything_once(message);
    }
  }
}

TEST_F(FileFlightTest, lease_lost_at_any_message_lets_no_other_file_through) {
  fired_ = true;
  for (int message = 0; fired_; ++message) {
    reset();
    std::size_t effects = 0;
    bool held = false;
    once(Moment::kAfter, message, [&] {
      held = server_.state.lock && !server_.state.lock->nonce.empty();
      effects = server_.state.effects.size();
      if (held) server_.state.lock->nonce = "another";
      ++server_.commits;
    });
    const auto report = apply();
    if (!held || report.status == Status::kApplied) continue;  // at the very end: nothing is left
    ASSERT_EQ(report.status, Status::kFailed) << message;
    ASSERT_EQ(report.failure->code, "lease-lost") << message;
    ASSERT_EQ(server_.state.effects.size(), effects) << message;
  }
}

TEST_F(FileFlightTest, refused_statement_stops_after_the_files_before_it_and_names_its_own) {
  files_[3].bytes = "INSERT INTO t3 VALUES (2);\nCREATE TABLE t1 (n bigint);";
  const auto report = apply();
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "4");
  EXPECT_EQ(report.failure->statement_number, 2);
  EXPECT_FALSE(report.failure->in_doubt);
  EXPECT_EQ(server_.state.effects.size(), 6u) << "three files, and nothing of the fourth";
  EXPECT_EQ(server_.state.revisions.size(), 4u);
  EXPECT_EQ(server_.state.revisions.at("4").applied, 0);
  EXPECT_EQ(report.pending.size(), 3u);
  files_[3].bytes = "CREATE TABLE t4 (n bigint);\nINSERT INTO t4 VALUES (1);";
  EXPECT_EQ(apply().status, Status::kApplied);
  expect_everything_once(0);
}

TEST_F(FileFlightTest, time_over_in_a_later_file_is_a_pause_and_in_the_first_a_failure) {
  for (const bool later : {false, true}) {
    reset();
    const std::string at = later ? "INSERT INTO t3 VALUES (1)" : "INSERT INTO t1 VALUES (1)";
    server_.hook = [this, at](Moment moment, std::string_view sql) {
      if (moment != Moment::kBefore || sql != at) return;
      server_.hook = {};
      throw Error(ErrorKind::kTimeout, "no answer");
    };
    const auto report = apply();
    ASSERT_EQ(report.status, later ? Status::kContinue : Status::kFailed);
    EXPECT_EQ(report.pending.size(), later ? 4u : 6u);
    if (!later) {
      EXPECT_EQ(report.failure->statement_number, 2);
      EXPECT_FALSE(report.failure->in_doubt);
    }
    EXPECT_EQ(apply().status, Status::kApplied);
    expect_everything_once(0);
  }
}

TEST_F(FileFlightTest, time_over_with_a_transaction_that_keeps_the_lock_is_still_reported) {
  server_.hook = [this](Moment moment, std::string_view sql) {
    const bool waits = sql.find("fencing = fencing + 1, expires_at") != std::string_view::npos;
    if (moment != Moment::kBefore || (sql != "INSERT INTO t3 VALUES (1)" && !waits)) return;
    throw Error(ErrorKind::kTimeout, "no answer");
  };
  const auto report = apply();
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "3");
  EXPECT_EQ(report.failure->statement_number, 2);
  EXPECT_FALSE(report.failure->in_doubt);
  EXPECT_EQ(report.statements_applied, 4);
}

TEST_F(FileFlightTest, file_that_lasts_as_long_as_the_connection_goes_by_itself) {
  for (const char* text : {"CREATE TEMP TABLE x (n bigint);", "SET search_path TO app;"}) {
    reset();
    files_[2].bytes = text;
    ASSERT_EQ(apply().status, Status::kApplied);
    EXPECT_EQ(server_.state.revisions.size(), 6u);
    EXPECT_GE(trips_, 7) << "two flights, and the file between them";
  }
}

TEST_P(FlightTest, fault_at_any_message_and_everything_takes_effect_once) {
  for (const auto kind :
       {ErrorKind::kConnectionLost, ErrorKind::kUnavailable, ErrorKind::kConflict}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      if (kind == ErrorKind::kConflict && moment == Moment::kAfter) continue;
      fired_ = true;
      for (int message = 0; fired_; ++message) {
        reset();
        once(moment, message, [kind] { throw Error(kind, "fault"); });
        const auto report = apply();
        ASSERT_EQ(report.status, Status::kApplied)
            << "message " << message << ": " << report.failure->message;
        expect_everything_once(message);
      }
    }
  }
}

TEST_P(FlightTest, owner_killed_at_any_message_is_followed_by_one_that_completes_it) {
  struct Killed {};
  for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
    for (int message = 0;; ++message) {
      reset();
      once(moment, message, [] { throw Killed(); });
      try {
        apply();
        break;
      } catch (const Killed&) {
        time_.pass(61s);
      }
      const auto status = apply().status;
      ASSERT_TRUE(status == Status::kApplied || status == Status::kUpToDate) << message;
      expect_everything_once(message);
    }
    EXPECT_GT(sent_.size(), 40u);
  }
}

TEST_P(FlightTest, lease_lost_at_any_message_lets_at_most_one_statement_through) {
  fired_ = true;
  for (int message = 0; fired_; ++message) {
    reset();
    std::size_t effects = 0;
    bool held = false;
    once(Moment::kAfter, message, [&] {
      held = server_.state.lock && !server_.state.lock->nonce.empty();
      effects = server_.state.effects.size();
      if (held) server_.state.lock->nonce = "another";
      ++server_.commits;
    });
    const auto report = apply();
    if (!held || report.status == Status::kApplied) continue;  // at the very end: nothing is left
    ASSERT_EQ(report.status, Status::kFailed) << message;
    ASSERT_EQ(report.failure->code, "lease-lost") << message;
    ASSERT_LE(server_.state.effects.size(), effects + 1) << message;
  }
}

TEST_P(FlightTest, time_over_on_the_wire_is_reported_with_what_was_done) {
  for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
    reset();
    server_.hook = [&](Moment at, std::string_view sql) {
      if (at != moment || sql != "DROP TABLE b") return;
      server_.hook = {};
      throw Error(ErrorKind::kTimeout, "no answer");
    };
    const auto report = apply();
    ASSERT_NE(report.status, Status::kApplied);
    EXPECT_EQ(server_.state.revisions.at("2").in_doubt, 2);
    EXPECT_EQ(report.migrations.back().version, "2");
    EXPECT_EQ(report.migrations.back().statements, 1);
    EXPECT_EQ(apply().status, Status::kApplied);
    expect_everything_once(0);
  }
}

// The server has answered, so nobody has to find out what the statement did.
TEST_P(FlightTest, time_over_behind_an_answer_at_any_message_leaves_nothing_in_doubt) {
  int continued = 0;
  for (const auto kind : {ErrorKind::kConflict, ErrorKind::kStatement}) {
    fired_ = true;
    for (int message = 0; fired_; ++message) {
      reset();
      once(Moment::kBefore, message, [&] {
        pass_budget();
        throw Error(kind, "refused", {"42P07", "refused", "", "", 0});
      });
      if (apply().status == Status::kContinue) ++continued;
      for (const auto& [version, row] : server_.state.revisions) {
        ASSERT_EQ(row.in_doubt, 0) << version << ", message " << message;
      }
      server_.hook = {};
      ASSERT_NE(apply().status, Status::kFailed) << message;
      expect_everything_once(message);
    }
  }
  EXPECT_GT(continued, 20);
}

// By another tool, it looks exactly as ours would, and was there before.
TEST_P(FlightTest, object_of_somebody_else_is_not_taken_for_ours_by_the_run_after_a_pause) {
  server_.state.relations.insert("c");
  server_.answers["CREATE TABLE c (n bigint)"] = "done";
  server_.hook = [&](Moment moment, std::string_view sql) {
    if (moment != Moment::kBefore || sql != "CREATE TABLE c (n bigint)") return;
    pass_budget();
    server_.hook = {};
  };
  apply();
  const auto report = apply();
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-failed");
  EXPECT_EQ(report.failure->version, "3");
}

// The row says more than this run knows by then: what it has left of it is worth nothing.
TEST_P(FlightTest, run_that_cannot_read_what_a_lost_flight_did_leaves_the_ledger_as_it_is) {
  options_.flight = std::max(GetParam(), 6);  // all of it, with room for as much behind it
  files_ = {{"1_a.sql",
             "CREATE INDEX a_n ON a (n);\nCREATE INDEX a_m ON a (m);\nCREATE TABLE c (n bigint);",
             "", ""}};
  const auto read = make_read_revisions("dsql_migrate", std::vector<std::string>{"1"}).sql;
  server_.hook = [&](Moment moment, std::string_view sql) {
    const auto& row = server_.state.revisions["1"];
    if (moment == Moment::kAfter && sql == "COMMIT" && row.applied == 2 && !fired_) {
      fired_ = true;
      throw Error(ErrorKind::kConnectionLost, "gone");
    }
    if (moment == Moment::kBefore && fired_ && sql == read) {
      throw Error(ErrorKind::kStatement, "refused");
    }
  };
  EXPECT_EQ(apply().status, Status::kFailed);
  const auto& row = server_.state.revisions.at("1");
  EXPECT_EQ(row.job_ids, (std::vector<std::string>{"1:", "2:"}));
  EXPECT_EQ(row.in_doubt, 3);
}

// Nobody else sees a renewal before the transaction it is in has committed.
TEST_P(FlightTest, statement_at_work_for_longer_than_a_lease_keeps_the_lock) {
  files_ = {{"1_a.sql",
             "CREATE TABLE a (n bigint);\nUPDATE a SET n = 2;\nUPDATE a SET n = 3;\n"
             "INSERT INTO a VALUES (4);\nCREATE TABLE b (n bigint);\nDELETE FROM a;",
             "", ""},
            {"2_b.sql", "INSERT INTO b SELECT n FROM a;\nSELECT 1;", "", ""},
            {"3_c.sql", "UPDATE b SET n = 5;", "", ""},
            {"4_d.sql", "UPDATE b SET n = 6;", "", ""}};
  const std::set<std::string_view> slow = {"UPDATE a SET n = 2", "UPDATE a SET n = 3",
                                           "DELETE FROM a",      "INSERT INTO b SELECT n FROM a",
                                           "SELECT 1",           "UPDATE b SET n = 5",
                                           "UPDATE b SET n = 6"};
  for (const int flight : {GetParam(), 0}) {
    options_.flight = flight;
    for (const auto sql : slow) {
      reset();
      RunReport other;
      server_.hook = [&](Moment moment, std::string_view seen) {
        if (moment != Moment::kBefore || seen != sql) return;
        server_.hook = {};
        time_.pass(290s);
        other = apply_as_another();
      };
      const auto report = apply();
      ASSERT_EQ(report.status, Status::kApplied) << sql << ", " << flight;
      ASSERT_EQ(other.status, Status::kLocked) << sql << ", " << flight;
      ASSERT_EQ(server_.state.effects.size(), 10u) << sql << ", " << flight;
    }
  }
}

// The first attempt has used up what the lease had been extended by.
TEST_P(FlightTest, statement_that_lost_and_goes_again_keeps_the_lock_too) {
  for (const int flight : {GetParam(), 0}) {
    options_.flight = flight;
    reset();
    std::vector<Status> others;
    server_.hook = [&](Moment moment, std::string_view sql) {
      if (moment != Moment::kBefore || sql != "UPDATE a SET n = n + 1") return;
      const auto hook = std::exchange(server_.hook, {});
      time_.pass(200s);
      others.push_back(apply_as_another().status);
      if (others.size() > 1) return;
      server_.hook = hook;
      throw Error(ErrorKind::kConflict, "conflict");
    };
    options_.reserve = 1s;
    ASSERT_EQ(apply().status, Status::kApplied) << flight;
    EXPECT_EQ(others, (std::vector<Status>(2, Status::kLocked))) << flight;
  }
}

TEST_P(FlightTest, lease_of_a_killed_owner_is_longer_only_while_a_statement_is_that_may_take_long) {
  struct Killed {};
  for (const auto& [at, is_long] :
       std::map<std::string_view, bool>{{"CREATE TABLE a (n bigint)", false},
                                        {"INSERT INTO a VALUES (1)", false},
                                        {"ALTER TABLE b ADD COLUMN c text", false},
                                        {"UPDATE a SET n = 2", true},
                                        {"UPDATE d SET n = 3", true}}) {
    reset();
    server_.hook = [&](Moment moment, std::string_view sql) {
      if (moment == Moment::kBefore && sql == at) throw Killed();
    };
    EXPECT_THROW(apply(), Killed);
    server_.hook = {};
    time_.pass(61s);
    if (is_long) {
      EXPECT_EQ(apply_as_another().status, Status::kLocked) << at;
      time_.pass(300s);
    }
    EXPECT_EQ(apply_as_another().status, Status::kApplied) << at;
  }
}

TEST_P(FlightTest, file_of_one_data_change_has_one_write) {
  ASSERT_EQ(apply().status, Status::kApplied);
  const auto writes = std::count_if(sent_.begin(), sent_.end(), [](const std::string& sql) {
    return sql.starts_with("INSERT INTO \"dsql_migrate\".revisions") &&
           sql.find("ON CONFLICT") == std::string::npos;
  });
  EXPECT_EQ(writes, 2);
}

INSTANTIATE_TEST_SUITE_P(Statements, FlightTest, testing::Values(100, 3, 1),
                         [](const auto& each) { return std::to_string(each.param); });

}  // namespace
}  // namespace engine
