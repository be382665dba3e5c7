#include "engine/migrator.h"

#include <algorithm>

#include "engine/command.h"
#include "engine/file_reading.h"
#include "engine/jobs.h"
#include "engine/run_jobs.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

// What the jobs of files that wait for nothing else are doing.
struct JobsUnderWay {
  bool running = false;
  std::size_t complete_files = 0;  // nothing but the record is missing
};

const Step* find_step(const Plan& plan, const std::string& version) {
  const auto found = std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    return compare_versions(step.migration.version, version) == 0;
  });
  return found == plan.steps.end() ? nullptr : &*found;
}

Failure make_job_failure(const JobReport& job, const Migration& file) {
  Failure failure;
  failure.code = "job-failed";
  failure.message = "an asynchronous job failed: " + job.object;
  failure.detail = job.details;
  failure.hint = "Run apply, which clears what the job left behind and starts it again";
  failure.version = file.version;
  failure.file = file.file;
  return failure;
}

// The files that have jobs, with the jobs of each that can be asked about.
struct FileJobs {
  const Migration* file;  // of the plan
  const Revision* revision;
  std::vector<Job> jobs = {};
  bool all_done = true;
};

std::vector<FileJobs> find_jobs(const Command& command) {
  std::vector<FileJobs> found;
  for (const auto& revision : command.state.revisions) {
    const auto* step =
        revision.job_ids.empty() ? nullptr : find_step(command.plan, revision.version);
    if (step == nullptr) continue;
    const auto file = read_step(command.source, *step, command.options.format.placeholders);
    FileJobs here{&step->migration, &revision,
                  parse_entries(revision.job_ids, file, command.options.dialect)};
    here.all_done = std::erase_if(here.jobs, [](const Job& job) { return job.id.empty(); }) == 0;
    found.push_back(std::move(here));
  }
  return found;
}

void note_job(const Job& job, const JobState& state, FileJobs* file, RunReport* report) {
  if (state.verdict == JobState::Verdict::kDone) return;
  file->all_done = false;
  const auto& version = file->file->version;
  report->jobs.push_back({job.id, state.state, state.object, version, state.details});
  if (state.verdict == JobState::Verdict::kFailed && !report->failure) {
    set_failure(report, make_job_failure(report->jobs.back(), *file->file));
  }
}

JobsUnderWay look_at_jobs(Command& command, RunReport* report) {
  JobsUnderWay under_way;
  report->jobs.clear();
  auto files = find_jobs(command);
  std::vector<Job> jobs;
  for (const auto& file : files) jobs.insert(jobs.end(), file.jobs.begin(), file.jobs.end());
  const auto states = Jobs(command.session).look(jobs);
  std::size_t i = 0;
  for (auto& file : files) {
    for (const auto& job : file.jobs) {
      under_way.running |= states[i].verdict == JobState::Verdict::kRunning;
      note_job(job, states[i++], &file, report);
    }
    const auto& revision = *file.revision;
    if (file.all_done && revision.applied == revision.total) ++under_way.complete_files;
  }
  return under_way;
}

// Where the statement that failed is in the file as it is now.
void set_place(Command& command, Failure* failure) {
  const auto* step = find_step(command.plan, failure->version);
  if (step == nullptr) return;
  failure->file = step->migration.file;
  if (failure->statement_number != step->applied + 1 || step->applied >= step->total) return;
  const auto file = read_step(command.source, *step, command.options.format.placeholders);
  const auto& statement = file.statements[static_cast<std::size_t>(step->applied)];
  failure->line = statement.line;
  failure->column = statement.column;
}

// Files that lack nothing but the record count as applied.
void count_complete(const Plan& plan, RunReport* report) {
  report->already_applied += static_cast<int>(plan.steps.size());
  for (const auto& step : plan.steps) {
    if (!is_version(step.migration.version)) continue;
    if (compare_versions(report->current_version, step.migration.version) < 0) {
      report->current_version = step.migration.version;
    }
  }
  report->pending.clear();
}

// A repeatable migration that failed and has no file any more is not one to be corrected.
std::optional<Failure> find_failed(const Command& command) {
  for (const auto& revision : command.state.revisions) {
    if (revision.complete() || revision.error.empty()) continue;
    if (!is_version(revision.version) && !find_step(command.plan, revision.version)) continue;
    Failure failure;
    failure.code = "migration-failed";
    failure.message = revision.error;
    failure.hint = revision.is_undo() ? "Correct the undo file and run undo"
                                      : "Correct the file and run apply";
    failure.version = revision.version;
    failure.statement_number = revision.applied + 1;
    failure.statement = revision.error_statement;
    failure.sqlstate = revision.error_sqlstate;
    failure.in_doubt = revision.in_doubt != 0;
    return failure;
  }
  return std::nullopt;
}

// True when something is under way that `wait` would wait for.
bool judge(Command& command, RunReport* report) {
  report->failure.reset();
  report->lock.reset();
  command.look(report);
  if (ends_with_earlier_ledger(command, report)) return false;
  const auto under_way = look_at_jobs(command, report);
  const auto& lock = command.state.lock;
  if (lock && lock->held) {
    report->status = Status::kLocked;
    report->failure.reset();
    report->lock = LockHolder{lock->owner, lock->acquired_at, lock->expires_at};
    return true;
  }
  if (auto failed = find_failed(command); failed && !report->failure) {
    set_place(command, &*failed);
    report->failure = std::move(failed);
  }
  if (command.plan.has_errors()) {
    report->status = Status::kInvalid;
    report->failure.reset();
  } else if (report->failure) {
    report->status = Status::kFailed;
  } else {
    const bool complete = command.plan.steps.size() == under_way.complete_files;
    report->status = complete ? Status::kUpToDate : Status::kPending;
    if (complete) count_complete(command.plan, report);
  }
  return under_way.running;
}

void run_status(Command& command, RunReport* report) {
  const auto& options = command.options;
  const auto& clock = options.clock;
  const auto patience =
      std::min(options.wait_timeout, time_left(clock, options.deadline - options.reserve));
  const auto start = clock.now();
  const auto waited = [&] { return std::chrono::duration_cast<milliseconds>(clock.now() - start); };
  while (judge(command, report) && options.wait && waited() < patience) {
    clock.sleep(std::min(make_job_pause(waited(), options.job_poll), patience - waited()));
  }
}

}  // namespace

RunReport status(Database& database, MigrationSource& source, const RunOptions& options,
                 const Observer& observer) {
  return run_command(database, source, options, observer, run_status);
}

}  // namespace engine
