#include "engine/flight.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/index_statement.h"
#include "engine/insert_parts.h"
#include "engine/session_setting.h"

namespace engine {
namespace {

bool shares_transaction(const PlannedStatement& statement) {
  const auto kind = statement.prepared.kind;
  return kind == StatementKind::kDml || kind == StatementKind::kQuery;
}

// Not a file that something has to be settled of, or a statement's rest to be done, or whose SETs
// have to be repeated and undone.
bool file_may_fly(const FileWork& work) {
  return !work.step.statements.empty() && !work.step.first_in_doubt &&
         work.revision.progress == 0 &&
         std::none_of(work.revision.job_ids.begin(), work.revision.job_ids.end(), names_no_job) &&
         !sets_session(*work.file);
}

Job make_new_job(const PlannedStatement& statement) {
  return make_job(statement.number, "", statement.prepared);
}

class FlightBuilder {
 public:
  FlightBuilder(Works files, FlightJobs jobs, const FlightLimits& limits, const Lock& lock,
                const Ledger& ledger, const Flight* ahead)
      : files_(files),
        jobs_(std::move(jobs)),
        limits_(limits),
        room_(limits, ahead),
        ahead_(ahead == nullptr ? nullptr : &ahead->items.back()),
        lock_(lock),
        ledger_(ledger) {}

  Flight build() {
    choose();
    if (flight_.items.empty()) return {};
    writes_ = std::move(jobs_.writes);
    takes_ = !lock_.held();
    for (const auto& item : flight_.items) long_.push_back(may_take_long(item.statement));
    long_.push_back(false);  // behind the last
    shares_writes_ = writes_.empty() && !takes_ && !long_.front();
    for (std::size_t i = 0; i < flight_.items.size(); ++i) add(i);
    flush(flight_.items.size());
    return std::move(flight_);
  }

 private:
  void choose() {
    for (auto* work : files_) {
      const bool goes_on = is_ahead(work);
      if (!goes_on && !file_may_fly(*work)) return;
      auto entries = goes_on ? ahead_->record.job_ids : work->revision.job_ids;
      for (const auto& statement : work->step.statements) {
        if (goes_on && statement.number <= ahead_->record.applied) continue;
        const auto bytes = statement.prepared.sql.size();
        const bool is_first = ahead_ == nullptr && flight_.items.empty();
        if (!is_first && (room_.is_half() || !room_.has_room_for(1, bytes))) return;
        room_.add(1, bytes);
        if (!engine::may_fly(statement) || has_to_wait(statement)) return;
        if (statement.prepared.starts_job) {
          jobs_.under_way.push_back(make_new_job(statement));
          entries.push_back(to_entry(jobs_.under_way.back()));
        }
        flight_.items.push_back({work, statement});
        flight_.items.back().record = make_record(*work, statement, entries);
      }
    }
    flight_.releases = limits_.release && jobs_.under_way.empty();
  }

  bool is_ahead(const FileWork* work) const { return ahead_ != nullptr && ahead_->work == work; }

  bool has_to_wait(const PlannedStatement& statement) const {
    if (jobs_.under_way.empty()) return false;
    const StatementNames names(statement.prepared.sql);
    return std::any_of(jobs_.under_way.begin(), jobs_.under_way.end(),
                       [&](const Job& job) { return names.needs(job); });
  }

  static StatementRecord make_record(const FileWork& work, const PlannedStatement& statement,
                                     const std::vector<std::string>& entries) {
    StatementRecord record;
    record.version = work.file->version;
    record.from = statement.number - 1;
    record.applied = statement.number;
    record.job_ids = entries;
    record.execution_ms = work.revision.execution_ms;
    record.complete = statement.number == work.revision.total && entries.empty();
    record.of_undo = work.revision.is_undo();
    return record;
  }

