#include "engine/command.h"

#include <utility>

#include "engine/executor.h"
#include "engine/failure.h"
#include "engine/file_reading.h"
#include "engine/foreign_history.h"
#include "engine/ledger_sql.h"
#include "engine/name.h"
#include "engine/run.h"

namespace engine {

using std::chrono::milliseconds;

void Command::look(RunReport* report, bool shown) {
  state = ledger.read();
  plan = read_plan(source, ledger, state, options, shown);
  report->problems = plan.problems;
  report->problems.insert(report->problems.end(), notes.begin(), notes.end());
  report->current_version = plan.current_version;
  report->target_version = plan.target_version;
  report->already_applied = plan.already_applied;
  report->pending = make_pending(plan, 0);
}

void Command::ensure_ledger() {
  if (!state.exists && ledger.ensure()) state.lock.emplace();
}

void set_failure(RunReport* report, Failure failure) {
  report->status = Status::kFailed;
  report->failure = std::move(failure);
}

void refuse(RunReport* report, std::vector<Problem> problems) {
  report->status = Status::kInvalid;
  report->problems = std::move(problems);
}

std::optional<Revision> Command::find_row(const std::string& version) {
  const auto* row = find_revision(state.revisions, version);
  if (row == nullptr) return std::nullopt;
  return row->brief ? ledger.find(row->version) : *row;
}

RunReport run_command(Database& database, MigrationSource& source, const RunOptions& options,
                      const Observer& observer,
                      const std::function<void(Command&, RunReport*)>& body) {
  RunReport report;
  const auto start = options.clock.now();
  const int earlier_trips = database.round_trips();
  Session session(database, options.clock, observer, session_deadline(options));
  try {
    session.connect();
    Command command(source, options, session);
    body(command, &report);
  } catch (const Error& error) {
    if (report.problems.empty()) {
      report.problems = list_migrations(source.entries(), options.format).problems;
    }
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

bool ends_with_plan(const Plan& plan, RunReport* report) {
  if (plan.has_errors()) {
    report->status = Status::kInvalid;
    return true;
  }
  report->status = Status::kUpToDate;
  return plan.steps.empty();
}

std::optional<long long> find_free_lock(const LedgerState& state) {
  if (!state.lock || !state.lock->nonce.empty()) return std::nullopt;
  return state.lock->fencing;
}

bool is_untouched(const LedgerState& state, const Lock& lock) {
  const auto free = find_free_lock(state);
  return free && lock.fencing() == *free + 1;
}

namespace {

void release(Lock& lock, const Session& session) {
  try {
    lock.release();
  } catch (const Error& error) {
    session.notify(Event::Level::kWarn, "the lock could not be released; its lease will end",
                   {{"message", error.what()}});
  }
}

void set_locked(RunReport* report, const LockHolder& holder) {
  report->status = Status::kLocked;
  report->lock = holder;
  report->failure.reset();
}

}  // namespace

bool acquire(Command& command, Lock& lock, RunReport* report) {
  const auto holder = lock.acquire(command.options.lock_timeout);
  if (holder) set_locked(report, *holder);
  return !holder;
}

void run_locked(Command& command, RunReport* report, const std::function<void(Lock&)>& body) {
  run_with_lock(command, report, [&](Lock& lock) {
    if (acquire(command, lock, report)) body(lock);
  });
}

void run_with_lock(Command& command, RunReport* report, const std::function<void(Lock&)>& body) {
  const auto& options = command.options;
  Lock lock(command.session, {options.ledger_schema, options.owner, options.lease, options.dialect,
                              options.lock_timeout, options.history});
  try {
    body(lock);
  } catch (const Error& error) {
    set_failure(report, make_failure(error));
  } catch (const std::exception& error) {
    set_failure(report, make_failure(Error(ErrorKind::kSource, error.what())));
  }
  if (report->failure && lock.kept_out()) set_locked(report, *lock.kept_out());
  release(lock, command.session);
}

namespace {

// One that may not be read was never this role's.
bool has_rows(Session& session, const std::string& ledger_schema) {
  try {
    return session.repeat(make_find_rows(ledger_schema)).rows.at(0).at(0) == "t";
  } catch (const Error& error) {
    const auto& sqlstate = error.server().sqlstate;
    if (sqlstate == "42P01" || sqlstate == "3F000" || sqlstate == "42501") return false;
    throw;
  }
}

Problem make_earlier_ledger(const std::string& schema, const std::string& earlier) {
  const auto named = quote_identifier(schema);
  const auto former = quote_identifier(earlier);
  return make_problem(
      "earlier-ledger",
      "there is no ledger " + named + ", and " + former +
          ", which would have been that of these files before each schema had one, has rows",
      "If those are of these files, run ALTER SCHEMA " + former + " RENAME TO " + named +
          ", or give ledgerSchema " + former + "; if they are of others, give ledgerSchema " +
          named + " until that ledger is there.");
}

// One that cannot be read may say anything.
std::vector<ForeignHistory> find_filled(Session& session, std::vector<ForeignHistory> histories) {
  if (histories.empty()) return {};
  try {
    return parse_filled(session.repeat(make_find_filled(histories)), histories);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStatement) throw;
    return histories;
  }
}

}  // namespace

bool ends_with_earlier_ledger(Command& command, RunReport* report) {
  const auto& options = command.options;
  const auto& state = command.state;
  if (options.earlier_ledger_schema.empty() || state.exists || !state.revisions.empty()) {
    return false;
  }
  if (!has_rows(command.session, options.earlier_ledger_schema)) return false;
  refuse(report, {make_earlier_ledger(options.ledger_schema, options.earlier_ledger_schema)});
  return true;
}

bool ends_with_history(Command& command, RunReport* report) {
  if (command.options.ignore_history || !command.state.revisions.empty()) return false;
  auto& session = command.session;
  const auto& choice = command.options.history;
  const auto found = parse_histories(session.repeat(make_find_histories(choice)), choice);
  const auto problem = explain_histories(find_filled(session, found));
  if (problem) refuse(report, {*problem});
  if (!problem && !choice.empty() && choose_histories(choice, found).empty()) {
    auto note = explain_no_history(choice, false);
    note.severity = Severity::kWarning;
    command.notes.push_back(note);
    report->problems.push_back(std::move(note));
  }
  return problem.has_value();
}

}  // namespace engine
