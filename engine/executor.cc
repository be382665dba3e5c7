#include "engine/executor.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/failure.h"
#include "engine/file_reading.h"
#include "engine/session_setting.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

// Of source read ahead; with what is loaded already the memory that a run takes for the files.
constexpr std::uint64_t kBytesAhead = 4 << 20;

// The steps from `first` on that are read together: so many that they may have `statements`.
std::span<const Step> choose_steps(const Plan& plan, std::size_t first, int statements) {
  std::uint64_t bytes = 0;
  auto end = first;
  do {
    bytes += plan.steps[end].migration.source_size;
    statements -= plan.steps[end].total - plan.steps[end].applied;
    ++end;
  } while (end < plan.steps.size() && statements > 0 &&
           bytes + plan.steps[end].migration.source_size <= kBytesAhead);
  return std::span(plan.steps).subspan(first, end - first);
}

MigrationResult make_result(const FileWork& work, Deadline now) {
  MigrationResult result;
  result.version = work.step.migration.version;
  result.description = work.step.migration.description;
  result.file = work.step.migration.file;
  result.kind = work.step.migration.kind;
  result.statements = work.statements;
  result.total = work.step.total;
  result.complete = work.complete;
  result.out_of_order = work.step.out_of_order;
  if (work.started != Deadline{}) {
    result.duration = std::chrono::duration_cast<milliseconds>(now - work.started);
  }
  return result;
}

PendingMigration make_pending(const Step& step) {
  return {step.migration.version,
          step.migration.description,
          step.migration.file,
          step.applied,
          step.total,
          step.progress,
          step.migration.kind};
}

bool any_job(const Job&) { return true; }

}  // namespace

std::vector<PendingMigration> make_pending(const Plan& plan, std::size_t first) {
  std::vector<PendingMigration> pending;
  for (std::size_t i = first; i < plan.steps.size(); ++i) {
    pending.push_back(make_pending(plan.steps[i]));
  }
  return pending;
}

Executor::Executor(Run& run, MigrationSource& source, const std::vector<Revision>& revisions)
    : run_(run),
      source_(source),
      revisions_(revisions),
      jobs_(run,
            [this] {
              waiting_.record();
              if (!in_file_) record_first();
            }),
      waiting_(run, jobs_),
      flights_(run, jobs_, waiting_),
      progress_(run.session) {}

bool Executor::run(const Plan& plan, RunReport* report) {
  progress_.begin(plan.steps.size());
  auto end = go_through(plan);
  if (untaken_ && !end.failure) return false;
  if (!end.stops()) end = wait_for_all();
  record_rest(&end);
  take_out();
  report_end(plan, end, report);
  return true;
}

// By itself, when no flight has or will.
bool Executor::take_lock() {
  if (run_.lock.held()) return true;
  untaken_ = !run_.lock.take();
  return !untaken_;
}

// Until all statements are done, or it has to stop.
FileEnd Executor::go_through(const Plan& plan) {
  FileEnd end;
  while (!end.stops() && !untaken_) {
    try {
      load(plan);
      if (jobs_.has_any() && !take_lock()) break;
      take_out();
      if (works_.empty() && all_loaded_) break;
      if (works_.empty()) continue;
      end.paused = !flights_.has_more() && !run_.has_budget();
      if (!end.paused) end = go_on();
      take_out();
      progress_.go_on(loaded_ - works_.size());
    } catch (const Error& error) {
      end = land_rest();
      if (!end.stops()) end = explain_end(error, plan);
    }
  }
  return end;
}

// What was on its way when something else went wrong.
FileEnd Executor::land_rest() {
  FileEnd end;
  try {
    while (flights_.has_more() && !end.stops()) end = take_end(flights_.land());
    take_out();
  } catch (const Error& error) {
    end.failure = make_failure(error);
  }
  return end;
}

// A file that could not be read when the time was over may be read by the next run. But one that
// did nothing would be followed by others that do nothing.
FileEnd Executor::explain_end(const Error& error, const Plan& plan) const {
  FileEnd end;
  const bool late = error.kind() == ErrorKind::kSource && !run_.has_budget();
  end.paused = late && has_progressed();
  if (end.paused) return end;
  end.failure = explain(error, plan);
  if (late) {
    end.failure->code = "timeout";
    end.failure->hint =
        "The time was over before the files were read, and nothing was done. Give "
        "the run more time";
  }
  return end;
}

bool Executor::has_progressed() const {
  const auto has_any = [](const auto& done) { return done.statements > 0; };
  const auto& waiting = waiting_.works();
  return std::any_of(works_.begin(), works_.end(), has_any) ||
         std::any_of(waiting.begin(), waiting.end(), has_any) ||
         std::any_of(results_.begin(), results_.end(),
                     [&](const auto& result) { return has_any(result.second); });
}

