#include "engine/ledger.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "engine/directory.h"
#include "engine/error.h"
#include "engine/ledger_sql.h"
#include "engine/lock.h"
#include "engine/name.h"
#include "engine/session.h"
#include "engine/sqlstate.h"

namespace engine {
namespace {

constexpr std::size_t kRevisionsPart = 1;  // of make_find_ledger
constexpr std::size_t kRowsAtOnce = 200;   // parameters of one message, rows of a transaction
constexpr std::size_t kHashesAtOnce =
    20'000;  // of 65 bytes: Aurora DSQL takes 10 MiB a transaction

bool made_by_another(const Error& error) {
  // Two that create at once: the slower is told so by the catalog's own unique index.
  return says_exists(error.server().sqlstate) || error.server().sqlstate == "23505";
}

Error explain_read(const Error& error, const std::string& schema) {
  if (error.kind() != ErrorKind::kStatement) return error;
  return Error(ErrorKind::kLedger,
               "the ledger in schema " + schema + " cannot be read: " + error.what(),
               error.server());
}

Error explain_create(const Error& error, const std::string& schema) {
  auto server = error.server();
  if (server.sqlstate == "42501" && server.hint.empty()) {
    server.hint = "Let the role create schemas in the database, or create the schema " +
                  quote_identifier(schema) + " for it with CREATE and USAGE granted";
  }
  return Error(error.kind(), "the ledger could not be created: " + server.message, server);
}

// Rows of a transaction each, the last version first.
using Batches = std::vector<std::vector<const Revision*>>;

Batches make_batches(const std::vector<Revision>& revisions) {
  Batches batches;
  std::size_t hashes = kHashesAtOnce;
  for (auto row = revisions.rbegin(); row != revisions.rend(); ++row) {
    if (batches.empty() || batches.back().size() >= kRowsAtOnce || hashes >= kHashesAtOnce) {
      batches.emplace_back();
      hashes = 0;
    }
    batches.back().push_back(&*row);
    hashes += row->statement_hashes.size();
  }
  return batches;
}

// nullptr when there is none: what is left then is of repeatable files, which may run again.
const Revision* move_marking_first(Batches* batches) {
  for (auto& batch : *batches) {
    const auto found = std::find_if(batch.begin(), batch.end(),
                                    [](const Revision* row) { return row->is_marking(); });
    if (found == batch.end()) continue;
    const auto* marking = *found;
    batch.erase(found);
    batches->front().push_back(marking);
    std::erase_if(*batches, [](const auto& rows) { return rows.empty(); });
    return marking;
  }
  return nullptr;
}

}  // namespace

const Revision* find_revision(const std::vector<Revision>& revisions, const std::string& version) {
  const auto found = std::lower_bound(revisions.begin(), revisions.end(), version,
                                      [](const Revision& revision, const std::string& wanted) {
                                        return compare_versions(revision.version, wanted) < 0;
                                      });
  const bool same = found != revisions.end() && compare_versions(found->version, version) == 0;
  return same ? &*found : nullptr;
}

Ledger::Ledger(Session& session, std::string schema)
    : session_(session), schema_(std::move(schema)) {
  if (schema_.empty() || schema_.size() > kNameLength || schema_.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kConfiguration, "the ledger schema needs a name of 1 to 63 bytes");
  }
}

// Rows of files that are not complete have their version only.
LedgerState Ledger::look(const Query& query) {
  try {
    return parse_ledger(session_.repeat(query));
  } catch (const Error& error) {
    const auto& server = error.server();
    if (lacks_lock_only(schema_, server)) {
      auto state = look(make_read_without_lock(schema_));
      state.exists = false;
      return state;
    }
    if (server.sqlstate == "42P01" || server.sqlstate == "3F000") return {};
    throw explain_read(error, schema_);
  }
}

LedgerState Ledger::read() {
  auto state = look(make_read_ledger(schema_));
  std::vector<std::string> open;
  for (const auto& revision : state.revisions) {
    if (!revision.brief) open.push_back(revision.version);
  }
  auto rows = read_rows(open);
  for (auto& revision : state.revisions) {
    if (const auto* row = revision.brief ? nullptr : find_revision(rows, revision.version)) {
      revision = *row;
    }
  }
  return state;
}

