#include "engine/ledger_sql.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "engine/directory.h"
#include "engine/error.h"
#include "engine/excerpt.h"
#include "engine/foreign_lock.h"
#include "engine/name.h"
#include "engine/number.h"

namespace engine {
namespace {

// Only types DSQL has; no sequence, no array, no json; keys inline, for they cannot be added later.
constexpr const char* kRevisionColumns =
    "version text PRIMARY KEY, description text NOT NULL, kind text NOT NULL, "
    "checksum text NOT NULL, statement_hashes text NOT NULL, total integer NOT NULL, "
    "applied integer NOT NULL, in_doubt integer NOT NULL, job_ids text NOT NULL, "
    "started_at timestamptz NOT NULL, finished_at timestamptz, execution_ms bigint NOT NULL, "
    "error text, error_statement text, error_sqlstate text, applied_by text NOT NULL, "
    "source text NOT NULL, source_version text NOT NULL, progress bigint NOT NULL, "
    "source_etag text, source_size bigint";

constexpr const char* kLockColumns =
    "id integer PRIMARY KEY, owner text NOT NULL, nonce text NOT NULL, fencing bigint NOT NULL, "
    "acquired_at timestamptz NOT NULL, expires_at timestamptz NOT NULL";

constexpr const char* kLeaseLost = "the lock is not ours any more: another run took it over";

constexpr std::size_t kErrorLength = 2'000;  // code points of a server's message worth keeping

std::string revisions_of(const std::string& schema) {
  return quote_identifier(schema) + ".revisions";
}

std::string lock_of(const std::string& schema) { return quote_identifier(schema) + ".lock"; }

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

Value number(long long value) { return std::to_string(value); }

// Seconds since 1970 with a fraction, as extract(epoch from ...) prints them: what a session's
// DateStyle and TimeZone cannot change.
std::string format_time(const std::string& epoch) {
  if (epoch.empty()) return "";
  const auto dot = std::min(epoch.find('.'), epoch.size());
  const std::time_t seconds = leading_integer(epoch);
  auto milliseconds = dot < epoch.size() ? epoch.substr(dot + 1, 3) : std::string();
  milliseconds.resize(3, '0');
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return std::string(date.data()) + "." + milliseconds + "Z";
}

// A row, read from left to right.
class RowReader {
 public:
  explicit RowReader(const std::vector<Value>& row, std::size_t at = 0) : row_(row), at_(at) {}
  std::string text() { return row_.at(at_++).value_or(""); }
  long long integer() { return leading_integer(text()); }
  std::string time() { return format_time(text()); }

