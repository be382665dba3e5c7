// The asynchronous jobs of a run that are not settled, of all its files: asked about together,
// waited for together, a failed build cleared away.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/jobs.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/run_report.h"

namespace engine {

class RunJobs {
 public:
  enum class End {
    kSettled,  // none of those is under way any more, and none of all has failed
    kFailed,   // failures() say which; an invalid index is dropped, its statement to be sent again
    kPaused,   // time was over first
    kNone,     // wait_for: it needs none
  };
  using Wanted = std::function<bool(const Job&)>;

  // `record` writes what is known of files that wait for jobs, when that is news to the ledger. It
  // is called before a wait first sleeps.
  RunJobs(Run& run, std::function<void()> record)
      : run_(run), looks_(run.session), record_(std::move(record)) {}

  // What the row of a file says, in place of what is known; but a job whose id is known stays.
  void load(const Migration& file, const std::vector<std::string>& entries);
  // In place of an earlier one of that statement. Without id it is to be sent again, or, when it is
  // not recorded as done, for the first time.
  void add(const Migration& file, const PlannedStatement& statement, const std::string& id,
           const JobNames& names = {});
  // The statement needs no job: it found an index that is valid.
  void remove(const std::string& version, int statement);

  // As its row is to have them.
  std::vector<std::string> entries(const std::string& version) const;
  // The row with those, and with the failure when one of them has failed.
  Revision make_row(const Revision& recorded) const;
  bool has_any() const { return !files_.empty(); }
  bool has_any(const std::string& version) const { return files_.contains(version); }
  // Statements to be sent again, of the `applied` ones.
  std::vector<int> lost(const std::string& version, int applied) const;
  // The name that was chosen for the index of that statement, "" for none.
  std::string given_name(const std::string& version, int statement) const;
  // Finds the schemas of what is under way, before a file may set another search_path.
  void locate();
  std::vector<Job> under_way() const;

  // Until no job is under way that `wanted` says yes to, or `until`; one look at least. Each look
  // is at all jobs, and what it finds of the others is taken in too. Renews the lease.
  End wait(const Wanted& wanted, Deadline until);
  // The same for those that a statement needs, within the budget. No look when it needs none.
  End wait_for(const std::string& sql);
  void record() const { record_(); }

  const std::vector<Failure>& failures() const { return failures_; }  // in the files' order
  const Failure* find_failure(const std::string& version) const;
  std::vector<JobReport> reports() const;  // failed, or still under way
  std::chrono::milliseconds waited() const { return waited_; }

 private:
  struct Entry {
    Job job;
    int line = 0;
    int column = 0;
    std::string statement;  // its excerpt
    std::string state = "submitted";
    std::string object;
    std::string details;
    bool settled = false;
  };
  struct File {
    std::string name;
    std::vector<Entry> entries;  // in the order of their statements
  };
  struct VersionLess {
    bool operator()(const std::string& a, const std::string& b) const {
      return compare_versions(a, b) < 0;
    }
  };

  void put(const Migration& file, Entry entry);
  bool look();
  void take(const std::string& version, const File& file, const JobState& state, Entry* entry);
  void fail(const std::string& version, const File& file, const JobState& state, Entry* entry);
  bool is_any_missing() const;

  Run& run_;
  Jobs looks_;
  std::function<void()> record_;
  std::map<std::string, File, VersionLess> files_;  // those that have any
  std::vector<Failure> failures_;
  std::vector<JobReport> failed_;
  std::chrono::milliseconds waited_{0};
};

// Whether RunJobs::make_row of the row that is recorded says more than that one.
bool is_news(const Revision& row, const Revision& recorded);

// Between two looks, after so long a wait: an eighth of it, at least 50 ms, at most `longest`.
std::chrono::milliseconds make_job_pause(std::chrono::milliseconds waited,
                                         std::chrono::milliseconds longest);

}  // namespace engine
