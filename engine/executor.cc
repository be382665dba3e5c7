#include "engine/executor.h"

#include <algorithm>
#include <utility>

#include "engine/failure.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

int total_of(const Step& step) { return static_cast<int>(step.migration.statements.size()); }

int applied_before(const Step& step) {
  return total_of(step) - static_cast<int>(step.statements.size());
}

MigrationResult make_result(const FileWork& work, Deadline now) {
  MigrationResult result;
  result.version = work.step.migration.version;
  result.description = work.step.migration.description;
  result.file = work.step.migration.file;
  result.statements = work.statements;
  result.total = total_of(work.step);
  result.complete = work.complete;
  if (work.begun) result.duration = std::chrono::duration_cast<milliseconds>(now - work.started);
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
    : run_(run), directory_(directory), revisions_(revisions), flights_(run) {}

void Executor::run(const Plan& plan, RunReport* report) {
  report->status = Status::kApplied;
  std::size_t done = 0;
  while (report->status == Status::kApplied && done < plan.steps.size()) {
    FileEnd end;
    end.paused = !run_.has_budget();
    try {
      load(plan, done);
      if (!end.paused) end = go_on();
    } catch (const Error& error) {
      end.failure = make_failure(error, plan.steps[done].migration);
    }
    report->job_wait += end.job_wait;
    report->jobs.insert(report->jobs.end(), end.jobs.begin(), end.jobs.end());
    done += finish_complete(report);
    if (end.failure || end.paused) report_first(end, report);
  }
  const bool in_file = done < plan.steps.size() && report->migrations.size() > done;
  report->pending = make_pending(plan, done, in_file ? report->migrations[done].statements : 0);
}

// As many of the steps that are next as a flight may hold statements, at least one.
void Executor::load(const Plan& plan, std::size_t done) {
  int statements = 0;
  for (const auto& work : works_) statements += static_cast<int>(work.step.statements.size());
  while (done + works_.size() < plan.steps.size() &&
         (works_.empty() || statements < run_.options.flight)) {
    FileWork work;
    work.step = plan.steps[done + works_.size()];
    const auto& version = work.step.migration.version;
    work.file = &find_file(version);
    work.revision = make_revision(work.step, *work.file, find_revision(version), run_.options);
    work.earlier_ms = work.revision.execution_ms;
    statements += static_cast<int>(work.step.statements.size());
    works_.push_back(std::move(work));
  }
}

FileEnd Executor::go_on() {
  if (std::exchange(alone_, false) || !flies()) return run_first();
  return fly();
}

FileEnd Executor::fly() {
  FileEnd end;
  switch (flights_.go(works_)) {
    case FlightRun::End::kNone:
      return run_first();
    case FlightRun::End::kGoOn:
      break;
    case FlightRun::End::kAlone:
      alone_ = true;
      break;
    case FlightRun::End::kPaused:
      end.paused = true;
      break;
    case FlightRun::End::kStopped:
      end.failure = flights_.failure();
      break;
  }
  return end;
}

FileEnd Executor::run_first() {
  auto& work = works_.front();
  begin(work);
  if (!fits_one_transaction(work.step)) return run_first_alone();
  auto end = run_in_one_transaction(run_, work.step, *work.file, work.revision);
  if (!end.failure) work.advance(work.revision.total);
  work.complete = !end.failure;
  return end;
}

FileEnd Executor::run_first_alone() {
  auto& work = works_.front();
  const auto first = work.step.statements.empty() ? "" : work.step.statements.front().hash;
  FileRun file(run_, work.step, *work.file, work.revision);
  auto end = file.go(count_alone(work));
  work.revision = file.revision();
  work.advance(work.revision.applied);
  work.complete = !end.failure && !end.paused && !end.unfinished;
  if (end.statements > 0) flights_.note_success(first);
  return end;
}

bool Executor::flies() const {
  return run_.options.dialect == Dialect::kDsql && run_.options.flight > 0 &&
         run_.session.flights() != Session::Flights::kMessages;
}

// How many of its statements go by themselves before another flight is tried.
int Executor::count_alone(const FileWork& work) const {
  const auto& statements = work.step.statements;
  if (!flies() || sets_session(*work.file)) return FileRun::kAll;
  const auto next =
      std::find_if(statements.begin() + (statements.empty() ? 0 : 1), statements.end(), may_fly);
  return next == statements.end() ? FileRun::kAll : static_cast<int>(next - statements.begin());
}

void Executor::begin(FileWork& work) const {
  if (std::exchange(work.begun, true)) return;
  work.started = run_.session.clock().now();
  run_.session.notify(Event::Level::kInfo, "migration started",
                      {{"version", work.file->version},
                       {"file", work.file->file},
                       {"statements", std::to_string(work.step.statements.size())}});
}

std::size_t Executor::finish_complete(RunReport* report) {
  const auto end = std::find_if(works_.begin(), works_.end(),
                                [](const FileWork& work) { return !work.complete; });
  for (auto work = works_.begin(); work != end; ++work) {
    report->migrations.push_back(make_result(*work, run_.session.clock().now()));
    report->statements_applied += work->statements;
    const auto& version = work->step.migration.version;
    if (report->current_version.empty() || compare_versions(version, report->current_version) > 0) {
      report->current_version = version;
    }
    tell(report->migrations.back());
  }
  const auto count = static_cast<std::size_t>(end - works_.begin());
  works_.erase(works_.begin(), end);
  return count;
}

// The run ends in it, or before it.
void Executor::report_first(const FileEnd& end, RunReport* report) {
  report->status = end.failure ? Status::kFailed : Status::kContinue;
  report->failure = end.failure;
  if (works_.empty() || (!end.failure && !works_.front().begun)) return;
  report->migrations.push_back(make_result(works_.front(), run_.session.clock().now()));
  report->statements_applied += works_.front().statements;
}

bool Executor::fits_one_transaction(const Step& step) const {
  return run_.options.dialect == Dialect::kPostgres && applied_before(step) == 0 &&
         step.migration.transaction != TransactionMode::kNone &&
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

void Executor::tell(const MigrationResult& result) const {
  run_.session.notify(Event::Level::kInfo, "migration applied",
                      {{"version", result.version},
                       {"statements", std::to_string(result.statements)},
                       {"ms", std::to_string(result.duration.count())}});
}

}  // namespace engine