// The file to blame is the one that was to be read, or the first under way.
Failure Executor::explain(const Error& error, const Plan& plan) const {
  if (error.kind() == ErrorKind::kSource && loaded_ < plan.steps.size()) {
    return make_failure(error, plan.steps[loaded_].migration);
  }
  return works_.empty() ? make_failure(error) : make_failure(error, works_.front().step.migration);
}

// As many of the steps that are next as a flight may hold, at least one.
void Executor::load(const Plan& plan) {
  int statements = 0;
  std::size_t bytes = 0;
  const auto count = [&](const FileWork& work) {
    statements += static_cast<int>(work.step.statements.size());
    bytes += work.bytes;
  };
  for (const auto& work : works_) count(work);
  const auto fits = [&] {
    return statements < run_.options.flight && bytes < FlightLimits{}.bytes;
  };
  while (loaded_ < plan.steps.size() && (works_.empty() || fits())) {
    const auto steps = choose_steps(plan, loaded_, run_.options.flight - statements);
    const auto& placeholders = run_.options.format.placeholders;
    read_steps(source_, steps, placeholders, [&](const Step& step, Migration file) {
      works_.push_back(make_work(step, std::move(file)));
      works_.back().index = loaded_++;
      count(works_.back());
      jobs_.load(*works_.back().file, works_.back().revision.job_ids);
    });
  }
  all_loaded_ = loaded_ == plan.steps.size();
}

FileWork Executor::make_work(const Step& step, Migration file) const {
  FileWork work;
  work.step = step;
  load_statements(&work.step, file, run_.options.dialect);
  for (const auto& statement : work.step.statements) work.bytes += statement.prepared.sql.size();
  work.file = std::make_shared<const Migration>(std::move(file));
  const auto* earlier = find_revision(revisions_, work.file->version);
  work.is_new = earlier == nullptr;
  work.revision = make_revision(step, *work.file, earlier, run_.options);
  work.earlier_ms = work.revision.execution_ms;
  return work;
}

// Files that are done with, from the first: complete, or left to their jobs.
void Executor::take_out() {
  const auto end = std::find_if(works_.begin(), works_.end(), [this](const FileWork& work) {
    return !work.complete && !waits(work);
  });
  for (auto work = works_.begin(); work != end; ++work) {
    if (work->complete) {
      finish(*work);
    } else {
      if (work->started == Deadline{}) work->started = run_.session.clock().now();
      work->file.reset();
      waiting_.add(std::move(*work));
    }
  }
  works_.erase(works_.begin(), end);
  for (const auto& work : waiting_.take_complete()) finish(work);
}

bool Executor::waits(const FileWork& work) const {
  const auto& revision = work.revision;
  return work.step.statements.empty() && revision.total > 0 && revision.applied == revision.total &&
         (!revision.job_ids.empty() || jobs_.has_any(revision.version)) &&
         jobs_.lost(revision.version, revision.applied).empty();
}

FileEnd Executor::go_on() {
  const auto fly = [&] {
    return take_end(flights_.go(works_, all_loaded_ && waiting_.works().empty()));
  };
  if (flights_.has_more()) return fly();
  if (auto end = wait_before_first(); end.stops()) return end;
  if (std::exchange(alone_, false) || !flies()) return run_first();
  return fly();
}

FileEnd Executor::take_end(FlightRun::End how) {
  FileEnd end;
  switch (how) {
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
    case FlightRun::End::kUntaken:
      untaken_ = true;
      break;
  }
  return end;
}

FileEnd Executor::run_first() {
  if (!take_lock()) return {};
  auto& work = works_.front();
  begin(work);
  work.is_new = false;  // from its first write
  if (!is_one_transaction(work.step, run_.options.dialect)) return run_first_alone();
  auto end = run_in_one_transaction(run_, work.step, *work.file, work.revision);
  work.complete = !end.failure;
  if (!work.complete) return end;
  note_tolerated(end);
  flights_.note_file(work.step.statements.size());
  work.advance(work.revision.total);
  return end;
}

FileEnd Executor::run_first_alone() {
  auto& work = works_.front();
  const auto first = work.step.statements.empty() ? "" : work.step.statements.front().hash;
  FileRun file(run_, jobs_, work.step, *work.file, work.revision);
  waiting_.record();  // before its first statement, as in wait_for of the others
  in_file_ = true;
  auto end = file.go(count_alone(work));
  in_file_ = work.doubt_is_over = false;
  work.revision = file.revision();
  work.advance(work.revision.applied);
  work.step.progress = work.revision.progress;
  work.complete = !end.stops() && !end.unfinished && !jobs_.has_any(work.revision.version);
  const bool refused_again =
      !end.tolerated.empty() &&
      end.tolerated.front().statement_number == work.revision.applied - end.statements + 1;
  if (end.statements > 0) flights_.note_success(refused_again ? "" : first);
  note_tolerated(end);
  return end;
}

