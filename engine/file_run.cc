#include "engine/file_run.h"

#include <algorithm>

#include "engine/failure.h"
#include "engine/flight.h"
#include "engine/session_setting.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

PlannedStatement plan_statement(const Migration& file, int number, Dialect dialect) {
  const auto& statement = file.statements.at(static_cast<std::size_t>(number) - 1);
  return {number,         statement.line, statement.column,
          statement.hash, statement.text, prepare_statement(statement, dialect)};
}

// The name that was chosen for the index of the next statement, when that is another one now.
void forget_names(const Step& step, const Migration& file, const Revision* earlier,
                  Revision* revision) {
  const auto next = static_cast<std::size_t>(step.applied);
  const bool same = earlier != nullptr && next < file.statements.size() &&
                    next < earlier->statement_hashes.size() &&
                    earlier->statement_hashes[next] == file.statements[next].hash;
  const auto prefix = std::to_string(next + 1) + ":";
  if (same) return;
  std::erase_if(revision->job_ids, [&](const std::string& entry) {
    return names_no_job(entry) && entry.starts_with(prefix);
  });
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
  forget_names(step, file, earlier, &revision);
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
    revision_.in_doubt = std::max(doubt_of(revision_.applied + 1), left_in_doubt());
    revision_.job_ids = jobs_.entries(file_.version);
    lengthen_lease(revision_.applied);
    run_.ledger.put(run_.lock, revision_);
    go_through_statements();
  } catch (const Error& error) {
    auto failure = unrecorded_ == nullptr ? make_failure(error, file_)
                                          : make_failure(error, file_, *unrecorded_, true);
    if (unrecorded_ != nullptr && !unrecorded_name_.empty() &&
        jobs_.given_name(file_.version, unrecorded_->number).empty()) {
      jobs_.add(file_, *unrecorded_, "", {unrecorded_name_, ""});  // which the next run looks for
    }
    if (error.kind() == ErrorKind::kLeaseLost) {
      end_.failure = std::move(failure);  // and not a word to a ledger that is another's now
    } else {
      fail(std::move(failure));
    }
  }
  run_.lock.lengthen({});
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
  if (sets_session(file_)) jobs_.locate();
  for (int number = 1; number <= revision_.applied; ++number) {
    const auto& statement = file_.statements[static_cast<std::size_t>(number) - 1];
    if (statement.kind != StatementKind::kSession) continue;
    const auto planned = plan_statement(file_, number, run_.options.dialect);
    if (auto sent = runner_.send_session(planned); sent.failure) return fail(*sent.failure);
  }
  return true;
}

bool FileRun::send_lost_builds() {
  const auto lost = jobs_.lost(file_.version, revision_.applied);
  for (const int number : lost) {
    if (!run_.has_budget()) return pause();
    if (!send_lost_build(number)) return false;
  }
  if (lost.empty()) return true;
  run_.ledger.record(run_.lock, make_record(revision_.applied, revision_.applied));
  return true;
}

// The last run may have come so far already: an index is looked for, by the name that its statement
// says or that was chosen for it.
bool FileRun::send_lost_build(int number) {
  const auto planned = plan_statement(file_, number, run_.options.dialect);
  const bool named =
      !planned.prepared.index_name.empty() || !jobs_.given_name(file_.version, number).empty();
  return send_build(planned, named).has_value();
}

// By itself; nullopt when it failed.
std::optional<Sent> FileRun::send_build(const PlannedStatement& statement, bool in_doubt) {
  const int number = statement.number;
  const auto record = [&](const std::string& name) {
    jobs_.add(file_, statement, "", {name, ""});
    if (number > revision_.applied) revision_.in_doubt = number;
    revision_.job_ids = jobs_.entries(file_.version);
    add_time();
    run_.ledger.put(run_.lock, revision_);
  };
  auto sent =
      runner_.send_alone(statement, in_doubt, {jobs_.given_name(file_.version, number), record});
  const bool forgets = number > revision_.applied && !sent.leaves_index;
  if (!sent.failure || (!sent.failure->in_doubt && forgets)) jobs_.remove(file_.version, number);
  if (sent.failure) {
    fail(*sent.failure);
    return std::nullopt;
  }
  if (!sent.job_id.empty()) jobs_.add(file_, statement, sent.job_id, sent.names);
  return sent;
}

bool FileRun::go_on_with(const PlannedStatement& statement) {
  if (!run_.has_budget()) return pause();
  lengthen_lease(statement.number);
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
  const auto sent = send_build(statement, in_doubt);
  if (!sent) return false;
  tolerate(statement, *sent);
  unrecorded_name_ = sent->names.given_name;
  return true;
}

// What has settled is recorded before the statement runs, which may rename what a later run would
// look for.
bool FileRun::wait_for(const std::string& sql) {
  const auto before = jobs_.entries(file_.version);
  switch (jobs_.wait_for(sql)) {
    case RunJobs::End::kNone:
      return true;
    case RunJobs::End::kSettled:
      jobs_.record();
      if (jobs_.entries(file_.version) != before) {
        run_.ledger.record(run_.lock, make_record(revision_.applied, revision_.applied));
      }
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
  const bool unseen = run_.options.dialect == Dialect::kPostgres && may_set_session(file_);
  if (run_.session.keeps_any() || unseen) {
    run_.session.keep(std::vector<std::string>{});
    run_.session.repeat({"RESET ALL"});
    run_.session.repeat({"RESET ROLE"});
  }
  if (complete_ || jobs_.has_any(file_.version)) return;  // as the last record says
  run_.ledger.record(run_.lock, make_record(revision_.total, revision_.total));
}

// False, so that callers can return it. The failure counts more than that it could not be recorded.
bool FileRun::fail(Failure failure) {
  run_.lock.lengthen({});
  auto row = make_failed_revision(revision_, failure);
  row.in_doubt = left_in_doubt();
  if (failure.statement_number == revision_.applied + 1) {
    const auto& statement = find_statement(failure.statement_number);
    row.in_doubt = failure.in_doubt && goes_alone(statement) ? statement.number : 0;
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
  run_.lock.lengthen({});
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

// Not before the step's first.
const PlannedStatement& FileRun::find_statement(int number) const {
  const auto first = revision_.total - static_cast<int>(step_.statements.size());
  return step_.statements.at(static_cast<std::size_t>(number - first) - 1);
}

bool FileRun::may_take_long(int number) const {
  const auto before = revision_.total - static_cast<int>(step_.statements.size());
  return number > before && number <= revision_.total &&
         engine::may_take_long(find_statement(number));
}

// What extends it from here on lasts over that statement and over the next: it is seen by others
// when the transaction with the statement has committed.
void FileRun::lengthen_lease(int number) {
  if (run_.options.dialect == Dialect::kPostgres) return;
  const bool is_long = may_take_long(number) || may_take_long(number + 1);
  run_.lock.lengthen(is_long ? run_.long_lease() : milliseconds{0});
}

// The number again when that statement can be in doubt, else 0.
int FileRun::doubt_of(int number) const {
  if (number > revision_.total) return 0;
  const auto& statement = find_statement(number);
  return goes_alone(statement) && !is_named_by_us(statement.prepared) ? number : 0;
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
