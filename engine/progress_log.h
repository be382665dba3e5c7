// What a run tells of the files it applies: each of them when they are few (else at debug level),
// and how far it is, now and then.
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
  void add(const MigrationResult& result, bool undone = false) const;
  // The statements of so many files have been run; index builds of theirs may be under way.
  void go_on(std::size_t files);

 private:
  const Session& session_;
  std::size_t files_ = 0;
  Deadline told_{};
};

}  // namespace engine
