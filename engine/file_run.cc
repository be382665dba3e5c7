#include "engine/file_run.h"

#include <algorithm>

#include "engine/failure.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

PlannedStatement plan_statement(const Migration& file, int number, Dialect dialect) {
  const auto& statement = file.statements.at(static_cast<std::size_t>(number) - 1);
  return {number,         statement.line, statement.column,
          statement.hash, statement.text, prepare_statement(statement, dialect)};
}

}  // namespace

Revision make_revision(const Step& step, const Migration& file, const Revision* earlier,
                       const RunOptions& options) {
  Revision revision;
  const bool undo = file.kind == MigrationKind::kUndo;
  if (earlier != nullptr && earlier->is_undo() == undo) {
    revision = *earlier;
  } else {
    revision.kind = to_string(file.kind);
  }
  revision.version = file.version;
  revision.description = file.description;
  revision.checksum = file.checksum;
  revision.statement_hashes.clear();
  for (const auto& statement : file.statements) {
    revision.statement_hashes.push_back(statement.hash);
  }
  revision.total = step.total;
  revision.applied = step.applied;
  revision.in_doubt = 0;
  revision.error.clear();
  revision.error_statement.clear();
  revision.error_sqlstate.clear();
  revision.applied_by = options.owner;
  revision.source = file.location;
  revision.source_version = file.source_version;
  revision.source_etag = file.source_etag;
  revision.source_size = file.source_size;
  return revision;
}

FileRun::FileRun(Run& run, RunJobs& jobs, const Step& step, const Migration& file,
                 Revision revision)
    : run_(run),
      jobs_(jobs),
      step_(step),
      file_(file),
      revision_(std::move(revision)),
      runner_(run, file),
      started_(run.session.clock().now()),
      earlier_ms_(revision_.execution_ms) {}

Revision FileRun::revision() const {
  auto row = revision_;
  row.job_ids = jobs_.entries(file_.version);
  return row;
}

FileEnd FileRun::go(int at_most) {
  at_most_ = at_most;
  try {
    revision_.in_doubt = doubt_of(revision_.applied + 1);
    revision_.job_ids = jobs_.entries(file_.version);
    run_.ledger.put(run_.lock, revision_);
    go_through_statements();
  } catch (const Error& error) {
    auto failure = unrecorded_ == nullptr ? make_failure(error, file_)
                                          : make_failure(error, file_, *unrecorded_, true);
    if (error.kind() == ErrorKind::kLeaseLost) {
      end_.failure = std::move(failure);  // and not a word to a ledger that is another's now
    } else {
      fail(std::move(failure));
    }
  }
  return end_;
}

void FileRun::go_through_statements() {
  if (!restore_session() || !send_lost_builds()) return;
  for (const auto& statement : step_.statements) {
    if (end_.statements == at_most_) {
      end_.unfinished = true;
      return;
    }
    if (!go_on_with(statement)) return;
  }
  finish();
}

// What the statements before the first one set, when they ran on an earlier connection.
bool FileRun::restore_session() {
  for (int number = 1; number <= revision_.applied; ++number) {
    const auto& statement = file_.statements[static_cast<std::size_t>(number) - 1];
    if (statement.kind != StatementKind::kSession) continue;
    const auto planned = plan_statement(file_, number, run_.options.dialect);
    if (auto sent = runner_.send_session(planned); sent.failure) return fail(*sent.failure);
  }
  return true;
}

bool FileRun::send_lost_builds() {
  const auto lost = jobs_.lost(file_.version);
  for (const int number : lost) {
    if (!run_.has_budget()) return pause();
    if (!send_lost_build(number)) return false;
  }
  if (lost.empty()) return true;
  run_.ledger.record(run_.lock, make_record(revision_.applied, revision_.applied));
  return true;
}

// The last run may have come so far already: an index that has a name is looked for.
bool FileRun::send_lost_build(int number) {
  const auto planned = plan_statement(file_, number, run_.options.dialect);
  auto sent = runner_.send_alone(planned, !planned.prepared.index_name.empty());
  if (sent.failure) return fail(*sent.failure);
  jobs_.remove(file_.version, number);
  if (!sent.job_id.empty()) jobs_.add(file_, planned, sent.job_id);
  return true;
}

bool FileRun::go_on_with(const PlannedStatement& statement) {
  if (!run_.has_budget()) return pause();
  if (!wait_for(statement.prepared.sql)) return false;
  run_.lock.renew_when_due();
  const auto start = run_.session.clock().now();
  if (!send(statement)) return false;
  const auto spent =
      std::chrono::duration_cast<milliseconds>(run_.session.clock().now() - start).count();
  run_.session.notify(Event::Level::kDebug, "statement applied",
                      {{"version", file_.version},
                       {"statement", std::to_string(statement.number)},
                       {"ms", std::to_string(spent)}});
  return true;
}

