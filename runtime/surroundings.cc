#include "runtime/surroundings.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <system_error>
#include <thread>

namespace runtime {

Surroundings Surroundings::of_process() {
  // The kernel's own call: std::random_device may want /dev/urandom, which a bare root has not.
  std::uint32_t seed = 0;
  if (getentropy(&seed, sizeof seed) != 0) throw std::system_error(errno, std::generic_category());
  auto generator = std::make_shared<std::mt19937>(seed);
  return {[] { return std::chrono::system_clock::now(); },
          [] { return std::chrono::steady_clock::now(); },
          [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
          [generator] { return std::generate_canonical<double, 53>(*generator); }};
}

}  // namespace runtime
