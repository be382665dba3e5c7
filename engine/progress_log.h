// What a run tells of the files it applies: each of them while they are few, else how far it is,
// now and then. Each is told at debug level in any case.
#pragma once

#include <cstddef>

#include "engine/run_report.h"
#include "engine/session.h"

namespace engine {

class ProgressLog {
 public:
  // The session must outlive it.
  explicit ProgressLog(const Session& session);

  // The run has so many files to apply, beginning now.
  void begin(std::size_t files);
  void add(const MigrationResult& result);

 private:
  const Session& session_;
  std::size_t files_ = 0;
  std::size_t applied_ = 0;
  Deadline told_{};
};

}  // namespace engine