std::vector<Revision> Ledger::read_rows(const std::vector<std::string>& versions) {
  std::vector<Revision> rows;
  for (std::size_t first = 0; first < versions.size(); first += kRowsAtOnce) {
    const auto count = std::min(kRowsAtOnce, versions.size() - first);
    const std::span some(versions.data() + first, count);
    try {
      auto found = parse_revisions(session_.repeat(make_read_revisions(schema_, some)));
      rows.insert(rows.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
    } catch (const Error& error) {
      throw explain_read(error, schema_);
    }
  }
  sort_by_version(rows);
  return rows;
}

bool Ledger::ensure() {
  const auto there = parse_find_ledger(session_.repeat(make_find_ledger(schema_)));
  if (session_.flights() >= Session::Flights::kSegments && create_at_once(there)) {
    return !there.at(kRevisionsPart);
  }
  for (std::size_t part = 0; part < there.size(); ++part) {
    if (!there[part]) create(part);
  }
  session_.repeat(make_insert_lock(schema_));
  return false;
}

// One flight. What of it failed, and whether that matters, is found out one by one.
bool Ledger::create_at_once(const std::vector<bool>& there) {
  session_.connect_again();
  const auto outcomes = session_.send_all(make_create_ledger(schema_, there), session_.deadline());
  const auto at = find_error(outcomes);
  if (at == outcomes.size()) return true;
  const auto& error = std::get<Error>(outcomes[at]);
  session_.roll_back();
  Backoff backoff(session_.clock(), session_.deadline());
  if (error.kind() != ErrorKind::kStatement && !session_.recover(error, backoff)) {
    throw explain_create(error, schema_);
  }
  return false;
}

void Ledger::create(std::size_t part) {
  Backoff backoff(session_.clock(), session_.deadline());
  for (;;) {
    try {
      session_.execute(make_create_part(schema_, part));
      return;
    } catch (const Error& error) {
      if (made_by_another(error)) return;  // or by the attempt before this one
      if (!session_.recover(error, backoff)) throw explain_create(error, schema_);
    }
  }
}

void Ledger::put(Lock& lock, const Revision& revision) {
  lock.commit({make_put(revision)}, [] { return false; });  // absolute: doing it again does no harm
}

void Ledger::record(Lock& lock, const StatementRecord& record) {
  lock.commit(make_record(record), [&] { return has(record); });
}

// Absolute: doing it again does no harm, and changes nothing.
void Ledger::repair(Lock& lock, const Revision& before, const Revision& after, bool complete) {
  StatementRecord record;
  record.version = after.version;
  record.from = before.applied;
  record.applied = after.applied;
  record.next_in_doubt = after.in_doubt;
  record.progress = after.progress;
  lock.commit({make_repair_revision(schema_, before, after, complete),
               make_check_revision(schema_, record)},
              [] { return false; });
}

void Ledger::reopen(Lock& lock, const std::vector<Revision>& revisions) {
  std::vector<Query> writes;
  for (const auto& revision : revisions) {
    writes.push_back(make_reopen_revision(schema_, revision));
    if (writes.size() < kRowsAtOnce && &revision != &revisions.back()) continue;
    lock.commit(writes, [] { return false; });  // absolute: doing it again does no harm
    writes.clear();
  }
}

void Ledger::adopt(Lock& lock, const std::vector<Revision>& revisions,
                   const std::optional<Revision>& cut_off) {
  auto batches = make_batches(revisions);
  if (batches.empty()) batches.emplace_back();
  const auto* marking = cut_off ? &*cut_off : nullptr;
  if (marking == nullptr && batches.size() > 1) marking = move_marking_first(&batches);
  for (const auto& batch : batches) {
    std::vector<Query> writes;
    writes.reserve(batch.size() + 1);
    for (const auto* row : batch) {
      const bool marks = marking != nullptr && row->version == marking->version;
      writes.push_back(make_adopt_revision(schema_, *row, marks));
    }
    if (marking != nullptr && &batch == &batches.back()) {
      writes.push_back(make_finish_marking(schema_, *marking));
    }
    lock.commit(writes, [] { return false; });  // absolute: doing it again does no harm
  }
}

Query Ledger::make_put(const Revision& revision) const {
  return make_put_revision(schema_, revision);
}

Query Ledger::make_complete(const Revision& revision) const {
  return make_insert_complete(schema_, revision);
}

std::vector<Query> Ledger::make_record(const StatementRecord& record) const {
  return {make_update_revision(schema_, record), make_check_revision(schema_, record)};
}

std::optional<Revision> Ledger::find(const std::string& version) {
  auto rows = read_rows({version});
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

bool Ledger::has(const StatementRecord& record) {
  const auto row = find(record.version);
  if (!row || row->is_undo() != record.of_undo || row->applied < record.applied) return false;
  if (row->applied == record.applied && row->progress < record.progress) return false;
  return row->job_ids == record.job_ids && (row->complete() || !record.complete);
}

}  // namespace engine
