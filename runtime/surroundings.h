// Time, waiting and chance as values, so that signatures, back-off and clock skew are plain tests.
#pragma once

#include <chrono>
#include <functional>

namespace runtime {

struct Surroundings {
  std::function<std::chrono::system_clock::time_point()> now;
  std::function<std::chrono::steady_clock::time_point()> steady_now;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<double()> random;  // in [0, 1)

  // The machine's own clocks, this thread's sleep, a generator seeded from the system.
  static Surroundings of_process();
};

}  // namespace runtime
