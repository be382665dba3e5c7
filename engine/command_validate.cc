#include "engine/command.h"
#include "engine/executor.h"
#include "engine/file_reading.h"
#include "engine/migrator.h"

namespace engine {
namespace {

void run_validate(Command& command, RunReport* report) {
  command.look(report);
  if (ends_with_earlier_ledger(command, report)) return;
  report->status = command.plan.has_errors() ? Status::kInvalid : Status::kValid;
  if (report->status == Status::kValid && !command.plan.steps.empty()) {
    ends_with_history(command, report);
  }
}

}  // namespace

RunReport validate(Database& database, MigrationSource& source, const RunOptions& options,
                   const Observer& observer) {
  return run_command(database, source, options, observer, run_validate);
}

RunReport validate_files(MigrationSource& source, const RunOptions& options) {
  const std::vector<Revision> none;
  Planner planner(source.entries(), none, options.dialect, options.format, options.selection);
  planner.set_transaction(options.transaction);
  read_wanted(source, options, planner);
  const auto plan = planner.finish();
  RunReport report;
  report.problems = plan.problems;
  report.target_version = plan.target_version;
  report.pending = make_pending(plan, 0);
  report.status = plan.has_errors() ? Status::kInvalid : Status::kValid;
  return report;
}

}  // namespace engine
