#include "engine/migrator.h"

#include "engine/command.h"

namespace engine {
namespace {

void run_plan(Command& command, RunReport* report) {
  command.look(report, true);
  if (ends_with_earlier_ledger(command, report)) return;
  if (ends_with_plan(command.plan, report)) return;
  if (ends_with_history(command, report)) return;
  report->status = Status::kPlanned;
  report->plan = command.plan;
}

}  // namespace

RunReport plan(Database& database, MigrationSource& source, const RunOptions& options,
               const Observer& observer) {
  return run_command(database, source, options, observer, run_plan);
}

}  // namespace engine