bool FileRun::send(const PlannedStatement& statement) {
  const bool first = &statement == &step_.statements.front();
  const int from = revision_.applied;
  if (goes_alone(statement)) {
    if (!send_alone(statement, first && step_.first_in_doubt)) return false;
    unrecorded_ = &statement;
    run_.ledger.record(run_.lock, make_record(from, from + 1));
    unrecorded_ = nullptr;
  } else if (statement.prepared.kind == StatementKind::kSession) {
    if (auto sent = runner_.send_session(statement); sent.failure) return fail(*sent.failure);
    run_.ledger.record(run_.lock, make_record(from, from + 1));
  } else if (statement.passes == Passes::kRounds) {
    if (!send_rounds(statement)) return false;
  } else if (auto parts = find_parts(statement)) {
    if (!send_parts(statement, *parts)) return false;
  } else {
    auto sent = runner_.send_with_record(statement, make_record(from, from + 1));
    if (sent.failure) return fail(*sent.failure);
    if (sent.existing) run_.ledger.record(run_.lock, make_record(from, from + 1));
    tolerate(statement, sent);
  }
  revision_.applied = from + 1;
  revision_.progress = 0;
  complete_ = revision_.applied == revision_.total && !jobs_.has_any(file_.version);
  ++end_.statements;
  return true;
}

void FileRun::tolerate(const PlannedStatement& statement, const Sent& sent) {
  if (sent.existing) end_.tolerated.push_back(make_tolerated(file_, statement, *sent.existing));
}

bool FileRun::send_alone(const PlannedStatement& statement, bool in_doubt) {
  auto sent = runner_.send_alone(statement, in_doubt);
  if (sent.failure) return fail(*sent.failure);
  tolerate(statement, sent);
  if (!sent.job_id.empty()) jobs_.add(file_, statement, sent.job_id);
  return true;
}

bool FileRun::wait_for(const std::string& sql) {
  switch (jobs_.wait_for(sql)) {
    case RunJobs::End::kSettled:
      return true;
    case RunJobs::End::kFailed:
      return fail_of_job();
    case RunJobs::End::kPaused:
      break;
  }
  return pause();
}

// The job may be of another file: this one then stops between two statements.
bool FileRun::fail_of_job() {
  if (const auto* failure = jobs_.find_failure(file_.version)) return fail(*failure);
  pause();
  end_.paused = false;
  end_.failure = jobs_.failures().front();
  return false;
}

void FileRun::finish() {
  if (run_.session.keeps_any()) {
    run_.session.keep(std::vector<std::string>{});
    run_.session.repeat({"RESET ALL"});
    run_.session.repeat({"RESET ROLE"});
  }
  if (complete_ || jobs_.has_any(file_.version)) return;  // as the last record says
  run_.ledger.record(run_.lock, make_record(revision_.total, revision_.total));
}

// False, so that callers can return it. The failure counts more than that it could not be recorded.
bool FileRun::fail(Failure failure) {
  auto row = make_failed_revision(revision_, failure);
  row.in_doubt = left_in_doubt();
  if (failure.statement_number == revision_.applied + 1) {
    row.in_doubt = failure.in_doubt ? doubt_of(failure.statement_number) : 0;
  }
  row.job_ids = jobs_.entries(file_.version);
  add_time();
  row.execution_ms = revision_.execution_ms;
  try {
    run_.ledger.put(run_.lock, row);
  } catch (const Error& error) {
    run_.session.notify(Event::Level::kWarn, "the failure could not be recorded in the ledger",
                        {{"version", file_.version}, {"message", error.what()}});
  }
  revision_ = std::move(row);
  end_.failure = std::move(failure);
  return false;
}

bool FileRun::pause() {
  end_.paused = true;
  add_time();
  revision_.in_doubt = left_in_doubt();
  revision_.job_ids = jobs_.entries(file_.version);
  run_.ledger.put(run_.lock, revision_);
  return false;
}

// On DSQL a DDL statement has a transaction to itself.
bool FileRun::goes_alone(const PlannedStatement& statement) const {
  const auto kind = statement.prepared.kind;
  if (kind == StatementKind::kStandalone) return true;
  // Another tool may have done it without a record: it is settled first.
  const bool first = !step_.statements.empty() && &statement == &step_.statements.front();
  if (first && step_.first_in_doubt) return kind != StatementKind::kSession;
  return run_.options.dialect == Dialect::kDsql &&
         (kind == StatementKind::kDdl || kind == StatementKind::kUnknown);
}

// The number again when that statement can be in doubt, else 0. It is not before the step's first.
int FileRun::doubt_of(int number) const {
  if (number > revision_.total) return 0;
  const auto first = revision_.total - static_cast<int>(step_.statements.size());
  const auto index = static_cast<std::size_t>(number - first) - 1;
  return goes_alone(step_.statements.at(index)) ? number : 0;
}

// Of a statement this run has not come to.
int FileRun::left_in_doubt() const {
  return step_.first_in_doubt && end_.statements == 0 ? revision_.applied + 1 : 0;
}

StatementRecord FileRun::make_record(int from, int applied) {
  add_time();
  const bool stops = applied > from && end_.statements + 1 == at_most_;
  StatementRecord record{file_.version,
                         from,
                         applied,
                         stops ? 0 : doubt_of(applied + 1),
                         jobs_.entries(file_.version),
                         revision_.execution_ms,
                         false};
  record.complete = applied == revision_.total && !jobs_.has_any(file_.version);
  record.of_undo = revision_.is_undo();
  record.progress_from = revision_.progress;
  record.progress = applied == from ? revision_.progress : 0;
  return record;
}

void FileRun::add_time() {
  const auto spent = run_.session.clock().now() - started_;
  revision_.execution_ms = earlier_ms_ + std::chrono::duration_cast<milliseconds>(spent).count();
}

}  // namespace engine
