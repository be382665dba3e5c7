#include "runtime/surroundings.h"

#include <memory>
#include <random>
#include <thread>

namespace runtime {

Surroundings Surroundings::of_process() {
  auto generator = std::make_shared<std::mt19937>(std::random_device{}());
  return {[] { return std::chrono::system_clock::now(); },
          [] { return std::chrono::steady_clock::now(); },
          [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
          [generator] { return std::generate_canonical<double, 53>(*generator); }};
}

}  // namespace runtime
