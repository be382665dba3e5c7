#include <algorithm>
#include <utility>

#include "engine/flight.h"
#include "engine/session_setting.h"
#include "engine/skipped_index.h"
#include "engine/temporary_tables.h"

namespace engine {
namespace {

// Not what was begun with, or lasts as long as the connection.
bool file_may_fly(const FileWork& work) {
  const auto& step = work.step;
  return is_one_transaction(step, Dialect::kPostgres) && !step.statements.empty() &&
         !step.first_in_doubt && work.revision.progress == 0 && !sets_session(*work.file) &&
         std::none_of(step.statements.begin(), step.statements.end(),
                      [](const PlannedStatement& statement) {
                        return statement.prepared.kind == StatementKind::kUnknown ||
                               !find_temporary_change(statement.prepared.sql).made.empty();
                      });
}

class FileFlightBuilder {
 public:
  FileFlightBuilder(const Lock& lock, const Ledger& ledger) : lock_(lock), ledger_(ledger) {}

  Flight build(Works files, bool release) {
    flight_.releases = release;
    if (!lock_.held()) take_lock();
    for (auto* work : files) add(*work, release && work == files.back());
    return std::move(flight_);
  }

 private:
  void take_lock() {
    begin(lock_.make_taking());
    flight_.taken = commit({});
  }

  void add(FileWork& work, bool last) {
    begin(last ? lock_.make_release() : lock_.make_fence());
    send(work.is_new ? ledger_.make_complete(work.revision) : ledger_.make_put(work.revision));
    Flight::Part part;
    for (const auto& statement : work.step.statements) {
      part.recorded.push_back(flight_.items.size());
      const auto message = send({statement.prepared.sql});
      flight_.items.push_back({&work, statement, message, make_record(work, statement.number)});
      if (auto check = make_skip_check(statement.prepared)) send(std::move(*check));
    }
    if (may_set_session(*work.file)) {
      for (auto& query : make_session_reset()) send(std::move(query));
    }
    if (!work.is_new) {
      auto record = make_record(work, work.revision.total);
      for (auto& query : ledger_.make_record(record)) send(std::move(query));
    }
    part.done = flight_.items.size() - 1;
    commit(std::move(part));
  }

  void begin(std::vector<Query> fence) {
    send({"BEGIN"});
    for (auto& query : fence) send(std::move(query));
  }

  std::size_t commit(Flight::Part part) {
    part.last = send({"COMMIT"});
    flight_.parts.push_back(std::move(part));
    return flight_.parts.back().last;
  }

  static StatementRecord make_record(const FileWork& work, int applied) {
    StatementRecord record;
    record.version = work.file->version;
    record.applied = applied;
    record.execution_ms = work.revision.execution_ms;
    record.complete = applied == work.revision.total;
    record.of_undo = work.revision.is_undo();
    return record;
  }

  std::size_t send(Query query) {
    flight_.messages.push_back(std::move(query));
    return flight_.messages.size() - 1;
  }

  const Lock& lock_;
  const Ledger& ledger_;
  Flight flight_;
};

std::size_t size_of(const FileWork& work) {
  std::size_t bytes = 0;
  for (const auto& statement : work.step.statements) bytes += statement.prepared.sql.size();
  return bytes;
}

}  // namespace

Flight make_file_flight(Works files, const FlightLimits& limits, const Lock& lock,
                        const Ledger& ledger, const Flight* ahead) {
  FlightRoom room(limits, ahead);
  std::size_t count = 0;
  for (const auto* work : files) {
    const auto statements = work->step.statements.size();
    const auto bytes = size_of(*work);
    if (room.is_half() || !room.has_room_for(statements, bytes) || !file_may_fly(*work)) break;
    room.add(statements, bytes);
    ++count;
  }
  if (count == 0) return {};
  return FileFlightBuilder(lock, ledger)
      .build(files.first(count), limits.release && count == files.size());
}

}  // namespace engine
