// Surroundings' twin: a clock that only moves when someone sleeps, and chance that is always one
// half. And an environment with the variables a test names.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/surroundings.h"
#include "runtime/time_text.h"

namespace test_support {

struct FakeSurroundings {
  std::chrono::system_clock::time_point now = *runtime::parse_iso8601("2026-11-21T12:00:00Z");
  std::chrono::steady_clock::time_point steady{std::chrono::hours{1}};
  std::vector<std::chrono::milliseconds> sleeps;

  // Refers to this object, which must outlive what it is given to.
  runtime::Surroundings view() {
    return {[this] { return now; }, [this] { return steady; },
            [this](std::chrono::milliseconds time) {
              sleeps.push_back(time);
              now += time;
              steady += time;
            },
            [] { return 0.5; }};
  }
  runtime::Deadline in(std::chrono::seconds time) const { return steady + time; }
};

inline runtime::Environment make_environment(
    std::map<std::string, std::string, std::less<>> variables) {
  return runtime::Environment(std::move(variables));
}

}  // namespace test_support
