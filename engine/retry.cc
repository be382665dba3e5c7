#include "engine/retry.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <system_error>
#include <thread>

namespace engine {

using std::chrono::milliseconds;

Clock make_system_clock() {
  // The kernel's own call: std::random_device may want /dev/urandom, which a bare root has not.
  std::array<std::uint32_t, 6> random{};
  if (getentropy(random.data(), sizeof random) != 0)
    throw std::system_error(errno, std::generic_category());
  std::seed_seq seed(random.begin(), random.end());
  const auto generator = std::make_shared<std::mt19937_64>(seed);
  return {[] { return std::chrono::steady_clock::now(); },
          [](milliseconds pause) { std::this_thread::sleep_for(pause); },
          [generator] { return std::uniform_real_distribution<double>{}(*generator); }};
}

std::string make_nonce(const Clock& clock) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string nonce(32, '0');
  for (auto& digit : nonce) digit = kDigits[static_cast<std::size_t>(clock.random() * 16) & 15];
  return nonce;
}

milliseconds time_left(const Clock& clock, Deadline deadline) {
  const auto now = clock.now();
  if (deadline <= now) return milliseconds{0};
  return std::chrono::duration_cast<milliseconds>(deadline - now);
}

bool Backoff::wait() {
  constexpr milliseconds kFirst{50};
  constexpr milliseconds kLongest{5'000};
  const auto ceiling = std::min(kLongest, kFirst * (1 << std::min(attempts_, 10)));
  const auto half = static_cast<double>(ceiling.count()) / 2;
  const milliseconds pause{static_cast<milliseconds::rep>(half + half * clock_.random())};
  if (time_left(clock_, deadline_) <= pause) return false;
  ++attempts_;
  clock_.sleep(pause);
  return true;
}

}  // namespace engine
