// A file's jobs that are not settled yet: waited for together, a failed one cleared away.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/jobs.h"
#include "engine/run.h"
#include "engine/run_report.h"

namespace engine {

class JobWait {
 public:
  enum class End {
    kSettled,  // none of them is under way any more, and none failed
    kFailed,   // failure() says which; an invalid index is dropped, its statement to be sent again
    kPaused,   // the budget ended first
  };

  JobWait(Run& run, const Migration& migration, std::vector<Job> jobs);

  // Looks, and waits, until every job that `wanted` says yes to is settled. Renews the lease.
  End wait(const std::function<bool(const Job&)>& wanted);

  void add(Job job) { jobs_.push_back(std::move(job)); }
  // What is not settled: under way, or (without an id) to be sent again.
  std::vector<Job>& jobs() { return jobs_; }
  const std::vector<Job>& jobs() const { return jobs_; }

  Failure failure() const { return failure_.value_or(Failure{}); }    // after kFailed
  const std::vector<JobReport>& reports() const { return reports_; }  // of the last wait
  std::chrono::milliseconds waited() const { return waited_; }

 private:
  End settle(const std::vector<Job>& asked, const std::vector<JobState>& states);
  void fail(const Job& job, const JobState& state);
  Job& find(const std::string& id);
  void pause_between_looks();

  Run& run_;
  const Migration& migration_;
  std::vector<Job> jobs_;
  Jobs looks_;
  std::optional<Failure> failure_;
  std::vector<JobReport> reports_;
  std::chrono::milliseconds waited_{0};
};

}  // namespace engine