void Executor::note_tolerated(FileEnd& end) {
  for (auto& statement : end.tolerated) {
    run_.session.notify(Event::Level::kWarn, "statement not run: what it makes is there already",
                        {{"version", statement.version},
                         {"statement", std::to_string(statement.statement_number)},
                         {"object", statement.object}});
    tolerated_.push_back(std::move(statement));
  }
  end.tolerated.clear();
}

bool Executor::flies() const {
  return run_.options.flight > 0 && run_.session.flights() != Session::Flights::kMessages;
}

// How many of its statements go by themselves before another flight is tried.
int Executor::count_alone(const FileWork& work) const {
  const auto& statements = work.step.statements;
  if (run_.options.dialect == Dialect::kPostgres) return FileRun::kAll;
  if (!flies() || sets_session(*work.file)) return FileRun::kAll;
  const auto next =
      std::find_if(statements.begin() + (statements.empty() ? 0 : 1), statements.end(), may_fly);
  return next == statements.end() ? FileRun::kAll : static_cast<int>(next - statements.begin());
}

void Executor::begin(FileWork& work) const {
  if (std::exchange(work.begun, true)) return;
  work.started = run_.session.clock().now();
  run_.session.notify(Event::Level::kDebug, "migration started",
                      {{"version", work.file->version},
                       {"file", work.file->file},
                       {"statements", std::to_string(work.step.statements.size())}});
}

// For the jobs that it needs. Ids of jobs are recorded when that takes a while.
FileEnd Executor::wait_before_first() {
  const auto& statements = works_.front().step.statements;
  if (statements.empty()) return {};
  return stop_after(jobs_.wait_for(statements.front().prepared.sql));
}

FileEnd Executor::wait_for_all() {
  const bool waits = run_.options.wait_for_indexes;
  try {
    const auto until = waits ? run_.work_until() : run_.session.clock().now();
    auto end = stop_after(jobs_.wait(any_job, until));
    end.paused = end.paused && waits;
    return end;
  } catch (const Error& error) {
    FileEnd end;
    end.failure = make_failure(error);
    return end;
  }
}

FileEnd Executor::stop_after(RunJobs::End jobs) const {
  FileEnd end;
  if (jobs == RunJobs::End::kFailed) end.failure = jobs_.failures().front();
  end.paused = jobs == RunJobs::End::kPaused;
  return end;
}

// Of a file that is under way, and no FileRun has it.
void Executor::record_first() {
  if (works_.empty() || !works_.front().begun || flights_.is_unread()) return;
  auto& work = works_.front();
  auto row = jobs_.make_row(work.revision);
  if (!work.doubt_is_over && !is_news(row, work.revision)) return;
  work.add_time(run_.session.clock().now());
  row.execution_ms = work.revision.execution_ms;
  row.in_doubt = work.step.first_in_doubt ? row.applied + 1 : 0;
  run_.ledger.put(run_.lock, row);
  work.revision = std::move(row);
  work.doubt_is_over = false;
}

// What is known when the run ends and the ledger has not yet, for the next one.
void Executor::record_rest(FileEnd* end) {
  if (!run_.lock.held()) return;
  try {
    waiting_.record();
    record_first();
  } catch (const Error& error) {
    if (!end->failure) {
      end->failure = make_failure(error);
      return;
    }
    run_.session.notify(Event::Level::kWarn,
                        "how the run ended could not be recorded in the ledger",
                        {{"message", error.what()}});
  }
}

void Executor::finish(const FileWork& work) {
  results_.emplace_back(work.index, make_result(work, run_.session.clock().now()));
  progress_.add(results_.back().second, work.revision.is_undo());
}

void Executor::report_end(const Plan& plan, const FileEnd& end, RunReport* report) {
  report->status = end.failure  ? Status::kFailed
                   : end.paused ? Status::kContinue
                                : Status::kApplied;
  report->failure = end.failure;
  report->tolerated = std::move(tolerated_);
  report->jobs = jobs_.reports();
  report->job_wait = jobs_.waited();
  report->pending = make_pending(plan, loaded_);
  std::vector<PendingMigration> under_way;
  const auto now = run_.session.clock().now();
  for (const auto& work : waiting_.works()) {
    under_way.push_back(make_pending(work.step));
    if (work.begun) results_.emplace_back(work.index, make_result(work, now));
  }
  for (const auto& work : works_) under_way.push_back(make_pending(work.step));
  if (!works_.empty() && (works_.front().begun || end.failure)) {
    results_.emplace_back(works_.front().index, make_result(works_.front(), now));
  }
  report->pending.insert(report->pending.begin(), under_way.begin(), under_way.end());
  std::sort(results_.begin(), results_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [index, result] : results_) {
    report->statements_applied += result.statements;
    if (result.complete && is_version(result.version) &&
        compare_versions(result.version, report->current_version) > 0) {
      report->current_version = result.version;
    }
    report->migrations.push_back(std::move(result));
  }
}

}  // namespace engine