  void add(std::size_t i) {
    auto& item = flight_.items[i];
    if (is_whole_file(item)) return add_whole_file(i);
    const bool first = i == 0 || flight_.items[i - 1].work != item.work;
    if (first) {
      auto row = item.work->revision;
      if (is_ahead(item.work)) {
        row.applied = ahead_->record.applied;
        row.job_ids = ahead_->record.job_ids;
      }
      row.in_doubt = shares_transaction(item.statement) ? 0 : item.statement.number;
      writes_.push_back(ledger_.make_put(row));
    }
    const bool last = i + 1 == flight_.items.size() || flight_.items[i + 1].work != item.work;
    if (!last && !shares_transaction(flight_.items[i + 1].statement)) {
      item.record.next_in_doubt = item.statement.number + 1;
    }
    if (shares_transaction(item.statement)) {
      add_with_record(i);
    } else {
      add_alone(i);
    }
  }

  static bool is_whole_file(const Flight::Item& item) {
    return item.work->is_new && item.work->revision.total == 1 && item.record.complete &&
           shares_transaction(item.statement);
  }

  // The row comes into being complete.
  void add_whole_file(std::size_t i) {
    if (!recorded_.empty() || !shares_writes_) flush(i);
    writes_.push_back(ledger_.make_complete(flight_.items[i].work->revision));
    begin();
    fence(ends_with(i), long_[i] || long_[i + 1]);
    flight_.items[i].message = send({flight_.items[i].statement.prepared.sql});
    commit({0, i, {i}});
  }

  void add_alone(std::size_t i) {
    flush(i);
    begin();
    flight_.items[i].message = send({flight_.items[i].statement.prepared.sql});
    commit({0, i, {}});
    hold_record(i);
  }

  // A row that begins the file may share the transaction; the record of a statement that took
  // effect before may not, for this one can fail.
  void add_with_record(std::size_t i) {
    if (!recorded_.empty() || !shares_writes_) flush(i);
    begin();
    fence(ends_with(i), long_[i] || long_[i + 1]);
    flight_.items[i].message = send({flight_.items[i].statement.prepared.sql});
    for (auto& query : ledger_.make_record(flight_.items[i].record)) send(std::move(query));
    commit({0, i, {i}});
  }

  void hold_record(std::size_t i) {
    for (auto& query : ledger_.make_record(flight_.items[i].record)) {
      writes_.push_back(std::move(query));
    }
    recorded_.push_back(i);
  }

  bool ends_with(std::size_t i) const { return flight_.releases && i + 1 == flight_.items.size(); }

  // Ahead of the item `next`, or of the end.
  void flush(std::size_t next) {
    if (writes_.empty() && shares_writes_) return;
    const bool takes = takes_;
    begin();
    fence(flight_.releases && next == flight_.items.size(), long_[next]);
    commit({0, std::nullopt, std::exchange(recorded_, {})});
    if (takes) flight_.taken = flight_.parts.back().last;
    if (!std::exchange(shares_writes_, true)) flight_.written = flight_.parts.back().last;
  }

  // The lease lasts over what comes next, and over the transaction itself: others see it only then.
  void fence(bool last, bool is_long) {
    const bool takes = std::exchange(takes_, false);
    const auto at_least = is_long ? limits_.long_lease : std::chrono::milliseconds{0};
    auto queries = takes  ? lock_.make_taking(at_least)
                   : last ? lock_.make_release()
                          : lock_.make_fence(at_least);
    for (auto& query : queries) send(std::move(query));
    for (auto& query : std::exchange(writes_, {})) send(std::move(query));
  }

  void begin() { send({"BEGIN"}); }

  void commit(Flight::Part part) {
    part.last = send({"COMMIT"});
    flight_.parts.push_back(std::move(part));
  }

  std::size_t send(Query query) {
    flight_.messages.push_back(std::move(query));
    return flight_.messages.size() - 1;
  }

