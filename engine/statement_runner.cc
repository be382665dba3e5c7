#include "engine/statement_runner.h"

#include <algorithm>
#include <utility>

#include "engine/existing.h"
#include "engine/failure.h"
#include "engine/index_name.h"
#include "engine/index_statement.h"
#include "engine/jobs.h"
#include "engine/name.h"
#include "engine/reindex.h"
#include "engine/skipped_index.h"
#include "engine/sqlstate.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDuplicateTable = "42P07";

// What a statement says is as wrong the first time as the second; a privilege may have gone since.
bool is_about_the_text(const std::string& sqlstate) {
  return (sqlstate.starts_with("42") || sqlstate.starts_with("0A")) && sqlstate != "42501";
}

std::string explain_unclear(const Settlement& settlement, const std::string& refusal) {
  if (!refusal.empty()) return "the catalog could not be asked (" + refusal + ")";
  return "what is there now answers neither way (" + std::string(settlement.form) + ": " +
         std::string(settlement.explain) + ")";
}

}  // namespace

struct StatementRunner::Attempt {
  const PlannedStatement& written;
  const Naming& naming;
  bool in_doubt;
  Backoff backoff;
  PlannedStatement statement;  // as it goes out
  std::optional<UnnamedIndex> unnamed = std::nullopt;
  bool named = false;         // and that name is for it alone
  bool was_in_doubt = false;  // and `settlement` says how that ends
  Settlement settlement = {};
  std::string refusal = "";  // of the last question
  Sent sent = {};

  const std::string& sql() const { return statement.prepared.sql; }

  void give_name(const std::string& name, Dialect dialect) {
    if (!unnamed) return;
    statement.prepared.sql = unnamed->with_name(name);
    statement.prepared.index_name = write_identifier(name);
    sent.names.given_name = name;
    if (was_in_doubt) settlement = find_settlement(sql(), dialect);
  }
};

namespace {

std::optional<UnnamedIndex> find_unnamed(const PreparedStatement& prepared) {
  const bool may_be = !prepared.table_name.empty() && prepared.index_name.empty() &&
                      prepared.constraint_name.empty();
  return may_be ? UnnamedIndex::parse(prepared.sql) : std::nullopt;
}

}  // namespace

bool is_named_by_us(const PreparedStatement& prepared) {
  return find_unnamed(prepared).has_value();
}

Sent StatementRunner::send_alone(const PlannedStatement& statement, bool in_doubt,
                                 const Naming& naming) {
  Attempt attempt{statement, naming, in_doubt,
                  Backoff(run_.session.clock(), run_.statement_until()), statement};
  attempt.unnamed = find_unnamed(statement.prepared);
  if (attempt.unnamed) {
    if (!naming.name.empty()) attempt.give_name(naming.name, run_.options.dialect);
    attempt.named = in_doubt && !naming.name.empty();
  }
  bool ended = false;
  while (!ended) {
    try {
      ended = look_before(attempt) == Answer::kDone || send_once(attempt);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kLeaseLost && !attempt.in_doubt) throw;
      // Reconnecting failed, or looking did: what the statement did stays as doubtful as it was.
      attempt.sent.failure = make_failure(error, migration_, statement, attempt.in_doubt);
    }
    if (attempt.sent.failure) break;
  }
  if (is_reindex_concurrently(attempt.sql())) tell_leftovers(attempt);
  const auto& failure = attempt.sent.failure;
  if (attempt.named && failure && !failure->in_doubt) tell_leftover(attempt);
  return attempt.sent;
}

// The next run drops it, which knows its name from the ledger.
void StatementRunner::tell_leftover(Attempt& attempt) {
  const auto& prepared = attempt.statement.prepared;
  auto& sent = attempt.sent;
  sent.leaves_index = run_.options.dialect == Dialect::kPostgres;
  if (!sent.leaves_index || !run_.session.database().is_connected()) return;
  try {
    const auto index =
        parse_index(run_.session.repeat(make_find_index(prepared.index_name, prepared.table_name)));
    sent.leaves_index = index && !index->valid;
    if (!sent.leaves_index || !sent.failure) return;
    sent.failure->hint +=
        ". It leaves an invalid index, " + index->quoted_name +
        ", which the next run drops before it runs this statement again; when the statement is to "
        "be another one, drop it by hand";
  } catch (const Error& error) {
    run_.session.notify(Event::Level::kWarn, "could not look for an invalid index",
                        {{"version", migration_.version}, {"message", error.what()}});
  }
}

// Nothing drops them by itself: who made them, and whether somebody is at it still, is not known.
void StatementRunner::tell_leftovers(Attempt& attempt) {
  auto& session = run_.session;
  if (!session.database().is_connected()) return;
  try {
    const auto names = session.repeat(make_find_leftovers()).rows.at(0).at(0);
    if (!names) return;
    session.notify(Event::Level::kWarn, "invalid indexes of a REINDEX CONCURRENTLY are left",
                   {{"version", migration_.version}, {"indexes", *names}});
    if (!attempt.sent.failure) return;
    attempt.sent.failure->hint += ". Drop what REINDEX CONCURRENTLY left behind: " + *names;
  } catch (const Error& error) {
    session.notify(Event::Level::kWarn, "could not look for what REINDEX CONCURRENTLY left behind",
                   {{"version", migration_.version}, {"message", error.what()}});
  }
}

