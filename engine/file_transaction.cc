#include <algorithm>
#include <vector>

#include "engine/existing.h"
#include "engine/failure.h"
#include "engine/file_run.h"
#include "engine/session_setting.h"
#include "engine/skipped_index.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

class FileTransaction {
 public:
  FileTransaction(Run& run, const Step& step, const Migration& file, Revision revision)
      : run_(run),
        step_(step),
        file_(file),
        revision_(std::move(revision)),
        started_(run.session.clock().now()),
        earlier_ms_(revision_.execution_ms) {}

  FileEnd go() {
    FileEnd end;
    try {
      send_all();
      end.statements = static_cast<int>(step_.statements.size());
      end.tolerated = std::move(tolerated_);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kLeaseLost) throw;
      end.failure = explain(error);
      record_failure(*end.failure);
    }
    return end;
  }

 private:
  // The lock's row stays locked until COMMIT, and with it the lease ours.
  void send_all() {
    Backoff backoff(run_.session.clock(), run_.session.deadline());
    for (;;) {
      current_ = nullptr;
      try {
        run_.session.connect_again();
        return send_once();
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::kLeaseLost) run_.lock.note_end();
        if (tolerates(error)) continue;
        if (!run_.session.recover(error, backoff)) throw;
        if (!error.in_doubt()) continue;
      }
      run_.lock.refence();
      if (run_.ledger.has(record_)) return;
    }
  }

  // What the refused statement makes is there: the file goes again, without it.
  bool tolerates(const Error& error) {
    if (current_ == nullptr || !run_.options.tolerates_existing) return false;
    const auto existing = find_existing(current_->prepared.sql, error);
    if (!existing) return false;
    tolerated_.push_back(make_tolerated(file_, *current_, *existing));
    return true;
  }

  std::vector<const PlannedStatement*> choose_statements() const {
    std::vector<const PlannedStatement*> chosen;
    for (const auto& statement : step_.statements) {
      const bool left_out =
          std::any_of(tolerated_.begin(), tolerated_.end(), [&](const ToleratedStatement& each) {
            return each.statement_number == statement.number;
          });
      if (!left_out) chosen.push_back(&statement);
    }
    return chosen;
  }

  // One flight with the whole file.
  void send_once() {
    const auto sent_at = run_.session.clock().now();
    auto flight = run_.lock.make_fence();
    flight.push_back(run_.ledger.make_put(revision_));
    const auto first = flight.size() + 1;             // BEGIN comes before
    std::vector<const PlannedStatement*> statements;  // of each message
    for (const auto* statement : choose_statements()) {
      flight.push_back({statement->prepared.sql});
      if (auto check = make_skip_check(statement->prepared)) flight.push_back(std::move(*check));
      statements.resize(flight.size() + 1 - first, statement);
    }
    if (may_set_session(file_)) {
      for (auto& query : make_session_reset()) flight.push_back(std::move(query));
    }
    record_ = make_record();
    for (auto& query : run_.ledger.make_record(record_)) flight.push_back(std::move(query));
    std::size_t failed = 0;
    try {
      run_.session.commit(std::move(flight), run_.statement_until(), &failed);
    } catch (const Error&) {
      if (failed >= first && failed < first + statements.size()) {
        current_ = statements[failed - first];
      }
      committing_ = failed > 0;
      throw;
    }
    run_.lock.note_renewal(sent_at);
  }

  StatementRecord make_record() {
    revision_.execution_ms = earlier_ms_ + spent();
    StatementRecord record{
        file_.version, revision_.applied, revision_.total, 0, {}, revision_.execution_ms, true};
    record.progress_from = revision_.progress;
    record.of_undo = revision_.is_undo();
    return record;
  }

  long long spent() const {
    const auto time = run_.session.clock().now() - started_;
    return std::chrono::duration_cast<milliseconds>(time).count();
  }

  Failure explain(const Error& error) const {
    if (current_ != nullptr) return make_rollback_failure(error, file_, *current_);
    auto failure = make_failure(error, file_);
    const bool answered =
        error.kind() == ErrorKind::kStatement || error.kind() == ErrorKind::kConflict;
    failure.in_doubt = committing_ && !answered;
    return failure;
  }

  // Of an undo there is nothing to say: its row is still the one of the migration, all of which is
  // there as before.
  void record_failure(const Failure& failure) {
    if (revision_.is_undo()) return;
    revision_.execution_ms = earlier_ms_ + spent();
    try {
      run_.ledger.put(run_.lock, make_failed_revision(revision_, failure));
    } catch (const Error& error) {
      run_.session.notify(Event::Level::kWarn, "the failure could not be recorded in the ledger",
                          {{"version", file_.version}, {"message", error.what()}});
    }
  }

  Run& run_;
  const Step& step_;
  const Migration& file_;
  Revision revision_;
  StatementRecord record_;
  std::vector<ToleratedStatement> tolerated_;
  const PlannedStatement* current_ = nullptr;
  bool committing_ = false;
  Deadline started_;
  long long earlier_ms_;
};

}  // namespace

FileEnd run_in_one_transaction(Run& run, const Step& step, const Migration& file,
                               Revision revision) {
  return FileTransaction(run, step, file, std::move(revision)).go();
}

}  // namespace engine
