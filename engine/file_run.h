// One migration file brought to its end, or to where it has to stop.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/bulk_log.h"
#include "engine/insert_parts.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/run_jobs.h"
#include "engine/run_report.h"
#include "engine/statement_runner.h"

namespace engine {

// How a file's run ended: all its statements are done when it neither failed nor paused.
struct FileEnd {
  std::optional<Failure> failure = std::nullopt;
  bool paused = false;                             // the budget ended between two statements
  bool unfinished = false;                         // FileRun::go was told to stop here
  int statements = 0;                              // done by this run
  std::vector<ToleratedStatement> tolerated = {};  // of them

  bool stops() const { return failure || paused; }
};

// The row of a file whose run begins. `earlier` is its row so far, nullptr for none.
Revision make_revision(const Step& step, const Migration& file, const Revision* earlier,
                       const RunOptions& options);

// Statement by statement, each with its record. Jobs of the last statements are left under way: the
// file is complete only when it has none.
class FileRun {
 public:
  static constexpr int kAll = std::numeric_limits<int>::max();

  // `file` is the step's migration with the texts of all its statements.
  FileRun(Run& run, RunJobs& jobs, const Step& step, const Migration& file, Revision revision);

  // Not more than `at_most` statements: FileEnd::unfinished when some are left, and nothing is in
  // doubt then. Throws no Error: that the ledger cannot be written, or the lease is lost, is a
  // failure too.
  FileEnd go(int at_most = kAll);

  // How the row is now, with the jobs under way.
  Revision revision() const;

 private:
  void go_through_statements();
  bool restore_session();
  bool send_lost_builds();
  bool send_lost_build(int number);
  std::optional<Sent> send_build(const PlannedStatement& statement, bool in_doubt);
  bool go_on_with(const PlannedStatement& statement);
  bool send(const PlannedStatement& statement);
  void tolerate(const PlannedStatement& statement, const Sent& sent);
  bool send_alone(const PlannedStatement& statement, bool in_doubt);
  bool wait_for(const std::string& sql);
  bool fail_of_job();
  bool send_rounds(const PlannedStatement& statement);
  std::optional<InsertParts> find_parts(const PlannedStatement& statement) const;
  bool send_parts(const PlannedStatement& statement, InsertParts& parts);
  bool has_time_for_part(const BulkLog& log);
  void finish();
  bool fail(Failure failure);
  bool pause();

  bool goes_alone(const PlannedStatement& statement) const;
  const PlannedStatement& find_statement(int number) const;
  bool may_take_long(int number) const;
  void lengthen_lease(int number);
  int doubt_of(int number) const;
  int left_in_doubt() const;
  StatementRecord make_record(int from, int applied);
  void add_time();

  Run& run_;
  RunJobs& jobs_;
  const Step& step_;
  const Migration& file_;
  Revision revision_;
  StatementRunner runner_;
  FileEnd end_;
  Deadline started_;
  long long earlier_ms_;
  int at_most_ = kAll;
  bool complete_ = false;
  const PlannedStatement* unrecorded_ = nullptr;  // has taken effect, and the ledger does not know
  std::string unrecorded_name_;                   // JobNames::given_name of it
};

// PostgreSQL: the whole file and its row in one transaction. A failure leaves nothing but the
// failure's record.
FileEnd run_in_one_transaction(Run& run, const Step& step, const Migration& file,
                               Revision revision);

}  // namespace engine
