#include "engine/retry.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/sqlstate.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

struct ManualClock {
  Deadline now{};
  double random = 0;
  std::vector<long long> pauses;
  Clock clock{[this] { return now; },
              [this](std::chrono::milliseconds pause) {
                pauses.push_back(pause.count());
                now += pause;
              },
              [this] { return random; }};
};

TEST(Backoff, pauses_double_up_to_five_seconds) {
  ManualClock manual;
  manual.random = 0.999999;
  Backoff backoff(manual.clock, Deadline::max());
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(backoff.wait());
  EXPECT_EQ(manual.pauses, (std::vector<long long>{49, 99, 199, 399, 799, 1599, 3199, 4999, 4999}));
  EXPECT_EQ(backoff.attempts(), 9);
}

TEST(Backoff, half_of_a_pause_is_chance) {
  ManualClock manual;
  Backoff backoff(manual.clock, Deadline::max());
  backoff.wait();
  EXPECT_EQ(manual.pauses, std::vector<long long>{25});
}

TEST(Backoff, does_not_start_a_pause_that_the_deadline_would_cut) {
  ManualClock manual;
  Backoff backoff(manual.clock, manual.now + 80ms);
  EXPECT_TRUE(backoff.wait());
  EXPECT_TRUE(backoff.wait());
  EXPECT_FALSE(backoff.wait());
  EXPECT_EQ(manual.pauses.size(), 2u);
}

TEST(Nonce, is_as_random_as_the_clock_says) {
  ManualClock manual;
  manual.random = 0.99;
  EXPECT_EQ(make_nonce(manual.clock), std::string(32, 'f'));
  const auto real = make_system_clock();
  EXPECT_NE(make_nonce(real), make_nonce(real));
}

TEST(Sqlstate, decides_what_the_catcher_does) {
  EXPECT_EQ(error_kind_of("40001"), ErrorKind::kConflict);
  EXPECT_EQ(error_kind_of("OC001"), ErrorKind::kConflict);
  EXPECT_EQ(error_kind_of("XX000"), ErrorKind::kUnavailable);
  EXPECT_EQ(error_kind_of("08006"), ErrorKind::kConnectionLost);
  EXPECT_EQ(error_kind_of("57P01"), ErrorKind::kConnectionLost);
  EXPECT_EQ(error_kind_of("57014"), ErrorKind::kStatement);
  EXPECT_EQ(error_kind_of("40P01"), ErrorKind::kStatement);
  EXPECT_EQ(error_kind_of("28P01"), ErrorKind::kAuthentication);
  EXPECT_EQ(error_kind_of("42P07"), ErrorKind::kStatement);
  EXPECT_EQ(error_kind_of(""), ErrorKind::kStatement);
}

}  // namespace
}  // namespace engine
