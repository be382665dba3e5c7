#include "engine/flight_run.h"

#include <algorithm>
#include <utility>

#include "engine/existing.h"
#include "engine/failure.h"
#include "engine/file_run.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

constexpr int kLostInVain = 2;  // flights in a row, before less is sent at once

milliseconds spent_since(Deadline start, const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.now() - start);
}

}  // namespace

struct FlightRun::Sent {
  Flight flight;
  std::vector<Outcome> outcomes = {};
  std::size_t answered = 0;  // outcomes without error, from the first
  std::size_t recorded = 0;  // items
  int before = 0;            // statements()
  Deadline at = {};          // when it was sent
  Deadline first = {};       // from when on nothing was ahead of it

  const Flight::Item& next() const {
    return flight.items[std::min(recorded, flight.items.size() - 1)];
  }
  // The lock was ours ahead of the rest, for all that is known.
  bool took() const { return !flight.taken || *flight.taken < answered; }
  bool all_complete() const {
    return std::all_of(flight.items.begin(), flight.items.end(),
                       [](const Flight::Item& item) { return item.work->complete; });
  }
  // Its statement took effect, but its record did not, or nobody knows.
  bool has_unrecorded() const {
    return recorded < flight.items.size() && flight.is_done(recorded, answered);
  }
  int statements() const {
    int count = 0;
    const FileWork* last = nullptr;
    for (const auto& item : flight.items) {
      if (item.work != last) count += item.work->statements;
      last = item.work;
    }
    return count;
  }
};

FlightRun::FlightRun(Run& run, RunJobs& jobs, WaitingFiles& waiting)
    : run_(run), jobs_(jobs), waiting_(waiting) {}

FlightRun::~FlightRun() = default;

FlightLimits FlightRun::limits(bool last) const {
  FlightLimits limits;
  limits.release = last;
  limits.long_lease = run_.long_lease();
  limits.statements = std::min(most_, static_cast<std::size_t>(run_.options.flight));
  if (run_.session.flights() < Session::Flights::kSegments) limits.statements = 1;
  if (statement_time_ > milliseconds{0}) {
    const auto left = time_left(run_.session.clock(), run_.work_until()) / 2;
    const auto fitting = static_cast<std::size_t>(left / statement_time_);
    limits.statements = std::clamp<std::size_t>(fitting, 1, limits.statements);
  }
  return limits;
}

Flight FlightRun::make(Works files, bool last) const {
  const auto* ahead = sent_.empty() ? nullptr : &sent_.back().flight;
  if (run_.options.dialect == Dialect::kPostgres) {
    return make_file_flight(files, limits(last), run_.lock, run_.ledger, ahead);
  }
  FlightJobs jobs{jobs_.under_way()};
  if (ahead != nullptr) ahead->add_jobs(&jobs.under_way);
  if (ahead == nullptr || !ahead->written) jobs.writes = waiting_.make_writes();
  for (auto* work : files) work->revision.job_ids = jobs_.entries(work->file->version);
  return make_flight(files, std::move(jobs), limits(last), run_.lock, run_.ledger, ahead);
}

FlightRun::End FlightRun::go(std::deque<FileWork>& files, bool last) {
  std::vector<FileWork*> works;
  works.reserve(files.size());
  for (auto& work : files) works.push_back(&work);
  if (sent_.empty() && !launch(works, last)) return End::kNone;
  const bool slides = run_.session.flights() == Session::Flights::kSliding && !keeps_back_;
  if (slides && run_.has_budget()) launch_behind(works, last);
  return land();
}

bool FlightRun::launch(Works files, bool last) {
  const bool none = run_.session.flights() == Session::Flights::kMessages;
  if (none || run_.options.flight < 1) return false;
  auto flight = make(files, last);
  if (flight.items.empty()) return false;
  run_.session.connect_again();
  in_row_ = 0;
  send(std::move(flight));
  set_out(sent_.front());
  if (sent_.front().flight.taken) run_.lock.note_taking();
  return true;
}

void FlightRun::launch_behind(Works files, bool last) {
  const auto& ahead = sent_.back().flight.items.back();
  auto from = std::find(files.begin(), files.end(), ahead.work);
  if (ahead.record.applied == ahead.work->revision.total) ++from;
  auto flight = make(files.subspan(static_cast<std::size_t>(from - files.begin())), last);
  if (!flight.items.empty()) send(std::move(flight));
}

