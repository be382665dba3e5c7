#include "engine/failure.h"

#include "engine/batch.h"
#include "engine/excerpt.h"

namespace engine {
namespace {

struct Ending {
  const char* code;
  const char* hint;
};

Ending ending_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kConfiguration:
      return {"bad-option", ""};
    case ErrorKind::kConnect:
      return {"connect-failed", "Check the target's host, port and network, then run again"};
    case ErrorKind::kAuthentication:
      return {"authentication-failed", "Check the target's user and its credentials"};
    case ErrorKind::kConnectionLost:
      return {"connection-lost", "Run again: what was done is recorded"};
    case ErrorKind::kConflict:
      return {"conflict",
              "Other transactions kept changing the same rows or the schema; run again"};
    case ErrorKind::kUnavailable:
      return {"server-unavailable", "Run again when the server answers"};
    case ErrorKind::kTimeout:
      return {"timeout", "Run again with more time"};
    case ErrorKind::kLeaseLost:
      return {"lease-lost", "Another run goes on with the migrations; look at its result"};
    case ErrorKind::kLedger:
      return {"ledger-error", "The ledger's format is in engine/README.md"};
    case ErrorKind::kSource:
      return {"source-failed", "Upload the files first, then run again: what was done is recorded"};
    case ErrorKind::kStatement:
      break;
  }
  return {"refused", ""};
}

void append_hint(Failure* failure, const std::string& hint) {
  if (hint.empty()) return;
  if (!failure->hint.empty()) failure->hint += ". ";
  failure->hint += hint;
}

void set_statement(Failure* failure, const PlannedStatement& statement, int position) {
  const auto place = locate(statement, position);
  failure->line = place.line;
  failure->column = place.column;
  failure->statement_number = statement.number;
  failure->statement = make_excerpt(statement.text);
}

void set_migration(Failure* failure, const Migration& migration) {
  failure->version = migration.version;
  failure->file = migration.file;
}

std::string without_stop(std::string text) {
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

// Aurora DSQL: "transaction row limit exceeded", "transaction size limit 10mb exceeded",
// "transaction age limit of 300s exceeded".
bool exceeds_transaction(const Error& error) {
  return error.server().sqlstate == "54000" && error.server().message.starts_with("transaction ");
}

std::string find_next_step(const Error& error) {
  const auto& sqlstate = error.server().sqlstate;
  if (sqlstate == "55P03") {  // lock_not_available
    return "Another session kept a lock longer than lock_timeout (option tableLockTimeout) waits; "
           "pg_locks shows whose. Run again, or let it wait longer";
  }
  if (sqlstate == "57014") {  // query_canceled
    return "It took longer than statement_timeout (option statementTimeout), or somebody cancelled "
           "it. Run again, with more time";
  }
  if (sqlstate.empty()) return "Then run again";  // of a Query::Guard, whose hint comes before
  return "Correct the file and run again";
}

}  // namespace

Place locate(const PlannedStatement& statement, int position) {
  Place place{statement.line, statement.column};
  if (position < 1 || statement.prepared.sql != statement.text) return place;
  auto before = take_code_points(statement.text, static_cast<std::size_t>(position) - 1);
  for (auto end = before.find('\n'); end != std::string_view::npos; end = before.find('\n')) {
    ++place.line;
    place.column = 1;
    before.remove_prefix(end + 1);
  }
  for (const char c : before) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++place.column;
  }
  return place;
}

Failure make_failure(const Error& error) {
  const auto ending = ending_of(error.kind());
  Failure failure;
  failure.code = ending.code;
  failure.message = without_stop(error.what());
  failure.sqlstate = error.server().sqlstate;
  failure.detail = error.server().detail;
  append_hint(&failure, without_stop(error.server().hint));
  if (failure.hint.empty()) append_hint(&failure, ending.hint);
  return failure;
}

Failure make_failure(const Error& error, const Migration& migration) {
  auto failure = make_failure(error);
  set_migration(&failure, migration);
  return failure;
}

Failure make_failure(const Error& error, const Migration& migration,
                     const PlannedStatement& statement, bool in_doubt) {
  auto failure = make_failure(error, migration);
  set_statement(&failure, statement, error.server().position);
  failure.in_doubt = in_doubt;
  if (error.kind() == ErrorKind::kStatement) {
    failure.code = "statement-failed";
    const bool limit = exceeds_transaction(error);
    const auto batch = statement.passes == Passes::kRounds;
    const auto next = limit ? make_batch_hint(statement.prepared.sql, batch) + "\n"
                            : find_next_step(error) + "; ";
    append_hint(&failure, next + "what was done before this statement will not be done twice");
  } else if (error.kind() == ErrorKind::kTimeout) {
    failure.code = "statement-timeout";
    failure.message = "the statement had no answer before the run's time was over";
  }
  if (in_doubt) append_hint(&failure, "Whether it took effect is found out by the next run");
  return failure;
}

Failure make_rollback_failure(const Error& error, const Migration& migration,
                              const PlannedStatement& statement) {
  auto failure = make_failure(error, migration, statement, false);
  if (error.kind() != ErrorKind::kStatement) return failure;
  failure.hint = without_stop(error.server().hint);
  append_hint(&failure, find_next_step(error) + "; nothing of this file was applied");
  return failure;
}

ToleratedStatement make_tolerated(const Migration& migration, const PlannedStatement& statement,
                                  std::string object) {
  return {migration.version, migration.file,   statement.line,
          statement.column,  statement.number, make_excerpt(statement.text),
          std::move(object)};
}

Failure make_doubt(const std::string& reason, const Migration& migration,
                   const PlannedStatement& statement) {
  Failure failure;
  set_migration(&failure, migration);
  set_statement(&failure, statement, 0);
  failure.code = "statement-in-doubt";
  failure.in_doubt = true;
  failure.message =
      "the answer to this statement was lost, and whether it took effect cannot be told: " + reason;
  const auto event = R"({"command":"repair","version":")" + migration.version +
                     R"(","statement":)" + std::to_string(statement.number) + R"(,"outcome":")";
  failure.hint = "Look in the database. If it took effect, invoke with " + event +
                 R"(done"}; if it did not, with )" + event + R"(notDone"}; then run again)";
  return failure;
}

Revision make_failed_revision(Revision revision, const Failure& failure) {
  revision.error = failure.message;
  if (!failure.detail.empty()) revision.error += " (" + failure.detail + ")";
  revision.error_statement = failure.statement;
  revision.error_sqlstate = failure.sqlstate;
  return revision;
}

}  // namespace engine
