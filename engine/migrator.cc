#include "engine/migrator.h"

#include <algorithm>

#include "engine/excerpt.h"
#include "engine/executor.h"
#include "engine/failure.h"
#include "engine/file_reading.h"
#include "engine/jobs.h"
#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/plan.h"
#include "engine/run_jobs.h"
#include "engine/session.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

// What the commands share: the arguments, the connection, and what they found on it.
struct Command {
  MigrationSource& source;
  const RunOptions& options;
  Session& session;
  Ledger ledger;
  LedgerState state = {};
  Plan plan = {};

  Command(MigrationSource& files, const RunOptions& run_options, Session& open_session)
      : source(files),
        options(run_options),
        session(open_session),
        ledger(open_session, run_options.ledger_schema) {}

  // `shown`: the plan is the answer.
  void look(RunReport* report, bool shown = false);
};

void Command::look(RunReport* report, bool shown) {
  state = ledger.read();
  plan = read_plan(source, ledger, state, options.dialect, shown);
  report->problems = plan.problems;
  report->current_version = plan.current_version;
  report->target_version = plan.target_version;
  report->already_applied = plan.already_applied;
  report->pending = make_pending(plan, 0);
}

void set_failure(RunReport* report, Failure failure) {
  report->status = Status::kFailed;
  report->failure = std::move(failure);
}

// Connects, runs one command, closes; counts what it cost. Every Error ends in the report. What the
// password callback throws at the first connection, and the source before anything was sent, is the
// caller's own, and passed on.
template <typename Body>
RunReport run_command(Database& database, MigrationSource& source, const RunOptions& options,
                      const Observer& observer, const Body& body) {
  RunReport report;
  const auto start = options.clock.now();
  const int earlier_trips = database.round_trips();
  Session session(database, options.clock, observer, session_deadline(options));
  try {
    session.connect();
    Command command(source, options, session);
    body(command, &report);
  } catch (const Error& error) {
    if (report.problems.empty()) report.problems = list_migrations(source.entries()).problems;
    set_failure(&report, make_failure(error));
  }
  if (report.failure) {
    session.notify(Event::Level::kError, report.failure->message,
                   {{"code", report.failure->code},
                    {"sqlstate", report.failure->sqlstate},
                    {"file", report.failure->file},
                    {"line", std::to_string(report.failure->line)}});
  }
  database.close();
  report.retries = session.retries();
  report.commits = session.commits();
  report.round_trips = database.round_trips() - earlier_trips;
  report.duration = std::chrono::duration_cast<milliseconds>(options.clock.now() - start);
  return report;
}

// True when the plan says that nothing is to be run.
bool ends_with_plan(const Plan& plan, RunReport* report) {
  if (plan.has_errors()) {
    report->status = Status::kInvalid;
    return true;
  }
  report->status = Status::kUpToDate;
  return plan.steps.empty();
}

// Nobody had the lock between the look and our turn, so nobody wrote the ledger.
bool is_untouched(const LedgerState& state, const Lock& lock) {
  if (!state.exists) return lock.fencing() == 1;
  return state.lock && state.lock->nonce.empty() && lock.fencing() == state.lock->fencing + 1;
}

void release(Lock& lock, const Session& session) {
  try {
    lock.release();
  } catch (const Error& error) {
    session.notify(Event::Level::kWarn, "the lock could not be released; its lease will end",
                   {{"message", error.what()}});
  }
}

void apply_locked(Command& command, Lock& lock, RunReport* report) {
  if (!is_untouched(command.state, lock)) {
    command.look(report);
    if (ends_with_plan(command.plan, report)) return;
  }
  Run run{command.session, command.ledger, lock, command.options};
  Executor(run, command.source, command.state.revisions).run(command.plan, report);
}

// True when the files are an earlier release, and that is not for the plan to judge.
bool ends_with_rollback(const Command& command, RunReport* report) {
  const auto wanted = command.options.on_rollback;
  if (wanted == OnRollback::kNone) return false;
  if (!goes_backwards(command.plan, command.state.revisions)) return false;
  report->problems = explain_rollback(command.plan, wanted);
  report->went_back = wanted == OnRollback::kIgnore;
  report->status = report->went_back ? Status::kUpToDate : Status::kInvalid;
  return true;
}

// `body` with the lock, or kLocked.
template <typename Body>
void run_locked(Command& command, RunReport* report, const Body& body) {
  const auto& options = command.options;
  Lock lock(command.session, options.ledger_schema, options.owner, options.lease, options.dialect);
  if (auto holder = lock.acquire(options.lock_timeout)) {
    report->status = Status::kLocked;
    report->lock = std::move(holder);
    return;
  }
  command.session.notify(Event::Level::kInfo, "lock acquired",
                         {{"fencing", std::to_string(lock.fencing())}});
  try {
    body(lock);
  } catch (const Error& error) {
    set_failure(report, make_failure(error));
  } catch (const std::exception& error) {
    set_failure(report, make_failure(Error(ErrorKind::kSource, error.what())));
  }
  release(lock, command.session);
}

void run_apply(Command& command, RunReport* report) {
  command.look(report);
  if (ends_with_rollback(command, report)) return;
  if (ends_with_plan(command.plan, report)) return;
  if (!command.state.exists) command.ledger.ensure();
  run_locked(command, report, [&](Lock& lock) { apply_locked(command, lock, report); });
}

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
    const auto file = read_step(command.source, *step);
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
  const auto file = read_step(command.source, *step);
  const auto& statement = file.statements[static_cast<std::size_t>(step->applied)];
  failure->line = statement.line;
  failure->column = statement.column;
}