void FlightRun::send(Flight flight) {
  const auto at = run_.session.clock().now();
  run_.session.launch(flight.messages, run_.statement_until());
  sent_.push_back({std::move(flight)});
  sent_.back().at = at;
  ++in_row_;
}

// Nothing is ahead of it from now on.
void FlightRun::set_out(Sent& sent) const {
  sent.first = run_.session.clock().now();
  sent.before = sent.statements();
  if (sent.took()) begin(sent);
}

FlightRun::End FlightRun::land() {
  auto sent = std::move(sent_.front());
  sent_.erase(sent_.begin());
  sent.outcomes = run_.session.land(sent.flight.messages, run_.statement_until());
  if (!run_.session.database().accepts_launch() && !std::exchange(keeps_back_, true)) {
    run_.session.notify(Event::Level::kDebug, "no answers for a while, one flight at a time");
  }
  statement_time_ = spent_since(sent.first, run_.session.clock()) /
                    static_cast<long long>(sent.flight.items.size());
  sent.answered = find_error(sent.outcomes);
  if (sent.answered < sent.outcomes.size()) {
    was_behind_ = in_row_ > 1;
    for (auto& behind : sent_) sent.flight.append(std::move(behind.flight));
    sent_.clear();
    sent.outcomes.resize(sent.flight.messages.size(), Unanswered{});
  }
  const auto end = take(sent);
  if (sent.statements() > sent.before) lost_ = 0;
  const auto twice = sent.flight.items.size() * 4;  // it was half of what may be on its way
  most_ = end == End::kGoOn ? std::max(most_, twice) : sent.recorded + 1;
  if (!sent_.empty()) set_out(sent_.front());
  return end;
}

void FlightRun::begin(const Sent& sent) const {
  for (const auto& item : sent.flight.items) {
    auto& work = *item.work;
    work.is_new = false;  // from now on nobody knows
    if (std::exchange(work.begun, true)) continue;
    work.started = sent.at;
    run_.session.notify(Event::Level::kDebug, "migration started",
                        {{"version", work.file->version},
                         {"file", work.file->file},
                         {"statements", std::to_string(work.step.statements.size())}});
  }
}

void FlightRun::note_taken(const Sent& sent) const {
  run_.lock.note_taken();
  begin(sent);
}

FlightRun::End FlightRun::take(Sent& sent) {
  sent.recorded = sent.flight.recorded(sent.answered);
  if (sent.flight.taken && sent.took()) note_taken(sent);
  if (sent.flight.written && *sent.flight.written < sent.answered) waiting_.note_written();
  for (std::size_t i = 0; i < sent.recorded; ++i) take_item(sent, i);
  if (sent.answered == sent.outcomes.size()) {
    run_.lock.note_renewal(sent.at);
    if (sent.flight.releases) run_.lock.note_end();
    return End::kGoOn;
  }
  const auto error = std::get<Error>(sent.outcomes[sent.answered]);
  const bool lost = error.in_doubt() || !run_.session.database().is_connected();
  const bool refused = error.kind() == ErrorKind::kLeaseLost;
  if (!sent.took() && (refused || !lost)) return go_on_untaken(sent, error);
  if (refused) {
    run_.lock.note_end();
    run_.session.roll_back();
    const auto& item = sent.next();
    failure_ = sent.has_unrecorded() ? make_failure(error, *item.work->file, item.statement, true)
                                     : make_failure(error, *item.work->file);
    return End::kStopped;
  }
  return lost ? settle_loss(sent, error) : go_on_after(sent, error);
}

void FlightRun::take_item(Sent& sent, std::size_t index) const {
  const auto& item = sent.flight.items[index];
  auto& work = *item.work;
  work.advance(item.record.applied);
  work.complete = item.record.complete;
  work.revision.job_ids = item.record.job_ids;
  work.add_time(run_.session.clock().now());
  run_.session.notify(
      Event::Level::kDebug, "statement applied",
      {{"version", work.file->version}, {"statement", std::to_string(item.statement.number)}});
  if (item.statement.prepared.starts_job) take_job(sent, item);
}

void FlightRun::take_job(Sent& sent, const Flight::Item& item) const {
  const auto* answer = std::get_if<ResultSet>(&sent.outcomes[item.message]);
  const auto id = answer == nullptr ? "" : parse_job_id(*answer);
  jobs_.add(*item.work->file, item.statement, id);
}

