// What is told of a statement that takes many transactions while it is under way, and how long one
// of them takes.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/plan.h"
#include "engine/session.h"

namespace engine {

class BulkLog {
 public:
  BulkLog(const Session& session, const Migration& file, const PlannedStatement& statement);

  // One more transaction has committed, of that many rows; nullopt when the answer was lost.
  void add(std::optional<long long> rows, long long progress);
  // No more of them go out in this run.
  void finish(bool complete);

  // The longest of them so far.
  std::chrono::milliseconds longest() const { return longest_; }

 private:
  void tell(const std::string& message) const;

  const Session& session_;
  const Migration& file_;
  const PlannedStatement& statement_;
  Deadline last_;
  Deadline told_;
  std::chrono::milliseconds longest_{0};
  long long transactions_ = 0;
  long long rows_ = 0;
  long long progress_ = 0;
};

}  // namespace engine
