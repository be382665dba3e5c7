// Runs a Plan: its files in order, until all are applied or one has to stop.
#pragma once

#include <vector>

#include "engine/directory.h"
#include "engine/file_run.h"
#include "engine/flight_run.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/run_report.h"

namespace engine {

class Executor {
 public:
  // `directory` is what the plan was made from, `revisions` the ledger it was made with. The lock
  // is held and the ledger exists.
  Executor(Run& run, const MigrationDirectory& directory, const std::vector<Revision>& revisions);

  // Never throws Error: how it ended is in the report, whose status, migrations, pending, jobs,
  // failure, current_version and counts are set. kApplied | kContinue | kFailed.
  void run(const Plan& plan, RunReport* report);

 private:
  void load(const Plan& plan, std::size_t done);
  FileEnd go_on();
  FileEnd fly();
  FileEnd run_first();
  FileEnd run_first_alone();
  bool flies() const;
  int count_alone(const FileWork& work) const;
  void begin(FileWork& work) const;
  std::size_t finish_complete(RunReport* report);
  void report_first(const FileEnd& end, RunReport* report);
  bool fits_one_transaction(const Step& step) const;
  const Migration& find_file(const std::string& version) const;
  const Revision* find_revision(const std::string& version) const;
  void tell(const MigrationResult& result) const;

  Run& run_;
  const MigrationDirectory& directory_;
  const std::vector<Revision>& revisions_;
  FlightRun flights_;
  std::vector<FileWork> works_;  // the steps that are next, as many as a flight may hold
  bool alone_ = false;           // the next statement goes by itself
};

// What of the plan is left to do when its first `done` steps are, and `statements` of the next.
std::vector<PendingMigration> make_pending(const Plan& plan, std::size_t done, int statements);

}  // namespace engine