// The statement whose record was the first not to be committed.
void FlightRun::record_done(Sent& sent) const {
  const auto& item = sent.next();
  if (!sent.has_unrecorded() || item.work->revision.applied >= item.record.applied) return;
  take_item(sent, sent.recorded);
  auto record = item.record;
  record.next_in_doubt = 0;
  record.job_ids = jobs_.entries(record.version);
  record.execution_ms = item.work->revision.execution_ms;
  run_.ledger.record(run_.lock, record);
  item.work->revision.job_ids = record.job_ids;
}

// Nothing of it has been executed.
FlightRun::End FlightRun::go_on_untaken(const Sent& sent, const Error& error) {
  if (sent.answered > 0) run_.session.roll_back();
  if (error.kind() == ErrorKind::kLeaseLost) {
    run_.lock.note_end();
    return End::kUntaken;
  }
  run_.lock.note_untaken();
  if (error.kind() != ErrorKind::kConflict) {
    lower();
    return End::kAlone;
  }
  Backoff backoff(run_.session.clock(), run_.session.deadline());
  run_.session.recover(error, backoff);
  return End::kGoOn;
}

// The server answered with an error and skipped the rest. A file that is one transaction is rolled
// back with its statement, which would only be refused again by itself.
FlightRun::End FlightRun::go_on_after(Sent& sent, const Error& error) {
  const auto& sql = sent.flight.messages[sent.answered].sql;
  if (sql != "BEGIN") run_.session.roll_back();
  record_done(sent);
  note_doubt_is_over(sent);
  const auto* of = sent.flight.find(sent.answered);
  const bool refused = error.kind() == ErrorKind::kStatement && !may_refuse_flights(error) &&
                       !(of && tolerates(of->statement, error));
  if (run_.options.dialect == Dialect::kPostgres && refused && of && of->message == sent.answered) {
    return stop(sent, error);
  }
  if (error.kind() == ErrorKind::kConflict) {
    Backoff backoff(run_.session.clock(), run_.session.deadline());
    run_.session.recover(error, backoff);
  } else if (of == nullptr) {
    lower();  // it was not for a statement of the files
  } else if (!of->statement.prepared.starts_job) {
    refused_ = of->statement.hash;
  }
  return End::kAlone;
}

void FlightRun::note_doubt_is_over(const Sent& sent) {
  if (sent.recorded == sent.flight.items.size()) return;
  if (!sent.flight.is_named(sent.recorded, sent.answered)) return;
  sent.flight.items[sent.recorded].work->doubt_is_over = true;
}

bool FlightRun::tolerates(const PlannedStatement& statement, const Error& error) const {
  return run_.options.tolerates_existing && find_existing(statement.prepared.sql, error);
}

void FlightRun::note_success(const std::string& hash) {
  if (std::exchange(refused_, "") != hash || hash.empty()) return;
  lower();
}

void FlightRun::note_file(std::size_t statements) {
  const auto most = static_cast<std::size_t>(run_.options.flight);
  most_ = std::min(most, std::max(most_, statements) * 2);
}

void FlightRun::lower() {
  lost_ = 0;
  const auto now = run_.session.flights();
  const bool sliding = now == Session::Flights::kSliding && was_behind_;
  run_.session.lower_flights(sliding                              ? Session::Flights::kSegments
                             : now >= Session::Flights::kSegments ? Session::Flights::kStatements
                                                                  : Session::Flights::kMessages);
}

// What was on the wire may still be executed: not after the lock has a new fencing number, but for
// the one statement that the ledger names.
FlightRun::End FlightRun::settle_loss(Sent& sent, const Error& error) {
  Backoff backoff(run_.session.clock(), run_.session.deadline());
  const bool timeout = error.kind() == ErrorKind::kTimeout;
  unread_ = true;
  if (!timeout && error.in_doubt() && !run_.session.recover(error, backoff)) {
    return give_up_unread(sent, error);
  }
  const auto settled = settle_by_rows(sent, timeout);
  unread_ = settled == Settled::kBusy;
  if (settled == Settled::kUntaken) return End::kUntaken;
  if (settled == Settled::kBusy) return give_up(sent, error);
  if (sent.all_complete()) return End::kGoOn;
  const bool in_vain = sent.statements() == sent.before;
  if (timeout) return in_vain ? stop(sent, error) : End::kPaused;
  if (in_vain && ++lost_ >= kLostInVain) lower();
  return End::kAlone;
}

