#include "tests/support/fake_database.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "engine/foreign_history.h"
#include "engine/foreign_lock.h"
#include "engine/ledger_sql.h"
#include "engine/name.h"
#include "engine/settlement.h"
#include "engine/sqlstate.h"

namespace engine {
namespace {

[[noreturn]] void refuse(const std::string& sqlstate, const std::string& message) {
  throw Error(error_kind_of(sqlstate), message, {sqlstate, message, "", "", 0});
}

std::string text(std::span<const Value> parameters, std::size_t number) {
  return parameters[number - 1].value_or("");
}

int integer(std::span<const Value> parameters, std::size_t number) {
  return std::stoi(text(parameters, number));
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

ResultSet one_row(std::vector<Value> values) {
  ResultSet result;
  result.columns.resize(values.size());
  result.rows.push_back(std::move(values));
  result.affected = 1;
  return result;
}

ResultSet changed(long long rows) {
  ResultSet result;
  result.tag = "UPDATE " + std::to_string(rows);
  result.affected = rows;
  return result;
}

ResultSet check(bool holds) {
  if (!holds) refuse("22012", "division by zero");
  return one_row({"1"});
}

// What extract(epoch from ...) would print of a row's time, kept here as it was stored.
Value stored(const std::string& time) { return time.empty() ? Value{} : Value{time}; }

Revision parse_put(std::span<const Value> p) {
  Revision revision;
  revision.version = text(p, 1);
  revision.description = text(p, 2);
  revision.kind = text(p, 3);
  revision.checksum = text(p, 4);
  revision.statement_hashes = words_of(text(p, 5));
  revision.total = integer(p, 6);
  revision.applied = integer(p, 7);
  revision.in_doubt = integer(p, 8);
  revision.job_ids = words_of(text(p, 9));
  revision.execution_ms = integer(p, 10);
  revision.error = text(p, 11);
  revision.error_statement = text(p, 12);
  revision.error_sqlstate = text(p, 13);
  revision.applied_by = text(p, 14);
  revision.source = text(p, 15);
  revision.source_version = text(p, 16);
  revision.progress = integer(p, 17);
  revision.source_etag = text(p, 18);
  revision.source_size = static_cast<std::uint64_t>(integer(p, 19));
  return revision;
}

std::vector<Value> revision_row(const Revision& r) {
  return {r.version,
          r.description,
          r.kind,
          r.checksum,
          join(r.statement_hashes),
          std::to_string(r.total),
          std::to_string(r.applied),
          std::to_string(r.in_doubt),
          join(r.job_ids),
          stored(r.started_at),
          stored(r.finished_at),
          std::to_string(r.execution_ms),
          r.error,
          r.error_statement,
          r.error_sqlstate,
          r.applied_by,
          r.source,
          r.source_version,
          std::to_string(r.progress),
          r.source_etag,
          std::to_string(r.source_size)};
}

std::vector<Value> brief_row(const Revision& r) {
  return {"revision",
          r.version,
          std::string(r.complete() ? "true" : "false"),
          r.kind,
          r.checksum,
          r.source,
          r.source_etag,
          std::to_string(r.source_size)};
}

std::string relation_of(const std::string& schema, const char* table) {
  return quote_identifier(schema) + "." + table;
}

bool is_ddl(const std::string& word) {
  return word == "CREATE" || word == "ALTER" || word == "DROP" || word == "COMMENT" ||
         word == "GRANT";
}

}  // namespace

void FakeDatabase::connect(Deadline) {
  close();
  launched_.clear();
  call_hook(FakeServer::Moment::kBefore, "connect");
  connected_ = true;
}

void FakeDatabase::close() noexcept {
  connected_ = false;
  transaction_.reset();
  aborted_ = false;
}

// A hook may take itself away while it runs.
void FakeDatabase::call_hook(FakeServer::Moment moment, std::string_view sql) {
  const auto hook = server_.hook;
  if (hook) hook(moment, sql);
}

ResultSet FakeDatabase::execute(std::string_view sql, Parameters parameters, Deadline) {
  if (!connected_) throw Error(ErrorKind::kConnect, "there is no open connection");
  if (!launched_.empty()) throw std::logic_error("a flight is on its way");
  ++trips_;
  return answer(sql, parameters);
}

void FakeDatabase::launch(std::span<const Query> queries, Deadline) {
  if (!connected_) throw Error(ErrorKind::kConnect, "there is no open connection");
  if (launched_.empty()) ++trips_;
  launched_.emplace_back(queries.begin(), queries.end());
}

std::vector<Outcome> FakeDatabase::land(Deadline) {
  const auto queries = std::move(launched_.front());
  launched_.pop_front();
  std::vector<Outcome> outcomes;
  try {
    for (const auto& query : queries) outcomes.emplace_back(answer(query.sql, query.parameters));
  } catch (const Error& error) {
    outcomes.emplace_back(error);
    launched_.clear();
  }
  outcomes.resize(queries.size(), Unanswered{});
  return outcomes;
}

ResultSet FakeDatabase::answer(std::string_view sql, Parameters parameters) {
  sent.emplace_back(sql);
  server_.seen.emplace(sql);
  try {
    call_hook(FakeServer::Moment::kBefore, sql);
    auto result = run(std::string(sql), parameters);
    call_hook(FakeServer::Moment::kAfter, sql);
    return result;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kConnectionLost || error.kind() == ErrorKind::kTimeout) close();
    if (transaction_) aborted_ = true;
    throw;
  }
}

ResultSet FakeDatabase::run(const std::string& sql, Parameters parameters) {
  if (sql == "BEGIN" || sql == "COMMIT" || sql == "ROLLBACK") return run_transaction_word(sql);
  if (aborted_) refuse("25P02", "current transaction is aborted");
  if (auto result = run_ledger(sql, parameters)) return *result;
  if (auto result = run_lock(sql, parameters)) return *result;
  if (auto result = run_catalog(sql, parameters)) return *result;
  if (auto result = run_question(sql, parameters)) return *result;
  return run_migration(sql);
}

// Snapshots, and the first of two that overlap wins.
ResultSet FakeDatabase::run_transaction_word(const std::string& sql) {
  ResultSet result;
  result.tag = aborted_ && sql == "COMMIT" ? "ROLLBACK" : sql;
  if (sql == "BEGIN") {
    transaction_ = server_.state;
    snapshot_ = server_.commits;
    ddl_ = dml_ = 0;
    return result;
  }
  const auto finished = std::exchange(transaction_, std::nullopt);
  const bool aborted = std::exchange(aborted_, false);
  if (sql == "ROLLBACK" || aborted || !finished) return result;
  if (snapshot_ != server_.commits) refuse("40001", "change conflicts (OC000)");
  server_.state = *finished;
  ++server_.commits;
  return result;
}

void FakeDatabase::check_transaction_rules(bool ddl) {
  if (!transaction_) {
    ++server_.commits;
    return;
  }
  if (server_.plain) return;
  (ddl ? ddl_ : dml_) += 1;
  if (ddl_ > 1) refuse("0A000", "multiple ddl statements not supported in a transaction");
  if (ddl_ > 0 && dml_ > 0) {
    refuse("0A000", "ddl and dml are not supported in the same transaction");
  }
}

ResultSet FakeDatabase::read_ledger(bool with_lock) const {
  for (const char* table : {"revisions", "lock"}) {
    if (table == std::string("lock") && !with_lock) continue;
    if (state().relations.contains(relation_of(server_.schema, table))) continue;
    refuse("42P01", "relation \"" + server_.schema + "." + table + "\" does not exist");
  }
  ResultSet result;
  if (const auto& lock = state().lock; lock && with_lock) {
    const bool held = !lock->nonce.empty() && state().lock_until > server_.now;
    std::vector<Value> row = {"lock",
                              lock->owner,
                              lock->nonce,
                              std::to_string(lock->fencing),
                              stored(lock->acquired_at),
                              std::to_string(state().lock_until / 1000),
                              std::string(held ? "true" : "false")};
    row.resize(8);
    result.rows.push_back(std::move(row));
  }
  for (const auto& [version, revision] : state().revisions) {
    result.rows.push_back(brief_row(revision));
  }
  return result;
}

ResultSet FakeDatabase::read_revisions(Parameters versions) const {
  ResultSet result;
  for (const auto& version : versions) {
    const auto row = state().revisions.find(version.value_or(""));
    if (row != state().revisions.end()) result.rows.push_back(revision_row(row->second));
  }
  return result;
}

std::optional<ResultSet> FakeDatabase::run_ledger(const std::string& sql, Parameters p) {
  const auto& schema = server_.schema;
  for (const auto& other : server_.filled_ledgers) {
    if (sql == make_find_rows(other).sql) return one_row({"t"});
  }
  if (sql.starts_with("SELECT EXISTS (SELECT 1 FROM \"")) refuse("42P01", "there is no such table");
  if (sql == make_read_ledger(schema).sql) return read_ledger(true);
  if (sql == make_read_without_lock(schema).sql) return read_ledger(false);
  if (sql == make_read_revisions(schema, std::vector<std::string>(p.size())).sql) {
    return read_revisions(p);
  }
  if (sql == make_check_revision(schema, {}).sql) {
    const auto& row = state().revisions[text(p, 1)];
    return check(row.applied == integer(p, 2) && row.in_doubt == integer(p, 3) &&
                 row.progress == integer(p, 4));
  }
  if (sql == make_put_revision(schema, {}).sql) {
    check_transaction_rules(false);
    auto revision = parse_put(p);
    auto& row = state().revisions[revision.version];
    if (row.is_undo() != revision.is_undo()) row = {};  // begins anew
    if (row.applied > revision.applied) revision.progress = row.progress;
    if (row.applied == revision.applied) {
      revision.progress = std::max(revision.progress, row.progress);
    }
    revision.applied = std::max(revision.applied, row.applied);
    revision.started_at =
        row.started_at.empty() ? std::to_string(server_.now / 1000 + 1) : row.started_at;
    row = revision;
    return changed(1);
  }
  if (sql == make_reopen_revision(schema, {}).sql) {
    check_transaction_rules(false);
    auto& row = state().revisions.at(text(p, 1));
    Revision reopened;
    reopened.version = row.version;
    reopened.description = row.description;
    reopened.kind = row.kind;
    reopened.checksum = text(p, 2);
    reopened.total = integer(p, 3);
    reopened.applied_by = text(p, 4);
    reopened.source = row.source;
    reopened.started_at = std::to_string(server_.now / 1000 + 1);
    row = std::move(reopened);
    return changed(1);
  }
  if (sql == make_insert_complete(schema, {}).sql) {
    check_transaction_rules(false);
    auto row = parse_put(p);
    row.started_at = row.finished_at = std::to_string(server_.now / 1000 + 1);
    if (!state().revisions.emplace(row.version, row).second) refuse("23505", "duplicate key");
    return changed(1);
  }
  if (sql == make_update_revision(schema, {}).sql) {
    check_transaction_rules(false);
    auto& row = state().revisions[text(p, 1)];
    if (row.applied != integer(p, 7) || row.progress != integer(p, 8)) return changed(0);
    row.progress = integer(p, 9);
    row.applied = integer(p, 2);
    row.in_doubt = integer(p, 3);
    row.job_ids = words_of(text(p, 4));
    row.execution_ms = integer(p, 5);
    row.finished_at = text(p, 6) == "true" ? std::to_string(server_.now / 1000 + 1) : "";
    return changed(1);
  }
  return std::nullopt;
}

std::optional<ResultSet> FakeDatabase::run_lock(const std::string& sql, Parameters p) {
  const auto& schema = server_.schema;
  auto& lock = state().lock;
  if (sql == make_insert_lock(schema).sql) {
    if (!lock) lock.emplace();
    return changed(1);
  }
  const HistoryChoice history;
  const bool acquire = sql == make_acquire_lock(schema, {}, nullptr).sql ||
                       sql == make_acquire_lock(schema, {}, &history).sql;
  const bool take = sql == make_take_lock(schema, {}, 0, false).sql ||
                    sql == make_take_lock(schema, {}, 0, true).sql;
  if (take && (!lock || !lock->nonce.empty() || lock->fencing != integer(p, 4) - 1)) {
    return changed(0);
  }
  if (acquire || take) {
    if (!lock || (!lock->nonce.empty() && state().lock_until > server_.now)) return changed(0);
    check_transaction_rules(false);
    lock = LockRow{text(p, 1), text(p, 2), lock->fencing + 1, std::to_string(server_.now / 1000),
                   "",         false};
    state().lock_until = server_.now + integer(p, 3);
    auto result = one_row({std::to_string(lock->fencing)});
    result.tag = "UPDATE 1";
    return result;
  }
  if (sql == make_check_lock(schema, {}, 0).sql) {
    return check(lock && lock->nonce == text(p, 1) && lock->fencing == integer(p, 2));
  }
  if (sql == make_refence_lock(schema, {}).sql) {
    if (!lock || lock->nonce != text(p, 1)) return changed(0);
    check_transaction_rules(false);
    state().lock_until = server_.now + integer(p, 2);
    return one_row({std::to_string(++lock->fencing)});
  }
  const bool renew = sql == make_renew_lock(schema, {}, 0).sql;
  if (!renew && sql != make_release_lock(schema, {}, 0).sql) return std::nullopt;
  check_transaction_rules(false);
  if (!lock || lock->nonce != text(p, 1) || lock->fencing != integer(p, 2)) return changed(0);
  state().lock_until = renew ? server_.now + integer(p, 3) : server_.now;
  if (!renew) lock->nonce = lock->owner = "";
  return changed(1);
}

std::optional<ResultSet> FakeDatabase::run_catalog(const std::string& sql, Parameters p) {
  const auto there = [&](const std::string& name) {
    return Value{state().relations.contains(name) ? "t" : "f"};
  };
  if (sql == make_find_ledger(server_.schema).sql) {
    return one_row({there("schema " + quote_identifier(server_.schema)),
                    there(relation_of(server_.schema, "revisions")),
                    there(relation_of(server_.schema, "lock"))});
  }
  if (sql == make_find_histories().sql) return ResultSet{};
  if (sql == make_hold_keys().sql) return one_row({"1"});
  if (sql == make_take_keys().sql) return one_row({std::nullopt});
  if (sql.starts_with("SELECT n.nspname")) {  // an index: by table and name, or by oid (its name)
    const auto name = text(p, p.size());
    const auto found = state().indexes.find(name);
    if (found == state().indexes.end()) return ResultSet{};
    return one_row({"public", name, name, std::string(found->second ? "t" : "f")});
  }
  if (sql.find("status IN ('submitted'") != std::string::npos) {
    for (const auto& [id, job] : server_.jobs) {
      if (job.index != text(p, 1)) continue;
      if (job.status == "submitted" || job.status == "processing") {
        auto result = one_row({id});
        result.columns = {"job_id"};
        return result;
      }
    }
    return ResultSet{};
  }
  if (!sql.starts_with("SELECT job_id, status")) return std::nullopt;
  ResultSet result;
  for (const auto& id : p) {
    const auto job = server_.jobs.find(id.value_or(""));
    if (job == server_.jobs.end()) continue;
    result.rows.push_back({id, job->second.status, job->second.details,
                           "public." + job->second.index, job->second.index});
  }
  return result;
}

std::optional<ResultSet> FakeDatabase::run_question(const std::string& sql, Parameters p) {
  if (!sql.starts_with("SELECT CASE")) return std::nullopt;
  for (const auto& statement : server_.seen) {
    for (const auto dialect : {Dialect::kDsql, Dialect::kPostgres}) {
      const auto settlement = find_settlement(statement, dialect);
      if (settlement.question_sql != sql) continue;
      if (!std::equal(p.begin(), p.end(), settlement.parameters.begin(),
                      settlement.parameters.end())) {
        continue;
      }
      const auto told = server_.answers.find(statement);
      return one_row({told == server_.answers.end() ? settle(statement) : told->second});
    }
  }
  refuse("XX001", "a question about a statement that was never sent");
}

std::string FakeDatabase::settle(const std::string& statement) const {
  const auto words = words_of(statement);
  if (words[0] == "CREATE" && words[1] == "INDEX") {  // CREATE INDEX ASYNC name ON ...
    const auto found = state().indexes.find(words[3]);
    if (found == state().indexes.end()) return "not done";
    return found->second ? "done" : "invalid";
  }
  const auto& effects = state().effects;
  if (std::find(effects.begin(), effects.end(), statement) != effects.end()) return "done";
  const bool older = words[0] == "CREATE" && state().relations.contains(words[2]);
  return older ? "unclear" : "not done";
}

ResultSet FakeDatabase::start_build(const std::string& index) {
  FakeJob job;
  if (!server_.next_jobs.empty()) {
    job = server_.next_jobs.front();
    server_.next_jobs.erase(server_.next_jobs.begin());
  }
  job.index = index;
  state().indexes[index] = job.status == "completed";
  const auto id = "job" + std::to_string(server_.jobs.size() + 1);
  server_.jobs[id] = job;
  auto result = one_row({id});
  result.columns = {"job_id"};
  return result;
}

ResultSet FakeDatabase::create(const std::string& sql) {
  const auto words = words_of(sql);
  ResultSet result;
  result.tag = words[0] + " " + words[1];
  if (words[1] == "INDEX") {  // CREATE INDEX ASYNC name ON ...
    if (state().indexes.contains(words[3])) refuse("42P07", words[3] + " already exists");
    return start_build(words[3]);
  }
  const auto name = words[1] == "SCHEMA" ? "schema " + words[2] : words[2];
  if (!state().relations.insert(name).second) refuse("42P07", name + " already exists");
  return result;
}

ResultSet FakeDatabase::run_migration(const std::string& sql) {
  const auto words = words_of(sql);
  check_transaction_rules(is_ddl(words[0]));
  ResultSet result;
  if (words[0] == "CREATE") {
    result = create(sql);
  } else if (words[0] == "DROP" && words[1] == "INDEX") {  // "public"."name"
    state().indexes.erase(catalog_name(last_part(words[2])));
  } else if (words[0] == "DROP") {
    if (state().relations.erase(words[2]) == 0) refuse("42P01", words[2] + " does not exist");
  } else if (words.size() > 5 && words[3] == "ADD") {  // ALTER TABLE t ADD COLUMN c type
    if (!state().relations.insert(words[2] + "." + words[5]).second) {
      refuse("42701", words[5] + " already exists");
    }
  }
  const bool ledger = sql.find(quote_identifier(server_.schema)) != std::string::npos;
  if (!ledger) state().effects.push_back(sql);
  return result;
}

}  // namespace engine
