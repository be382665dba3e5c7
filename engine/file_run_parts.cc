#include "engine/bulk_log.h"
#include "engine/failure.h"
#include "engine/file_run.h"

// Statements that take effect in many transactions, each with the record of how far it is.

namespace engine {
namespace {

// The server's word for a statement that is more than a transaction takes.
constexpr const char* kProgramLimitExceeded = "54000";

}  // namespace

// -- migrate:batch. A round of no row is the last one; of a round whose answer was lost only that
// it was committed is known, and one more does no harm.
bool FileRun::send_rounds(const PlannedStatement& statement) {
  BulkLog log(run_.session, file_, statement);
  const int from = revision_.applied;
  for (bool last = false; !last;) {
    if (!has_time_for_part(log)) {
      log.finish(false);
      return pause();
    }
    auto record = make_record(from, from);
    record.progress = revision_.progress + 1;
    const auto sent = runner_.send_with_record(statement, record);
    if (sent.failure) {
      log.finish(false);
      return fail(*sent.failure);
    }
    revision_.progress = record.progress;
    last = sent.affected == 0;
    log.add(sent.affected, revision_.progress);
  }
  run_.ledger.record(run_.lock, make_record(from, from + 1));
  log.finish(true);
  return true;
}

// Also of one that an earlier run began with.
std::optional<InsertParts> FileRun::find_parts(const PlannedStatement& statement) const {
  if (statement.passes != Passes::kParts && revision_.progress == 0) return std::nullopt;
  return InsertParts::parse(statement.prepared.sql);
}

bool FileRun::send_parts(const PlannedStatement& statement, InsertParts& parts) {
  BulkLog log(run_.session, file_, statement);
  InsertLimits limits;
  const int from = revision_.applied;
  parts.skip_to(revision_.progress);
  while (const auto part = parts.next(limits)) {
    if (!has_time_for_part(log)) {
      log.finish(false);
      return pause();
    }
    auto record = make_record(from, part->last ? from + 1 : from);
    if (!part->last) record.progress = part->done;
    auto sent = runner_.send_with_record(statement, part->sql, record);
    if (sent.failure && sent.failure->sqlstate == kProgramLimitExceeded && part->rows > 1) {
      parts.go_back();
      limits.rows = part->rows / 2;
      continue;
    }
    if (sent.failure) {
      const auto place = locate(statement, parts.position_in_statement(sent.position));
      sent.failure->line = place.line;
      sent.failure->column = place.column;
      log.finish(false);
      return fail(*sent.failure);
    }
    revision_.progress = part->done;
    log.add(part->rows, part->done);
  }
  log.finish(true);
  return true;
}

// Another one has to be through when the time for statements is.
bool FileRun::has_time_for_part(const BulkLog& log) {
  const auto& clock = run_.session.clock();
  return run_.has_budget() && clock.now() + log.longest() < run_.statement_until();
}

}  // namespace engine