// What has to be known before it goes out: for one in doubt, whether it did already.
StatementRunner::Answer StatementRunner::look_before(Attempt& attempt) {
  find_schema(attempt);
  auto answer = Answer::kSend;
  const auto& prepared = attempt.statement.prepared;
  if (attempt.in_doubt) {
    answer = settle(attempt);
  } else if (!prepared.index_name.empty() && !prepared.table_name.empty()) {
    answer = look_for_index(attempt, prepared.index_name);
  }
  if (answer == Answer::kSend && attempt.unnamed && !attempt.named) choose_name(attempt);
  return answer;
}

// Where the job's table is: a later look at it may have another search_path.
void StatementRunner::find_schema(Attempt& attempt) {
  const auto& prepared = attempt.statement.prepared;
  if (!prepared.starts_job || !run_.session.keeps_any() || !attempt.sent.names.schema.empty())
    return;
  if (!qualifier_of(prepared.table_name).empty()) return;
  const auto found = run_.session.repeat(make_find_schema(prepared.table_name));
  if (!found.rows.empty()) attempt.sent.names.schema = found.rows[0].at(0).value_or("");
}

// The first that is free, as the server would. It is in the ledger before it is used, so a second
// attempt uses the same, and cannot make a second index.
void StatementRunner::choose_name(Attempt& attempt) {
  constexpr int kNamesAtOnce = 16;
  if (!attempt.unnamed) return;
  const auto& unnamed = *attempt.unnamed;
  std::vector<std::string> names;
  std::string chosen;
  for (int first = 0; chosen.empty(); first += kNamesAtOnce) {
    names.clear();
    for (int i = 0; i < kNamesAtOnce; ++i) names.push_back(unnamed.make_name(first + i));
    const auto used =
        run_.session.repeat(make_find_used_names(attempt.statement.prepared.table_name, names));
    const auto is_free = [&](const std::string& name) {
      return std::none_of(used.rows.begin(), used.rows.end(),
                          [&](const auto& row) { return row.at(0) == name; });
    };
    const auto found = std::find_if(names.begin(), names.end(), is_free);
    if (found != names.end()) chosen = *found;
  }
  attempt.naming.record(chosen);
  attempt.give_name(chosen, run_.options.dialect);
  attempt.named = true;
}

StatementRunner::Answer StatementRunner::settle(Attempt& attempt) {
  if (!std::exchange(attempt.was_in_doubt, true)) {
    attempt.settlement = find_settlement(attempt.sql(), run_.options.dialect);
  }
  const auto& settlement = attempt.settlement;
  if (settlement.method == SettleMethod::kRerun) return Answer::kSend;
  if (settlement.method == SettleMethod::kRefuse) {
    return stop(attempt, std::string(settlement.explain));
  }
  auto answer = Answer::kSend;
  switch (ask(attempt)) {
    case SettleVerdict::kDone:
      return Answer::kDone;
    case SettleVerdict::kNotDone:
      break;
    case SettleVerdict::kInvalid:
      answer = look_for_index(attempt, quote_identifier(settlement.index_name));
      break;
    case SettleVerdict::kUnclear:
      if (run_.options.tolerates_existing && find_made(attempt.written.prepared.sql))
        return Answer::kSend;
      return stop(attempt, explain_unclear(settlement, attempt.refusal));
  }
  if (answer == Answer::kSend) attempt.in_doubt = false;
  return answer;
}

SettleVerdict StatementRunner::ask(Attempt& attempt) {
  const auto& settlement = attempt.settlement;
  try {
    attempt.refusal.clear();
    return parse_settle_answer(
        run_.session.repeat({settlement.question_sql, settlement.parameters}));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStatement) throw;
    attempt.refusal = error.what();
    return SettleVerdict::kUnclear;
  }
}

StatementRunner::Answer StatementRunner::stop(Attempt& attempt, const std::string& reason) {
  attempt.sent.failure = make_doubt(reason, migration_, attempt.statement);
  return Answer::kDone;
}

// An invalid leftover would make IF NOT EXISTS skip silently, and any other form fail.
StatementRunner::Answer StatementRunner::look_for_index(Attempt& attempt,
                                                        const std::string& index_name) {
  auto& session = run_.session;
  const auto question = make_find_index(index_name, attempt.statement.prepared.table_name);
  auto index = parse_index(session.repeat(question));
  if (index && !index->valid && run_.options.dialect == Dialect::kDsql) {
    const auto build = session.repeat(make_find_build(index->oid));
    if (!build.rows.empty()) {
      if (!attempt.in_doubt && !says_if_not_exists(attempt.sql())) return Answer::kSend;
      attempt.sent.job_id = parse_job_id(build);
      return Answer::kDone;
    }
    index = parse_index(session.repeat(question));  // the build may have ended in between
  }
  if (!index) return Answer::kSend;
  if (index->valid) return attempt.in_doubt ? Answer::kDone : Answer::kSend;
  session.notify(Event::Level::kWarn, "dropping an invalid index before it is built again",
                 {{"version", migration_.version}, {"index", index->quoted_name}});
  drop_invalid_index(run_, index->quoted_name);
  return Answer::kSend;
}

