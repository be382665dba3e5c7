// Time that passes only when somebody sleeps.
#pragma once

#include <chrono>

#include "engine/retry.h"
#include "tests/support/fake_database.h"

namespace engine {

class FakeClock {
 public:
  // Sleeping moves the server's clock too.
  explicit FakeClock(FakeServer& server) : server_(server) {}

  void pass(std::chrono::milliseconds time) {
    now_ += time;
    server_.now += time.count();
  }
  Deadline now() const { return now_; }

  // `random` is always a half. Must not outlive this object.
  Clock clock() {
    return {[this] { return now_; }, [this](std::chrono::milliseconds time) { pass(time); },
            [] { return 0.5; }};
  }

 private:
  FakeServer& server_;
  Deadline now_ = Deadline{} + std::chrono::hours(1000);
};

}  // namespace engine
