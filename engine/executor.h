// Runs a Plan: its files in order, until all are applied or one has to stop.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "engine/file_run.h"
#include "engine/flight_run.h"
#include "engine/plan.h"
#include "engine/progress_log.h"
#include "engine/run.h"
#include "engine/run_jobs.h"
#include "engine/run_report.h"
#include "engine/source.h"
#include "engine/waiting_files.h"

namespace engine {

class Executor {
 public:
  // `source` is what the plan was made from, `revisions` the ledger it was made with, in version
  // order. The lock is held, or is to be taken as Lock::expect has been told; the ledger exists.
  Executor(Run& run, MigrationSource& source, const std::vector<Revision>& revisions);

  // Never throws Error: how it ended is in the report, whose status, migrations, pending, jobs,
  // failure, current_version and counts are set. kApplied | kContinue | kFailed. Jobs are waited
  // for at the end, unless RunOptions::wait_for_indexes says otherwise.
  // False, and nothing is in the report: the lock was not to be had as expected. Whoever had it may
  // have done what is in the plan.
  bool run(const Plan& plan, RunReport* report);

 private:
  FileEnd go_through(const Plan& plan);
  bool take_lock();
  void load(const Plan& plan);
  void take_out();
  FileWork make_work(const Step& step, Migration file) const;
  FileEnd explain_end(const Error& error, const Plan& plan) const;
  Failure explain(const Error& error, const Plan& plan) const;
  bool has_progressed() const;
  FileEnd go_on();
  FileEnd take_end(FlightRun::End end);
  FileEnd land_rest();
  FileEnd run_first();
  FileEnd run_first_alone();
  bool flies() const;
  int count_alone(const FileWork& work) const;
  void begin(FileWork& work) const;

  FileEnd wait_before_first();
  FileEnd wait_for_all();
  FileEnd stop_after(RunJobs::End end) const;
  bool waits(const FileWork& work) const;
  void record_first();
  void record_rest(FileEnd* end);

  void note_tolerated(FileEnd& end);
  void finish(const FileWork& work);
  void report_end(const Plan& plan, const FileEnd& end, RunReport* report);

  Run& run_;
  MigrationSource& source_;
  const std::vector<Revision>& revisions_;
  RunJobs jobs_;
  WaitingFiles waiting_;
  FlightRun flights_;
  ProgressLog progress_;
  std::deque<FileWork> works_;  // the steps that are next, as many as may be on their way
  std::size_t loaded_ = 0;      // steps of the plan
  bool all_loaded_ = false;
  bool untaken_ = false;  // the lock was not to be had as expected
  bool alone_ = false;    // the next statement goes by itself
  bool in_file_ = false;  // a FileRun has the first one's row
  std::vector<ToleratedStatement> tolerated_;
  std::vector<std::pair<std::size_t, MigrationResult>> results_;  // by the step's index
};

// What of the plan is left to do from that step on.
std::vector<PendingMigration> make_pending(const Plan& plan, std::size_t first);

}  // namespace engine
