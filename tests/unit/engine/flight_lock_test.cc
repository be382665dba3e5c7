// The lock taken ahead of a run's first flight and released with its last.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "engine/error.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;

constexpr std::string_view kTake = "UPDATE \"dsql_migrate\".lock SET owner = $1";
constexpr std::string_view kRelease = "UPDATE \"dsql_migrate\".lock SET owner = ''";
constexpr std::string_view kLook = "SELECT 'revision'";

std::function<void()> throws(ErrorKind kind) {
  return [kind] { throw Error(kind, "fault"); };
}

class FlightLockTest : public testing::TestWithParam<Dialect> {
 protected:
  FlightLockTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.dialect = GetParam();
    server_.plain = GetParam() == Dialect::kPostgres;
    EXPECT_EQ(apply(0).status, Status::kApplied);
  }

  // A table and a row in a file each.
  static FakeSource make_files(int count) {
    std::vector<SourceFile> files = {{"0_init.sql", "CREATE TABLE t (n bigint);", "", ""}};
    for (int i = 1; i <= count; ++i) {
      const auto n = std::to_string(i);
      const auto version = std::to_string(100 + i);
      files.push_back({version + "0_t.sql", "CREATE TABLE t" + n + " (n bigint);", "", ""});
      files.push_back({version + "1_t.sql", "INSERT INTO t VALUES (" + n + ");", "", ""});
    }
    return FakeSource(files);
  }

  RunReport apply(int count) { return apply(count, options_); }
  RunReport apply(int count, RunOptions options) {
    FakeDatabase database(server_);
    options.deadline = time_.now() + 10min;
    events_.clear();
    const auto report =
        engine::apply(database, make_files(count), options,
                      [this](const Event& event) { events_.push_back(event.message); });
    sent_ = database.sent;
    trips_ = database.round_trips();
    return report;
  }
  RunOptions other_options() const {
    auto options = options_;
    options.owner = "other";
    options.clock.random = [] { return 0.25; };  // another nonce
    return options;
  }

  // Once, around a message that begins with `part`, when `skip` others have passed.
  void once(Moment when, std::string_view part, std::function<void()> action, int skip = 0) {
    skip_ = skip;
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment != when || !sql.starts_with(part) || skip_-- > 0) return;
      server_.hook = {};
      action();
    };
  }

  void expect_applied_once(int count) {
    ASSERT_EQ(server_.state.effects.size(), 1u + 2u * static_cast<unsigned>(count));
    for (const auto& [version, row] : server_.state.revisions) EXPECT_TRUE(row.complete());
    EXPECT_EQ(server_.state.lock->nonce, "");
  }
  long sent(std::string_view part) const {
    return std::count_if(sent_.begin(), sent_.end(),
                         [&](const std::string& sql) { return sql.starts_with(part); });
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<std::string> sent_;
  std::vector<std::string> events_;
  int trips_ = 0;
  int skip_ = 0;
};

TEST_P(FlightLockTest, run_is_a_look_and_one_flight) {
  const auto report = apply(20);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(trips_, 2);
  EXPECT_EQ(sent(kTake), 1);
  EXPECT_EQ(sent(kRelease), 1);
  EXPECT_EQ(server_.state.lock->fencing, 2);
  EXPECT_EQ(events_.at(1), "lock acquired");
  EXPECT_EQ(events_.at(2), "migration started");
  expect_applied_once(20);
}

TEST_P(FlightLockTest, lock_is_seen_by_others_from_before_the_first_statement_to_the_last) {
  std::vector<std::string> owners;
  server_.hook = [&](Moment moment, std::string_view sql) {
    const bool statement = sql.starts_with("CREATE TABLE t") || sql.starts_with("INSERT INTO t");
    if (moment == Moment::kBefore && statement) owners.push_back(server_.state.lock->owner);
  };
  ASSERT_EQ(apply(2).status, Status::kApplied);
  EXPECT_EQ(owners, std::vector<std::string>(4, "me"));
}

TEST_P(FlightLockTest, work_that_another_did_after_the_look_is_not_done_again) {
  RunReport other;
  once(Moment::kAfter, kLook, [&] { other = apply(3, other_options()); });
  const auto report = apply(3);
  EXPECT_EQ(other.status, Status::kApplied);
  EXPECT_EQ(report.status, Status::kUpToDate);
  EXPECT_EQ(report.already_applied, 7);
  expect_applied_once(3);
}

TEST_P(FlightLockTest, lock_that_another_took_after_the_look_is_waited_for) {
  once(Moment::kAfter, kLook, [&] {
    server_.state.lock = LockRow{"other", "its own", 2, "0", "", false};
    server_.state.lock_until = server_.now + 5'000;
  });
  auto report = apply(3);
  ASSERT_EQ(report.status, Status::kLocked);
  EXPECT_EQ(report.lock->owner, "other");
  EXPECT_EQ(server_.state.effects.size(), 1u) << "nothing of the flight";
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "migration started"), 0);

  server_.state.lock->nonce.clear();
  once(Moment::kAfter, kLook, [&] {
    server_.state.lock->nonce = "its own";
    ++server_.state.lock->fencing;
    server_.state.lock_until = server_.now + 5'000;
  });
  options_.lock_timeout = 1min;
  report = apply(3);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "waiting for the lock"), 1);
  expect_applied_once(3);
}

