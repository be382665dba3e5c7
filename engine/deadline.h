// The moment by which a blocking call must have returned; passed by value to everything that waits.
#pragma once

#include <chrono>

namespace engine {

using Deadline = std::chrono::steady_clock::time_point;

}  // namespace engine
