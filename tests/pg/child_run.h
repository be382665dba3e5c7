// A run in a process of its own, which a test stops, continues and kills.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "engine/run_report.h"

namespace engine {

class ChildRun {
 public:
  // Starts it. `run` stops where it calls stop_here(), and is not called in this process.
  explicit ChildRun(const std::function<RunReport()>& run);
  ~ChildRun();  // killed when it has not ended
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;

  static void stop_here();

  // True when it has stopped, false when it has ended.
  bool wait_for_stop();
  void stop() const;
  void go_on() const;
  void kill();
  // Waits for its end: "APPLIED" or another status, with the failure's code or the lock's holder
  // behind it ("FAILED lease-lost", "LOCKED me"); "" when it was killed.
  std::string end();

 private:
  void reap();

  pid_t process_ = 0;
  int output_ = -1;
};

}  // namespace engine
