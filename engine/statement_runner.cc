#include "engine/statement_runner.h"

#include "engine/failure.h"
#include "engine/jobs.h"
#include "engine/lexer.h"
#include "engine/settle.h"
#include "engine/sqlstate.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

bool says_if_not_exists(const std::string& sql) {
  const auto lexed = lex(sql);
  for (TokenReader reader(lexed.tokens); !reader.at_end(); reader.skip()) {
    if (reader.peek({"if", "not", "exists"})) return true;
  }
  return false;
}

}  // namespace

struct StatementRunner::Attempt {
  const PlannedStatement& statement;
  bool in_doubt;
  SettleRule rule = {};
  Backoff backoff;
  Sent sent = {};

  const std::string& sql() const { return statement.prepared.sql; }
};

Sent StatementRunner::send_alone(const PlannedStatement& statement, bool in_doubt) {
  Attempt attempt{statement, in_doubt, make_settle_rule(statement.prepared),
                  Backoff(run_.session.clock(), run_.statement_until())};
  bool ended = false;
  while (!ended) {
    try {
      ended = look_before(attempt) == Answer::kDone || send_once(attempt);
    } catch (const Error& error) {
      // Reconnecting failed, or looking did: what the statement did stays as doubtful as it was.
      attempt.sent.failure = make_failure(error, migration_, statement, attempt.in_doubt);
    }
    if (attempt.sent.failure) break;
  }
  return attempt.sent;
}

// What has to be known before it goes out: for one in doubt, whether it did already.
StatementRunner::Answer StatementRunner::look_before(Attempt& attempt) {
  const auto& prepared = attempt.statement.prepared;
  if (attempt.rule.way == SettleRule::Way::kIndex && !prepared.table_name.empty()) {
    return look_for_index(attempt);
  }
  if (!attempt.in_doubt || attempt.rule.way != SettleRule::Way::kAsk) return Answer::kSend;
  attempt.sent.failure =
      make_doubt(attempt.rule.reason, migration_, attempt.statement, run_.ledger.schema());
  return Answer::kDone;
}

// An invalid leftover would make IF NOT EXISTS skip silently, and any other form fail.
StatementRunner::Answer StatementRunner::look_for_index(Attempt& attempt) {
  auto& session = run_.session;
  const auto& prepared = attempt.statement.prepared;
  const auto index =
      parse_index(session.repeat(make_find_index(prepared.index_name, prepared.table_name)));
  if (!index) return Answer::kSend;
  if (index->valid) return attempt.in_doubt ? Answer::kDone : Answer::kSend;
  if (run_.options.dialect == Dialect::kDsql) {
    const auto build = session.repeat(make_find_build(index->oid));
    if (!build.rows.empty()) {
      if (!attempt.in_doubt && !says_if_not_exists(attempt.sql())) return Answer::kSend;
      attempt.sent.job_id = parse_job_id(build);
      return Answer::kDone;
    }
  }
  session.notify(Event::Level::kWarn, "dropping an invalid index before it is built again",
                 {{"version", migration_.version}, {"index", index->quoted_name}});
  drop_invalid_index(session, index->quoted_name);
  return Answer::kSend;
}

// True when the statement is over, one way or the other.
bool StatementRunner::send_once(Attempt& attempt) {
  try {
    const auto result = run_.session.execute({attempt.sql()}, run_.statement_until());
    if (attempt.statement.prepared.starts_job) attempt.sent.job_id = parse_job_id(result);
    return true;
  } catch (const Error& error) {
    if (attempt.in_doubt && is_done_already(attempt, error)) return true;
    attempt.in_doubt = attempt.in_doubt || error.in_doubt();
    if (run_.session.recover(error, attempt.backoff)) return false;
    if (means_not_done(attempt.rule, error.server().sqlstate)) attempt.in_doubt = false;
    attempt.sent.failure = make_failure(error, migration_, attempt.statement, attempt.in_doubt);
    return true;
  }
}

bool StatementRunner::is_done_already(const Attempt& attempt, const Error& error) {
  if (error.kind() != ErrorKind::kStatement) return false;
  if (!means_done(attempt.rule, error.server().sqlstate)) return false;
  if (!attempt.rule.question) return true;
  const auto answer = run_.session.repeat(*attempt.rule.question);
  return !answer.rows.empty() && answer.rows[0].at(0) == "t";
}

Sent StatementRunner::send_with_record(const PlannedStatement& statement,
                                       const StatementRecord& record) {
  std::vector<Query> body = {{statement.prepared.sql}};
  const auto writes = run_.ledger.make_record(record);
  body.insert(body.end(), writes.begin(), writes.end());
  try {
    run_.lock.commit(body, [&] { return run_.ledger.has(record); }, run_.statement_until());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kLeaseLost) throw;
    const bool nothing_happened =
        error.kind() == ErrorKind::kStatement || error.kind() == ErrorKind::kConflict;
    return {make_failure(error, migration_, statement, !nothing_happened)};
  }
  return {};
}

Sent StatementRunner::send_session(const PlannedStatement& statement) {
  try {
    run_.session.repeat({statement.prepared.sql});
  } catch (const Error& error) {
    return {make_failure(error, migration_, statement, false)};
  }
  run_.session.keep(statement.prepared.sql);
  return {};
}

void drop_invalid_index(Session& session, const std::string& quoted_name) {
  try {
    session.repeat({"DROP INDEX " + quoted_name});
  } catch (const Error& error) {
    if (!says_missing(error.server().sqlstate)) throw;
  }
}

}  // namespace engine