// Busy when a file's transaction is still at work after a time-out: it keeps the lock's row, and
// nobody gets an answer.
FlightRun::Settled FlightRun::settle_by_rows(Sent& sent, bool timeout) {
  try {
    run_.session.connect_again();
    if (!run_.lock.regain()) {
      const auto settled = settle_lock(sent);
      if (settled == Settled::kUntaken || !run_.lock.held()) return settled;
    }
    if (!sent.took()) note_taken(sent);
    read_rows(sent);
    record_done(sent);
    return Settled::kDone;
  } catch (const Error& error) {
    const bool waits = timeout && run_.options.dialect == Dialect::kPostgres;
    if (!waits || error.kind() == ErrorKind::kLeaseLost) throw;
    return Settled::kBusy;
  }
}

// Whose nonce is not in the row: released with the last transaction of the flight, or taken over
// since, or not taken yet.
FlightRun::Settled FlightRun::settle_lock(Sent& sent) {
  if (sent.flight.releases) {
    begin(sent);
    read_rows(sent);
    if (sent.all_complete()) {
      run_.lock.note_end();
      return Settled::kDone;
    }
  }
  if (sent.took()) run_.lock.fail_of_loss();
  return run_.lock.retake() ? Settled::kDone : Settled::kUntaken;
}

void FlightRun::read_rows(Sent& sent) const {
  std::vector<std::string> versions;
  for (const auto& item : sent.flight.items) {
    const auto& version = item.work->file->version;
    if (versions.empty() || versions.back() != version) versions.push_back(version);
  }
  const auto rows = run_.ledger.read_rows(versions);
  for (const auto& item : sent.flight.items) {
    auto& work = *item.work;
    const auto* row = find_revision(rows, work.file->version);
    // A row of the other kind is from before this flight, which has not come to it.
    if (row == nullptr || row->is_undo() != work.revision.is_undo()) continue;
    work.advance(row->applied);
    work.complete = row->complete();
    work.revision.job_ids = row->job_ids;
    jobs_.load(*work.file, row->job_ids);
    work.step.first_in_doubt =
        !work.step.statements.empty() && row->in_doubt == work.step.statements.front().number;
  }
}

FlightRun::End FlightRun::stop(Sent& sent, const Error& error) {
  begin(sent);
  const auto found = std::find_if(sent.flight.items.begin(), sent.flight.items.end(),
                                  [](const auto& item) { return !item.work->complete; });
  auto& work = found == sent.flight.items.end() ? *sent.next().work : *found->work;
  if (work.step.statements.empty()) {
    failure_ = make_failure(error, *work.file);
    return End::kStopped;
  }
  const auto* item = sent.flight.find(sent.answered);  // of a whole file it may be a later one
  const bool whole = run_.options.dialect == Dialect::kPostgres && item && item->work == &work;
  const auto& statement = whole ? item->statement : work.step.statements.front();
  const bool in_doubt = work.step.first_in_doubt;
  failure_ = whole ? make_rollback_failure(error, *work.file, statement)
                   : make_failure(error, *work.file, statement, in_doubt);
  if (whole && work.revision.is_undo()) return End::kStopped;  // its row is what it was before
  work.add_time(run_.session.clock().now());
  auto row = make_failed_revision(work.revision, failure_);
  row.in_doubt = in_doubt ? statement.number : 0;
  row.job_ids = work.revision.job_ids = jobs_.entries(row.version);
  try {
    run_.ledger.put(run_.lock, row);
  } catch (const Error& second) {
    run_.session.notify(Event::Level::kWarn, "the failure could not be recorded in the ledger",
                        {{"version", work.file->version}, {"message", second.what()}});
  }
  return End::kStopped;
}

FlightRun::End FlightRun::give_up_unread(const Sent& sent, const Error& error) {
  const auto& item = sent.next();
  failure_ = make_failure(error, *item.work->file, item.statement, true);
  return End::kStopped;
}

// Nothing of the file has taken effect, unless it is the answer to COMMIT that did not come.
FlightRun::End FlightRun::give_up(const Sent& sent, const Error& error) {
  const auto* item = sent.flight.find(sent.answered);
  const bool committing = sent.flight.messages[sent.answered].sql == "COMMIT";
  const auto& file = *sent.next().work->file;
  failure_ = item == nullptr || committing ? make_failure(error, file)
                                           : make_failure(error, file, item->statement, false);
  failure_.in_doubt = committing;
  return End::kStopped;
}

}  // namespace engine