// Files that lack nothing but the record count as applied.
void count_complete(const Plan& plan, RunReport* report) {
  report->already_applied += static_cast<int>(plan.steps.size());
  for (const auto& step : plan.steps) {
    if (compare_versions(report->current_version, step.migration.version) < 0) {
      report->current_version = step.migration.version;
    }
  }
  report->pending.clear();
}

std::optional<Failure> find_failed(const LedgerState& state) {
  for (const auto& revision : state.revisions) {
    if (revision.complete() || revision.error.empty()) continue;
    Failure failure;
    failure.code = "migration-failed";
    failure.message = revision.error;
    failure.hint = "Correct the file and run apply";
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
  const auto under_way = look_at_jobs(command, report);
  const auto& lock = command.state.lock;
  if (lock && lock->held) {
    report->status = Status::kLocked;
    report->failure.reset();
    report->lock = LockHolder{lock->owner, lock->acquired_at, lock->expires_at};
    return true;
  }
  if (auto failed = find_failed(command.state); failed && !report->failure) {
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

void run_plan(Command& command, RunReport* report) {
  command.look(report, true);
  if (ends_with_plan(command.plan, report)) return;
  report->status = Status::kPlanned;
  report->plan = command.plan;
}

// The whole row of that version.
std::optional<Revision> find_row(Command& command, const std::string& version) {
  const auto* row = find_revision(command.state.revisions, version);
  if (row == nullptr) return std::nullopt;
  return row->brief ? command.ledger.find(row->version) : *row;
}

RepairState make_repair_state(const Revision& row) {
  return {row.applied, row.total, row.in_doubt, row.complete(), row.checksum, row.error};
}

RepairReport make_repair_report(const RepairRequest& request, const Migration& file) {
  static constexpr const char* kOutcomes[] = {"done", "notDone", "checksum"};
  RepairReport repair;
  repair.version = file.version;
  repair.file = file.file;
  repair.outcome = kOutcomes[static_cast<std::size_t>(request.outcome)];
  repair.statement = request.statement;
  const auto index = static_cast<std::size_t>(request.statement) - 1;
  if (index >= file.statements.size()) return repair;
  repair.line = file.statements[index].line;
  repair.column = file.statements[index].column;
  repair.text = make_excerpt(file.statements[index].text);
  return repair;
}

// What keeps the file's statements from being known.
std::vector<Problem> find_errors(VersionReading reading) {
  if (!reading.file) return {};
  std::erase_if(reading.problems,
                [](const Problem& problem) { return problem.severity != Severity::kError; });
  return std::move(reading.problems);
}

void refuse_repair(std::vector<Problem> problems, RunReport* report) {
  report->status = Status::kInvalid;
  report->problems = std::move(problems);
}

// How the row is afterwards.
RepairState change_row(Command& command, Lock& lock, const Revision& before,
                       RepairDecision decision, RunReport* report) {
  decision.revision.applied_by = command.options.owner;
  command.ledger.repair(lock, before, decision.revision, decision.complete);
  command.look(report);
  report->problems.clear();  // of the plan: another command's
  report->status = Status::kRepaired;
  return make_repair_state(find_row(command, before.version).value_or(decision.revision));
}

void repair_locked(Command& command, const RepairRequest& request, Lock& lock, RunReport* report) {
  if (!is_untouched(command.state, lock)) command.look(report);
  report->problems.clear();
  const auto reading = read_version(command.source, request.version);
  const auto& file = reading.file;
  if (auto errors = find_errors(reading); !errors.empty()) {
    return refuse_repair(std::move(errors), report);
  }
  const auto row = find_row(command, request.version);
  auto decision = decide_repair(request, file ? &*file : nullptr, row ? &*row : nullptr);
  if (decision.problem) return refuse_repair({std::move(*decision.problem)}, report);
  auto repair = make_repair_report(request, *file);
  repair.changed = decision.changes;
  repair.before = repair.after = make_repair_state(*row);
  report->status = Status::kUpToDate;
  if (decision.changes) {
    repair.after = change_row(command, lock, *row, std::move(decision), report);
  }
  report->repair = std::move(repair);
}

void run_repair(Command& command, const RepairRequest& request, RunReport* report) {
  command.look(report);
  report->problems.clear();
  if (!command.state.exists) {
    const auto decision = decide_repair(request, nullptr, nullptr);
    if (decision.problem) refuse_repair({*decision.problem}, report);
    return;
  }
  run_locked(command, report, [&](Lock& lock) { repair_locked(command, request, lock, report); });
}

}  // namespace

RunReport apply(Database& database, MigrationSource& source, const RunOptions& options,
                const Observer& observer) {
  return run_command(database, source, options, observer, run_apply);
}

RunReport status(Database& database, MigrationSource& source, const RunOptions& options,
                 const Observer& observer) {
  return run_command(database, source, options, observer, run_status);
}

RunReport repair(Database& database, MigrationSource& source, const RepairRequest& request,
                 const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer, [&](Command& command, RunReport* report) {
    run_repair(command, request, report);
  });
}

RunReport plan(Database& database, MigrationSource& source, const RunOptions& options,
               const Observer& observer) {
  return run_command(database, source, options, observer, run_plan);
}

}  // namespace engine