// Its last writes may come after the look.
TEST_P(FlightLockTest, lease_that_is_over_is_taken_over_before_anything_else) {
  server_.state.lock->nonce = "of the dead";
  server_.state.lock_until = server_.now;
  ASSERT_EQ(apply(3).status, Status::kApplied);
  EXPECT_EQ(trips_, 4) << "look, lock, look, the flight";
  expect_applied_once(3);
}

TEST_P(FlightLockTest, conflict_while_it_is_taken_sends_the_flight_again) {
  int files = 0;
  for (const std::string_view at : {std::string_view("BEGIN"), kTake, std::string_view("COMMIT")}) {
    ++files;
    once(Moment::kBefore, at, throws(ErrorKind::kConflict));
    const auto report = apply(files);
    ASSERT_EQ(report.status, Status::kApplied) << at;
    EXPECT_EQ(report.retries, 1);
    EXPECT_EQ(std::count(events_.begin(), events_.end(), "lock acquired"), 1);
    expect_applied_once(files);
  }
}

// As when the server comes to it while the client is back already: at each of its next messages.
TEST_P(FlightLockTest, lock_that_a_lost_flight_takes_late_is_found_and_cannot_be_used_by_it) {
  for (int message = 0; message < 4; ++message) {
    const auto before = server_.state.lock->fencing;
    once(Moment::kBefore, "BEGIN", [&] {
      once(
          Moment::kBefore, "",
          [&] {
            server_.state.lock =
                LockRow{"me", make_nonce(options_.clock), before + 1, "0", "", false};
            server_.state.lock_until = server_.now + 60'000;
            ++server_.commits;
          },
          message);
      throw Error(ErrorKind::kConnectionLost, "cut");
    });
    const auto report = apply(message + 1);
    ASSERT_EQ(report.status, Status::kApplied) << message;
    EXPECT_GE(server_.state.lock->fencing, before + 2) << "what the lost flight has is over";
    expect_applied_once(message + 1);
  }
}

TEST_P(FlightLockTest, another_that_took_it_after_a_cut_has_its_work_looked_at) {
  RunReport other;
  once(Moment::kBefore, "BEGIN", [&] {
    other = apply(3, other_options());
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  const auto report = apply(3);
  EXPECT_EQ(other.status, Status::kApplied);
  EXPECT_NE(report.status, Status::kFailed);
  expect_applied_once(3);
}

TEST_P(FlightLockTest, lost_answer_to_the_end_is_a_success_whoever_has_the_lock_by_then) {
  for (const bool taken : {false, true}) {
    const int files = taken ? 2 : 1;
    once(Moment::kAfter, kRelease, [&] {
      once(Moment::kAfter, "COMMIT", [&] {
        if (taken) {
          server_.state.lock = LockRow{"other", "its own", 9, "0", "", false};
          server_.state.lock_until = server_.now + 60'000;
        }
        throw Error(ErrorKind::kConnectionLost, "cut");
      });
    });
    const auto report = apply(files);
    ASSERT_EQ(report.status, Status::kApplied);
    EXPECT_EQ(report.statements_applied, 2);
    EXPECT_TRUE(report.pending.empty());
    EXPECT_EQ(server_.state.lock->owner, taken ? "other" : "");
  }
}

TEST_P(FlightLockTest, lost_request_for_the_end_is_a_lost_lease_when_another_has_the_lock_by_then) {
  once(Moment::kAfter, kRelease, [&] {
    once(Moment::kBefore, "COMMIT", [&] {
      server_.state.lock = LockRow{"other", "its own", 9, "0", "", false};
      server_.state.lock_until = server_.now + 60'000;
      ++server_.commits;
      throw Error(ErrorKind::kConnectionLost, "cut");
    });
  });
  const auto report = apply(1);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "lease-lost");
  EXPECT_EQ(server_.state.lock->owner, "other");
}

TEST_P(FlightLockTest, lost_request_for_the_end_is_sent_again) {
  once(Moment::kAfter, kRelease,
       [&] { once(Moment::kBefore, "COMMIT", throws(ErrorKind::kConnectionLost)); });
  ASSERT_EQ(apply(2).status, Status::kApplied);
  expect_applied_once(2);
}

TEST_P(FlightLockTest, lock_is_released_behind_a_failure_and_not_with_the_flight) {
  server_.hook = [](Moment moment, std::string_view sql) {
    if (moment != Moment::kBefore || sql != "INSERT INTO t VALUES (2)") return;
    throw Error(ErrorKind::kStatement, "no", {"42P01", "no", "", "", 0});
  };
  const auto report = apply(2);
  server_.hook = {};
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "1021");
  EXPECT_EQ(server_.state.lock->nonce, "");
  EXPECT_EQ(apply(2).status, Status::kApplied);
  expect_applied_once(2);
}

INSTANTIATE_TEST_SUITE_P(Dialects, FlightLockTest,
                         testing::Values(Dialect::kDsql, Dialect::kPostgres), [](const auto& each) {
                           return each.param == Dialect::kDsql ? "dsql" : "postgres";
                         });

}  // namespace
}  // namespace engine
