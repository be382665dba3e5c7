#include "engine/executor.h"

#include <algorithm>

#include "engine/failure.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

int total_of(const Step& step) { return static_cast<int>(step.migration.statements.size()); }

int applied_before(const Step& step) {
  return total_of(step) - static_cast<int>(step.statements.size());
}

MigrationResult make_result(const Step& step, const FileEnd& end, milliseconds duration) {
  MigrationResult result;
  result.version = step.migration.version;
  result.description = step.migration.description;
  result.file = step.migration.file;
  result.statements = end.statements;
  result.total = total_of(step);
  result.complete = !end.failure && !end.paused;
  result.duration = duration;
  return result;
}

}  // namespace

std::vector<PendingMigration> make_pending(const Plan& plan, std::size_t done, int statements) {
  std::vector<PendingMigration> pending;
  for (std::size_t i = done; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    const int applied = applied_before(step) + (i == done ? statements : 0);
    pending.push_back({step.migration.version, step.migration.description, step.migration.file,
                       applied, total_of(step)});
  }
  return pending;
}

Executor::Executor(Run& run, const MigrationDirectory& directory,
                   const std::vector<Revision>& revisions)
    : run_(run), directory_(directory), revisions_(revisions) {}

void Executor::run(const Plan& plan, RunReport* report) {
  report->status = Status::kApplied;
  std::size_t done = 0;
  for (const auto& step : plan.steps) {
    if (!run_.has_budget()) {
      report->status = Status::kContinue;
      break;
    }
    if (!run_step(step, report)) break;
    ++done;
    if (report->current_version.empty() ||
        compare_versions(step.migration.version, report->current_version) > 0) {
      report->current_version = step.migration.version;
    }
  }
  const bool in_file = done < plan.steps.size() && report->migrations.size() > done;
  report->pending = make_pending(plan, done, in_file ? report->migrations[done].statements : 0);
}

// True when the file is complete.
bool Executor::run_step(const Step& step, RunReport* report) {
  const auto& version = step.migration.version;
  run_.session.notify(Event::Level::kInfo, "migration started",
                      {{"version", version},
                       {"file", step.migration.file},
                       {"statements", std::to_string(step.statements.size())}});
  const auto start = run_.session.clock().now();
  FileEnd end;
  try {
    end = run_file(step, find_file(version));
  } catch (const Error& error) {
    end.failure = make_failure(error, step.migration);
  }
  const auto duration =
      std::chrono::duration_cast<milliseconds>(run_.session.clock().now() - start);
  report->migrations.push_back(make_result(step, end, duration));
  report->statements_applied += end.statements;
  report->job_wait += end.job_wait;
  report->jobs.insert(report->jobs.end(), end.jobs.begin(), end.jobs.end());
  if (end.failure) report->status = Status::kFailed;
  if (end.paused) report->status = Status::kContinue;
  report->failure = std::move(end.failure);
  tell(step, report->migrations.back());
  return report->migrations.back().complete;
}

FileEnd Executor::run_file(const Step& step, const Migration& file) {
  auto revision = make_revision(step, file, find_revision(file.version), run_.options);
  if (fits_one_transaction(step)) {
    return run_in_one_transaction(run_, step, file, std::move(revision));
  }
  return FileRun(run_, step, file, std::move(revision)).go();
}

bool Executor::fits_one_transaction(const Step& step) const {
  return run_.options.dialect == Dialect::kPostgres && applied_before(step) == 0 &&
         std::none_of(step.statements.begin(), step.statements.end(),
                      [](const PlannedStatement& statement) {
                        return statement.prepared.kind == StatementKind::kStandalone;
                      });
}

const Migration& Executor::find_file(const std::string& version) const {
  const auto found =
      std::find_if(directory_.migrations.begin(), directory_.migrations.end(),
                   [&](const Migration& migration) { return migration.version == version; });
  if (found == directory_.migrations.end()) {
    throw Error(ErrorKind::kLedger, "version " + version + " is in the plan, but has no file");
  }
  return *found;
}

const Revision* Executor::find_revision(const std::string& version) const {
  const auto found = std::find_if(
      revisions_.begin(), revisions_.end(),
      [&](const Revision& revision) { return compare_versions(revision.version, version) == 0; });
  return found == revisions_.end() ? nullptr : &*found;
}

void Executor::tell(const Step& step, const MigrationResult& result) const {
  if (!result.complete) return;
  run_.session.notify(Event::Level::kInfo, "migration applied",
                      {{"version", step.migration.version},
                       {"statements", std::to_string(result.statements)},
                       {"ms", std::to_string(result.duration.count())}});
}

}  // namespace engine
