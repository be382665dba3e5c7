// Waiting between attempts. Time, sleep and randomness come in through Clock, so that a test needs
// no real second.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "engine/deadline.h"

namespace engine {

struct Clock {
  std::function<Deadline()> now;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<double()> random;  // [0, 1)
};

// The machine's steady clock, a real sleep, a generator seeded by the system.
Clock make_system_clock();

// 32 random hexadecimal digits.
std::string make_nonce(const Clock& clock);

// What is left until `deadline`, at least zero.
std::chrono::milliseconds time_left(const Clock& clock, Deadline deadline);

// 50 ms doubling to 5 s, each pause half fixed and half random (the Aurora DSQL user guide's advice
// for 40001 is exponential back-off with jitter).
class Backoff {
 public:
  Backoff(const Clock& clock, Deadline deadline) : clock_(clock), deadline_(deadline) {}

  // Sleeps. False, without sleeping, when the pause would not end before the deadline.
  bool wait();
  int attempts() const { return attempts_; }

 private:
  const Clock& clock_;
  Deadline deadline_;
  int attempts_ = 0;
};

}  // namespace engine