  Works files_;
  FlightJobs jobs_;
  const FlightLimits& limits_;
  FlightRoom room_;
  const Flight::Item* ahead_;  // the last of the flight ahead
  const Lock& lock_;
  const Ledger& ledger_;
  Flight flight_;
  std::vector<Query> writes_;          // to go into the next transaction of the ledger
  std::vector<std::size_t> recorded_;  // the items they record
  std::vector<bool> long_;             // the items' statements may take long
  bool shares_writes_ = true;          // a statement may share a transaction with them
  bool takes_ = false;                 // the next fence is to take the lock
};

}  // namespace

void FileWork::advance(int applied) {
  auto& left = step.statements;
  const auto end = std::find_if(left.begin(), left.end(), [&](const PlannedStatement& statement) {
    return statement.number > applied;
  });
  if (end == left.begin()) return;
  statements += static_cast<int>(end - left.begin());
  left.erase(left.begin(), end);
  step.applied = step.total - static_cast<int>(left.size());
  step.first_in_doubt = doubt_is_over = false;
  revision.applied = std::max(revision.applied, applied);
}

void FileWork::add_time(Deadline now) {
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(now - started);
  revision.execution_ms = earlier_ms + spent.count();
}

FlightRoom::FlightRoom(const FlightLimits& limits, const Flight* ahead) : limits_(limits) {
  if (ahead == nullptr) return;
  ahead_statements_ = ahead->items.size();
  for (const auto& item : ahead->items) ahead_bytes_ += item.statement.prepared.sql.size();
}

void FlightRoom::add(std::size_t statements, std::size_t bytes) {
  statements_ += statements;
  bytes_ += bytes;
}

void Flight::add_jobs(std::vector<Job>* under_way) const {
  for (const auto& item : items) {
    if (item.statement.prepared.starts_job) under_way->push_back(make_new_job(item.statement));
  }
}

void Flight::append(Flight behind) {
  const auto sent = messages.size();
  const auto chosen = items.size();
  for (auto& item : behind.items) item.message += sent;
  for (auto& part : behind.parts) {
    part.last += sent;
    if (part.done) *part.done += chosen;
    for (auto& item : part.recorded) item += chosen;
  }
  std::move(behind.items.begin(), behind.items.end(), std::back_inserter(items));
  std::move(behind.parts.begin(), behind.parts.end(), std::back_inserter(parts));
  std::move(behind.messages.begin(), behind.messages.end(), std::back_inserter(messages));
  if (behind.written) written = *behind.written + sent;
  releases = behind.releases;
}

const Flight::Item* Flight::find(std::size_t message) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Item& item) { return item.message == message; });
  if (found != items.end()) return &*found;
  const auto part = std::find_if(parts.begin(), parts.end(),
                                 [&](const Part& each) { return each.last == message; });
  return part != parts.end() && part->done ? &items[*part->done] : nullptr;
}

std::size_t Flight::recorded(std::size_t answered) const {
  std::size_t count = 0;
  for (const auto& part : parts) {
    if (part.last < answered) count += part.recorded.size();
  }
  return count;
}

bool Flight::is_done(std::size_t item, std::size_t answered) const {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Part& part) { return part.done == item && part.last < answered; });
}

// The name is in the transaction ahead of its BEGIN.
bool Flight::is_named(std::size_t item, std::size_t answered) const {
  return answered + 1 >= items[item].message &&
         std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
           return part.done == item && part.recorded.empty() && part.last >= answered;
         });
}

bool may_fly(const PlannedStatement& statement) {
  const auto& prepared = statement.prepared;
  if (statement.passes != Passes::kOne) return false;
  if (shares_transaction(statement)) return true;
  if (prepared.kind != StatementKind::kDdl) return false;
  if (!prepared.starts_job) return true;
  // Without a name nobody could tell after a crash which one it made.
  if (prepared.index_name.empty() && prepared.constraint_name.empty()) return false;
  return !says_if_not_exists(prepared.sql);
}

bool may_take_long(const PlannedStatement& statement) {
  switch (statement.prepared.kind) {
    case StatementKind::kDdl:
    case StatementKind::kSession:
      return false;
    case StatementKind::kDml:
      return !inserts_written_rows(statement.prepared.sql);
    default:
      return true;
  }
}

Flight make_flight(Works files, FlightJobs jobs, const FlightLimits& limits, const Lock& lock,
                   const Ledger& ledger, const Flight* ahead) {
  return FlightBuilder(files, std::move(jobs), limits, lock, ledger, ahead).build();
}

}  // namespace engine
