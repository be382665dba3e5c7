#include "engine/lock.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/error.h"
#include "engine/run_report.h"
#include "tests/support/fake_clock.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

// An owner with a connection, a session and a lock of its own.
struct Owner {
  Owner(FakeServer& server, const Clock& clock, const std::string& name, Deadline deadline)
      : database(server),
        session(database, clock, observer, deadline),
        ledger(session, "dsql_migrate"),
        lock(session, {"dsql_migrate", name, 60s, Dialect::kDsql}) {
    session.connect();
  }
  void renew() {
    lock.commit({}, [] { return false; });
  }

  std::vector<std::string> events;
  Observer observer = [this](const Event& event) { events.push_back(event.message); };
  FakeDatabase database;
  Session session;
  Ledger ledger;
  Lock lock;
};

Clock with_another_nonce(Clock clock) {
  clock.random = [] { return 0.25; };
  return clock;
}

class LockTest : public testing::Test {
 protected:
  LockTest() { first_.ledger.ensure(); }

  FakeServer server_;
  FakeClock time_{server_};
  Clock clock_ = time_.clock();
  Owner first_{server_, clock_, "first", time_.now() + 10min};
  Clock other_clock_ = with_another_nonce(clock_);
  Owner second_{server_, other_clock_, "second", time_.now() + 10min};
};

TEST_F(LockTest, free_lock_is_ours_and_the_fencing_number_grows) {
  EXPECT_FALSE(first_.lock.acquire(0s).has_value());
  EXPECT_EQ(first_.lock.fencing(), 1);
  first_.lock.release();
  EXPECT_FALSE(second_.lock.acquire(0s).has_value());
  EXPECT_EQ(second_.lock.fencing(), 2);
}

TEST_F(LockTest, held_lock_names_its_holder) {
  first_.lock.acquire(0s);
  const auto holder = second_.lock.acquire(0s);
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->owner, "first");
  EXPECT_EQ(holder->since, "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(holder->expires, "1970-01-01T00:01:00.000Z");
  EXPECT_FALSE(second_.lock.held());
}

TEST_F(LockTest, lock_released_between_the_attempt_and_the_look_is_tried_again_at_once) {
  first_.lock.acquire(0s);
  server_.hook = [&](FakeServer::Moment moment, std::string_view sql) {
    if (moment != FakeServer::Moment::kBefore || !sql.starts_with("SELECT 'revision'")) return;
    server_.hook = {};
    first_.lock.release();
  };
  EXPECT_FALSE(second_.lock.acquire(0s).has_value());
  EXPECT_EQ(second_.lock.fencing(), 2);
}

TEST_F(LockTest, patience_waits_for_the_release) {
  first_.lock.acquire(0s);
  server_.hook = [&](FakeServer::Moment, std::string_view) {
    if (server_.now < 5'000) return;
    server_.hook = {};
    first_.lock.release();
  };
  EXPECT_FALSE(second_.lock.acquire(30s).has_value());
  EXPECT_EQ(second_.events,
            (std::vector<std::string>{"connected", "waiting for the lock", "lock acquired"}));
}

TEST_F(LockTest, patience_ends) {
  first_.lock.acquire(0s);
  EXPECT_TRUE(second_.lock.acquire(5s).has_value());
  EXPECT_GE(server_.now, 5'000);
  EXPECT_LT(server_.now, 7'000);
}

TEST_F(LockTest, lease_of_a_dead_owner_is_taken_over_and_the_dead_one_is_told) {
  first_.lock.acquire(0s);
  time_.pass(61s);
  EXPECT_FALSE(second_.lock.acquire(0s).has_value());
  try {
    first_.renew();
    FAIL() << "renewed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kLeaseLost);
  }
  EXPECT_FALSE(first_.lock.held());
  first_.lock.release();
  EXPECT_TRUE(first_.lock.acquire(0s).has_value()) << "release must not free another's lock";
}

TEST_F(LockTest, renewed_lease_lasts_from_the_renewal) {
  first_.lock.acquire(0s);
  time_.pass(50s);
  first_.renew();
  time_.pass(50s);
  EXPECT_TRUE(second_.lock.acquire(0s).has_value());
  first_.lock.confirm(5min);
  time_.pass(4min);
  EXPECT_TRUE(second_.lock.acquire(0s).has_value());
}

TEST_F(LockTest, renewal_is_due_after_a_third_of_the_lease) {
  first_.lock.acquire(0s);
  const auto before = first_.database.sent.size();
  time_.pass(19s);
  first_.lock.renew_when_due();
  EXPECT_EQ(first_.database.sent.size(), before);
  time_.pass(2s);
  first_.lock.renew_when_due();
  EXPECT_EQ(first_.database.sent.size(), before + 4);
}

TEST_F(LockTest, lost_answer_to_the_acquisition_is_settled_by_the_row) {
  server_.hook = [&](FakeServer::Moment moment, std::string_view sql) {
    if (moment != FakeServer::Moment::kAfter || !sql.starts_with("UPDATE")) return;
    server_.hook = {};
    throw Error(ErrorKind::kConnectionLost, "cut");
  };
  EXPECT_FALSE(first_.lock.acquire(0s).has_value());
  EXPECT_EQ(first_.lock.fencing(), 1);
  first_.renew();
}

TEST_F(LockTest, lost_request_for_the_acquisition_is_sent_again) {
  server_.hook = [&](FakeServer::Moment, std::string_view sql) {
    if (!sql.starts_with("UPDATE")) return;
    server_.hook = {};
    throw Error(ErrorKind::kConnectionLost, "cut");
  };
  EXPECT_FALSE(first_.lock.acquire(0s).has_value());
  EXPECT_EQ(first_.lock.fencing(), 1);
}

TEST_F(LockTest, row_that_is_gone_is_made_again) {
  server_.state.lock.reset();
  EXPECT_FALSE(first_.lock.acquire(0s).has_value());
}

}  // namespace
}  // namespace engine