 private:
  const std::vector<Value>& row_;
  std::size_t at_;
};

Revision parse_revision(const std::vector<Value>& row) {
  RowReader reader(row);
  Revision revision;
  revision.version = reader.text();
  revision.description = reader.text();
  revision.kind = reader.text();
  revision.checksum = reader.text();
  revision.statement_hashes = split(reader.text());
  revision.total = static_cast<int>(reader.integer());
  revision.applied = static_cast<int>(reader.integer());
  revision.in_doubt = static_cast<int>(reader.integer());
  revision.job_ids = split(reader.text());
  revision.started_at = reader.time();
  revision.finished_at = reader.time();
  revision.execution_ms = reader.integer();
  revision.error = reader.text();
  revision.error_statement = reader.text();
  revision.error_sqlstate = reader.text();
  revision.applied_by = reader.text();
  revision.source = reader.text();
  revision.source_version = reader.text();
  revision.progress = reader.integer();
  revision.source_etag = reader.text();
  revision.source_size = static_cast<std::uint64_t>(reader.integer());
  return revision;
}

constexpr std::size_t kRevisionWidth = 21;

// The first column tells which table a row of make_read_ledger is of.
constexpr std::size_t kLedgerWidth = 8;

Revision parse_brief(const std::vector<Value>& row) {
  RowReader reader(row, 1);
  Revision revision;
  revision.version = reader.text();
  revision.brief = reader.text() == "true";
  if (!revision.brief) return revision;
  revision.kind = reader.text();
  revision.checksum = reader.text();
  revision.source = reader.text();
  revision.source_etag = reader.text();
  revision.source_size = static_cast<std::uint64_t>(reader.integer());
  return revision;
}

LockRow parse_lock(const std::vector<Value>& row) {
  RowReader reader(row, 1);
  LockRow lock;
  lock.owner = reader.text();
  lock.nonce = reader.text();
  lock.fencing = reader.integer();
  lock.acquired_at = reader.time();
  lock.expires_at = reader.time();
  lock.held = reader.text() == "true";
  return lock;
}

std::string make_insert(const std::string& schema, const std::string& finished_at) {
  return "INSERT INTO " + revisions_of(schema) +
         " AS r (version, description, kind, checksum, statement_hashes, total, applied, "
         "in_doubt, job_ids, started_at, finished_at, execution_ms, error, error_statement, "
         "error_sqlstate, applied_by, source, source_version, progress, source_etag, "
         "source_size) VALUES ($1, $2, $3, $4, $5, $6::integer, $7::integer, $8::integer, $9, "
         "now(), " +
         finished_at +
         ", $10::bigint, $11, $12, $13, $14, $15, $16, $17::bigint, $18, $19::bigint)";
}

// $1 the owner, $2 its nonce, $3 the lease.
std::string make_new_owner(const std::string& schema, const std::string& free, bool skip_locked) {
  const auto table = lock_of(schema);
  const auto where =
      skip_locked ? "id IN (SELECT id FROM " + table + " WHERE " + free + " FOR UPDATE SKIP LOCKED)"
                  : free;
  return "UPDATE " + table +
         " SET owner = $1, nonce = $2, fencing = fencing + 1, acquired_at = now(), "
         "expires_at = now() + $3::bigint * interval '1 millisecond' WHERE " +
         where;
}

std::vector<Value> values_of(const Revision& r) {
  return {r.version,
          r.description,
          r.kind,
          r.checksum,
          join(r.statement_hashes),
          number(r.total),
          number(r.applied),
          number(r.in_doubt),
          join(r.job_ids),
          number(r.execution_ms),
          null_if_empty(std::string(take_code_points(r.error, kErrorLength))),
          null_if_empty(r.error_statement),
          null_if_empty(r.error_sqlstate),
          r.applied_by,
          r.source,
          r.source_version,
          number(r.progress),
          null_if_empty(r.source_etag),
          number(static_cast<long long>(r.source_size))};
}

}  // namespace

// The revisions come first: the server names the first table that is not there.
Query make_read_ledger(const std::string& schema) {
  return {make_read_without_lock(schema).sql +
          " UNION ALL SELECT 'lock', owner, nonce, fencing::text, "
          "extract(epoch from acquired_at)::text, extract(epoch from expires_at)::text, "
          "(nonce <> '' AND expires_at > now())::text, NULL FROM " +
          lock_of(schema) + " WHERE id = 1"};
}

bool lacks_lock_only(const std::string& schema, const ServerError& error) {
  return error.sqlstate == "42P01" && error.message.find(schema + ".lock") != std::string::npos;
}

Query make_read_without_lock(const std::string& schema) {
  return {
      "SELECT 'revision', version, (applied = total AND in_doubt = 0 AND job_ids = '' AND "
      "finished_at IS NOT NULL)::text, kind, checksum, source, source_etag, source_size::text "
      "FROM " +
      revisions_of(schema)};
}

Query make_find_rows(const std::string& schema) {
  return {"SELECT EXISTS (SELECT 1 FROM " + revisions_of(schema) + ")"};
}

LedgerState parse_ledger(const ResultSet& result) {
  LedgerState state;
  state.exists = true;
  state.revisions.reserve(result.rows.size());
  for (const auto& row : result.rows) {
    if (row.size() != kLedgerWidth) throw Error(ErrorKind::kLedger, "the ledger has other columns");
    if (row.front() == "lock") {
      state.lock = parse_lock(row);
    } else {
      state.revisions.push_back(parse_brief(row));
    }
  }
  sort_by_version(state.revisions);
  return state;
}

Query make_read_revisions(const std::string& schema, std::span<const std::string> versions) {
  Query query{
      "SELECT version, description, kind, checksum, statement_hashes, total::text, applied::text, "
      "in_doubt::text, job_ids, extract(epoch from started_at)::text, "
      "extract(epoch from finished_at)::text, execution_ms::text, error, error_statement, "
      "error_sqlstate, applied_by, source, source_version, progress::text, source_etag, "
      "source_size::text FROM " +
      revisions_of(schema) + " WHERE version IN ("};
  for (const auto& version : versions) {
    query.parameters.push_back(version);
    query.sql +=
        (query.parameters.size() > 1 ? ", $" : "$") + std::to_string(query.parameters.size());
  }
  query.sql += ')';
  return query;
}

std::vector<Revision> parse_revisions(const ResultSet& result) {
  std::vector<Revision> revisions;
  for (const auto& row : result.rows) {
    if (row.size() != kRevisionWidth) {
      throw Error(ErrorKind::kLedger, "the ledger has other columns");
    }
    revisions.push_back(parse_revision(row));
  }
  return revisions;
}

void sort_by_version(std::vector<Revision>& revisions) {
  std::sort(revisions.begin(), revisions.end(), [](const Revision& a, const Revision& b) {
    return compare_versions(a.version, b.version) < 0;
  });
}

Query make_find_ledger(const std::string& schema) {
  return {
      "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1), "
      "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = $1 AND c.relname = 'revisions'), "
      "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = $1 AND c.relname = 'lock')",
      {schema}};
}

std::vector<bool> parse_find_ledger(const ResultSet& result) {
  std::vector<bool> there;
  for (const auto& value : result.rows.at(0)) there.push_back(value == "t");
  return there;
}

Query make_create_part(const std::string& schema, std::size_t part) {
  switch (part) {
    case 0:
      return {"CREATE SCHEMA " + quote_identifier(schema)};
    case 1:
      return {"CREATE TABLE " + revisions_of(schema) + " (" + kRevisionColumns + ")"};
    default:
      return {"CREATE TABLE " + lock_of(schema) + " (" + kLockColumns + ")"};
  }
}

Query make_insert_lock(const std::string& schema) {
  return {"INSERT INTO " + lock_of(schema) +
          " (id, owner, nonce, fencing, acquired_at, expires_at) "
          "VALUES (1, '', '', 0, now(), now()) ON CONFLICT (id) DO NOTHING"};
}

std::vector<Query> make_create_ledger(const std::string& schema, const std::vector<bool>& there) {
  std::vector<Query> queries;
  const auto add = [&](Query query) {
    queries.insert(queries.end(), {{"BEGIN"}, std::move(query), {"COMMIT"}});
  };
  for (std::size_t part = 0; part < there.size(); ++part) {
    if (!there[part]) add(make_create_part(schema, part));
  }
  add(make_insert_lock(schema));
  return queries;
}

Query make_put_revision(const std::string& schema, const Revision& revision) {
  const std::string same = "(r.kind = 'undo') = (excluded.kind = 'undo')";
  return {make_insert(schema, "NULL") +
              " ON CONFLICT (version) DO UPDATE SET description = excluded.description, "
              "started_at = CASE WHEN " +
              same +
              " THEN r.started_at ELSE excluded.started_at END, "
              "kind = excluded.kind, checksum = excluded.checksum, "
              "statement_hashes = excluded.statement_hashes, total = excluded.total, "
              "applied = CASE WHEN " +
              same +
              " THEN GREATEST(r.applied, excluded.applied) ELSE excluded.applied END, "
              "in_doubt = excluded.in_doubt, "
              "progress = CASE WHEN NOT (" +
              same +
              ") OR r.applied < excluded.applied THEN excluded.progress "
              "WHEN r.applied > excluded.applied THEN r.progress "
              "ELSE GREATEST(r.progress, excluded.progress) END, "
              "job_ids = excluded.job_ids, finished_at = NULL, "
              "execution_ms = excluded.execution_ms, error = excluded.error, "
              "error_statement = excluded.error_statement, "
              "error_sqlstate = excluded.error_sqlstate, applied_by = excluded.applied_by, "
              "source = excluded.source, source_version = excluded.source_version, "
              "source_etag = excluded.source_etag, source_size = excluded.source_size",
          values_of(revision)};
}

Query make_insert_complete(const std::string& schema, const Revision& revision) {
  auto row = revision;
  row.applied = row.total;
  row.in_doubt = 0;
  return {make_insert(schema, "now()"), values_of(row)};
}

Query make_reopen_revision(const std::string& schema, const Revision& revision) {
  return {"UPDATE " + revisions_of(schema) +
              " SET checksum = $2, statement_hashes = '', total = $3::integer, applied = 0, "
              "in_doubt = 0, job_ids = '', progress = 0, started_at = now(), finished_at = NULL, "
              "execution_ms = 0, error = NULL, error_statement = NULL, error_sqlstate = NULL, "
              "applied_by = $4, source_etag = NULL WHERE version = $1",
          {revision.version, revision.checksum, number(revision.total), revision.applied_by}};
}

Query make_adopt_revision(const std::string& schema, const Revision& revision, bool marking) {
  const auto& r = revision;
  const bool whole = !marking && r.applied == r.total && r.in_doubt == 0;
  return {"INSERT INTO " + revisions_of(schema) +
              " (version, description, kind, checksum, statement_hashes, total, applied, in_doubt, "
              "job_ids, started_at, finished_at, execution_ms, applied_by, source, source_version, "
              "progress, source_etag, source_size, error) VALUES ($1, $2, $3, $4, $5, $6::integer, "
              "$15::integer, $16::integer, '', COALESCE($7::timestamptz, now()), "
              "CASE WHEN $17::boolean THEN COALESCE($8::timestamptz, now()) END, $9::bigint, $10, "
              "$11, $12, 0, $13, $14::bigint, $18) ON CONFLICT (version) DO NOTHING",
          {r.version, r.description, r.kind, r.checksum, join(r.statement_hashes), number(r.total),
           null_if_empty(r.started_at), null_if_empty(r.finished_at), number(r.execution_ms),
           r.applied_by, r.source, r.source_version, null_if_empty(r.source_etag),
           number(static_cast<long long>(r.source_size)), number(r.applied), number(r.in_doubt),
           std::string(whole ? "true" : "false"),
           null_if_empty(std::string(take_code_points(r.error, kErrorLength)))}};
}

Query make_finish_marking(const std::string& schema, const Revision& revision) {
  return {
      "UPDATE " + revisions_of(schema) +
          " SET finished_at = COALESCE($2::timestamptz, now()) WHERE version = $1 AND kind "
          "IN ('baseline', 'adopted') AND applied = total AND in_doubt = 0 AND finished_at IS NULL",
      {revision.version, null_if_empty(revision.finished_at)}};
}

Query make_update_revision(const std::string& schema, const StatementRecord& record) {
  return {
      "UPDATE " + revisions_of(schema) +
          " SET applied = $2::integer, in_doubt = $3::integer, job_ids = $4, "
          "execution_ms = $5::bigint, "
          "finished_at = CASE WHEN $6::boolean THEN now() ELSE NULL END, "
          "progress = $9::bigint "
          "WHERE version = $1 AND applied = $7::integer AND progress = $8::bigint",
      {record.version, number(record.applied), number(record.next_in_doubt), join(record.job_ids),
       number(record.execution_ms), std::string(record.complete ? "true" : "false"),
       number(record.from), number(record.progress_from), number(record.progress)}};
}

Query make_repair_revision(const std::string& schema, const Revision& before, const Revision& after,
                           bool complete) {
  const auto& r = after;
  return {
      "UPDATE " + revisions_of(schema) +
          " SET source_etag = CASE WHEN checksum = $2 THEN source_etag ELSE NULL END, "
          "checksum = $2, statement_hashes = $3, total = $4::integer, "
          "applied = $5::integer, in_doubt = $6::integer, "
          "finished_at = CASE WHEN $7::boolean THEN COALESCE(finished_at, now()) ELSE NULL END, "
          "error = $8, error_statement = $9, error_sqlstate = $10, applied_by = $11, "
          "progress = $14::bigint, job_ids = $15, description = $16 WHERE version = $1 AND applied "
          "= $12::integer AND "
          "in_doubt = $13::integer",
      {r.version, r.checksum, join(r.statement_hashes), number(r.total), number(r.applied),
       number(r.in_doubt), std::string(complete ? "true" : "false"), null_if_empty(r.error),
       null_if_empty(r.error_statement), null_if_empty(r.error_sqlstate), r.applied_by,
       number(before.applied), number(before.in_doubt), number(r.progress), join(r.job_ids),
       r.description}};
}

Query make_check_revision(const std::string& schema, const StatementRecord& record) {
  return {"SELECT 1 / count(*) FROM " + revisions_of(schema) +
              " WHERE version = $1 AND applied = $2::integer AND in_doubt = $3::integer "
              "AND progress = $4::bigint",
          {record.version, number(record.applied), number(record.next_in_doubt),
           number(record.progress)},
          Query::Guard{ErrorKind::kUnavailable, "the ledger's row of version " + record.version +
                                                    " is not at statement " +
                                                    std::to_string(record.from)}};
}

Query make_acquire_lock(const std::string& schema, const LockClaim& claim,
                        const HistoryChoice* history) {
  Query query{
      make_new_owner(schema, "id = 1 AND (nonce = '' OR expires_at <= now())", history != nullptr) +
          " RETURNING fencing",
      {claim.owner, claim.nonce, number(claim.lease.count())}};
  if (history != nullptr) query.sql += ", " + make_taking_keys(*history, &query.parameters);
  return query;
}

Query make_take_lock(const std::string& schema, const LockClaim& claim, long long fencing,
                     bool skip_locked) {
  return {make_new_owner(schema, "id = 1 AND nonce = '' AND fencing = $4::bigint - 1", skip_locked),
          {claim.owner, claim.nonce, number(claim.lease.count()), number(fencing)}};
}

Query make_renew_lock(const std::string& schema, const LockClaim& claim, long long fencing) {
  return {"UPDATE " + lock_of(schema) +
              " SET expires_at = now() + $3::bigint * interval '1 millisecond' "
              "WHERE id = 1 AND nonce = $1 AND fencing = $2::bigint",
          {claim.nonce, number(fencing), number(claim.lease.count())}};
}

Query make_check_lock(const std::string& schema, const LockClaim& claim, long long fencing) {
  return {"SELECT 1 / count(*) FROM " + lock_of(schema) +
              " WHERE id = 1 AND nonce = $1 AND fencing = $2::bigint",
          {claim.nonce, number(fencing)},
          Query::Guard{ErrorKind::kLeaseLost, kLeaseLost}};
}

Query make_refence_lock(const std::string& schema, const LockClaim& claim) {
  return {"UPDATE " + lock_of(schema) +
              " SET fencing = fencing + 1, "
              "expires_at = now() + $2::bigint * interval '1 millisecond' "
              "WHERE id = 1 AND nonce = $1 RETURNING fencing",
          {claim.nonce, number(claim.lease.count())}};
}

Query make_release_lock(const std::string& schema, const LockClaim& claim, long long fencing) {
  return {"UPDATE " + lock_of(schema) +
              " SET owner = '', nonce = '', expires_at = now() "
              "WHERE id = 1 AND nonce = $1 AND fencing = $2::bigint",
          {claim.nonce, number(fencing)}};
}

}  // namespace engine