// True when the statement is over, one way or the other.
bool StatementRunner::send_once(Attempt& attempt) {
  // It has no fence of its own, and since the last one the run may have been stopped for so long
  // that the lock's new owner is past this statement.
  run_.lock.confirm(longest_lease());
  try {
    temporary_tables_.check(attempt.statement);
    const auto result = run_.session.execute({attempt.sql()}, run_.statement_until());
    if (attempt.statement.prepared.starts_job) attempt.sent.job_id = parse_job_id(result);
    return true;
  } catch (const Error& error) {
    if (const auto answer = settle_refusal(attempt, error)) return *answer == Answer::kDone;
    if (attempt.named && !attempt.was_in_doubt && error.server().sqlstate == kDuplicateTable) {
      attempt.statement = attempt.written;  // somebody has taken the name since
      attempt.named = false;
      return false;
    }
    if (run_.options.tolerates_existing) {
      attempt.sent.existing = find_existing(attempt.written.prepared.sql, error);
      if (attempt.sent.existing) return true;
    }
    attempt.in_doubt = attempt.in_doubt || error.in_doubt();
    if (run_.session.recover(error, attempt.backoff)) return false;
    attempt.sent.failure = make_failure(error, migration_, attempt.statement, attempt.in_doubt);
    return true;
  }
}

// On PostgreSQL it may build for long, and nothing renews the lease meanwhile. On DSQL the file's
// run has seen to that (Lock::lengthen).
milliseconds StatementRunner::longest_lease() const {
  return run_.options.dialect == Dialect::kDsql ? milliseconds{0} : run_.long_lease();
}

// Of the refusal of one that had been in doubt. The server may still have been at work on the first
// when the question was asked, so it is asked once more. None: the refusal stands.
std::optional<StatementRunner::Answer> StatementRunner::settle_refusal(Attempt& attempt,
                                                                       const Error& error) {
  if (error.kind() != ErrorKind::kStatement || !attempt.was_in_doubt) return std::nullopt;
  const auto& settlement = attempt.settlement;
  const auto& sqlstate = error.server().sqlstate;
  if (settlement.method == SettleMethod::kRerun) {
    const auto& codes = settlement.already_so;
    if (std::find(codes.begin(), codes.end(), sqlstate) != codes.end()) return Answer::kDone;
    if (is_about_the_text(sqlstate)) attempt.in_doubt = false;
    return std::nullopt;
  }
  attempt.in_doubt = true;
  const auto verdict = ask(attempt);
  if (verdict == SettleVerdict::kDone) return Answer::kDone;
  if (verdict == SettleVerdict::kInvalid) {
    return look_for_index(attempt, quote_identifier(settlement.index_name));
  }
  if (verdict == SettleVerdict::kNotDone) attempt.in_doubt = false;
  return std::nullopt;
}

Sent StatementRunner::send_with_record(const PlannedStatement& statement,
                                       const StatementRecord& record) {
  return send_with_record(statement, statement.prepared.sql, record);
}

Sent StatementRunner::send_with_record(const PlannedStatement& statement, const std::string& sql,
                                       const StatementRecord& record) {
  std::vector<Query> body = {{sql}};
  if (auto check = make_skip_check(statement.prepared)) body.push_back(std::move(*check));
  const auto writes = run_.ledger.make_record(record);
  body.insert(body.end(), writes.begin(), writes.end());
  Sent sent;
  try {
    const auto answers = run_.lock.commit(
        body, [&] { return run_.ledger.has(record); }, run_.statement_until(), {},
        [&] { temporary_tables_.check(statement); });
    if (!answers.empty()) sent.affected = std::get<ResultSet>(answers.front()).affected;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kLeaseLost) throw;
    if (run_.options.tolerates_existing) sent.existing = find_existing(sql, error);
    if (sent.existing) return sent;
    const bool nothing_happened =
        error.kind() == ErrorKind::kStatement || error.kind() == ErrorKind::kConflict;
    sent.failure = make_failure(error, migration_, statement, !nothing_happened);
    sent.position = error.server().position;
  }
  return sent;
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

void drop_invalid_index(Run& run, const std::string& quoted_name) {
  Backoff backoff(run.session.clock(), run.session.deadline());
  for (bool dropped = false; !dropped;) {
    run.lock.confirm({});  // another run may have built it meanwhile
    try {
      run.session.execute({"DROP INDEX " + quoted_name});
      dropped = true;
    } catch (const Error& error) {
      dropped = says_missing(error.server().sqlstate);
      if (!dropped && !run.session.recover(error, backoff)) throw;
    }
  }
}

}  // namespace engine
