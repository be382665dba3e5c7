// The ledger: which migration is applied, how far, since when, by whom. The tables are a documented
// format (engine/README.md). Every write also checks the lock's fence (lock.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/deadline.h"
#include "engine/dialect.h"

namespace engine {

class Lock;
class Session;

// A ledger row. Times are the server's, ISO 8601 UTC ("2026-11-21T03:04:05.678Z"), "" for NULL.
struct Revision {
  std::string version;
  std::string description;
  std::string kind = "versioned";  // of MigrationKind; or one of baseline.h's
  std::string checksum;
  std::vector<std::string> statement_hashes;  // of the file as it was when last run
  int total = 0;                              // statements in the file
  int applied = 0;                   // of them, done and recorded; total == applied: complete
  int in_doubt = 0;                  // 1-based statement whose outcome is unknown, 0 for none
  std::vector<std::string> job_ids;  // asynchronous jobs submitted and not yet settled
  std::string started_at;
  std::string finished_at;  // "" until complete
  long long execution_ms = 0;
  std::string error;  // of the last attempt, "" when it did not fail
  std::string error_statement;
  std::string error_sqlstate;
  std::string applied_by;  // RunOptions::owner
  std::string source;      // Migration::location
  std::string source_version;
  long long progress = 0;   // of statement applied + 1: rounds of a batch, or rows of an INSERT
  std::string source_etag;  // SourceEntry::etag
  std::uint64_t source_size = 0;  // bytes
  // Of a complete file, read without hashes, times, and what is known of the run.
  bool brief = false;

  bool complete() const {
    return brief || (applied == total && in_doubt == 0 && job_ids.empty() && !finished_at.empty());
  }
  // Of a baseline or an adoption; that is under way, or was cut off before all its rows were in.
  bool is_marked() const { return kind == "baseline" || kind == "adopted"; }
  bool is_marking() const { return is_marked() && applied == total && in_doubt == 0; }
  bool is_unfinished_marking() const { return !brief && is_marking() && finished_at.empty(); }
  bool is_undo() const { return kind == "undo"; }
  bool is_undone() const { return is_undo() && complete(); }  // as good as no row
};

// The lock's row (lock.h).
struct LockRow {
  std::string owner;  // "" when nobody holds it
  std::string nonce;
  long long fencing = 0;    // grows with every owner, never shrinks
  std::string acquired_at;  // ISO 8601 UTC
  std::string expires_at;
  bool held = false;  // by the server's clock: owned, and the lease not over
};

// What one look at the database gives.
struct LedgerState {
  bool exists = false;              // both tables; revisions may be there without the lock's
  std::vector<Revision> revisions;  // in version order; of complete files brief
  std::optional<LockRow> lock;
};

// Of revisions in version order; nullptr when there is none.
const Revision* find_revision(const std::vector<Revision>& revisions, const std::string& version);

// A statement done; with from == applied none is, but its jobs changed, a part of the next one is
// done, or the file ended.
struct StatementRecord {
  std::string version;
  int from = 0;                      // this many have to be recorded as done before
  int applied = 0;                   // and this many are afterwards
  int next_in_doubt = 0;             // the statement that goes out next, when it cannot share a
                                     // transaction with its record; 0 for none
  std::vector<std::string> job_ids;  // submitted and not yet settled
  long long execution_ms = 0;
  bool complete = false;        // the file is done: finished_at is now
  bool of_undo = false;         // Revision::is_undo, of a row that may have been none before
  long long progress_from = 0;  // Revision::progress, before ...
  long long progress = 0;       // ... and afterwards
};

// Each write is one transaction that renews the lock's lease first and fails with kLeaseLost when
// it is not ours; repeated after 40001 and after a lost connection, and never done twice.
class Ledger {
 public:
  // `schema` is the ledger schema's name, not quoted. Throws Error(kConfiguration) for a bad one.
  Ledger(Session& session, std::string schema);

  // One message, and one more when a file is not complete, or the lock's table is not there;
  // creates nothing.
  LedgerState read();
  // The whole rows of these versions, as the ledger spells them; in version order.
  std::vector<Revision> read_rows(const std::vector<std::string>& versions);
  // Creates what is missing, looking first: DSQL refuses CREATE SCHEMA IF NOT EXISTS at its limit
  // of schemas even when the schema exists. True when this call made the revisions' table: what the
  // first owner of the lock finds in it is nothing.
  bool ensure();

  // The whole row: a run of the file begins, fails, or stops between two statements.
  void put(Lock& lock, const Revision& revision);
  void record(Lock& lock, const StatementRecord& record);

  // By hand (repair.h): what is new in the row; the only write that may lower `applied`.
  void repair(Lock& lock, const Revision& before, const Revision& after, bool complete);

  // Repeatable migrations that are to run from the start again, whatever their rows said: nothing
  // is done of them afterwards, and they are those of `revisions`.
  void reopen(Lock& lock, const std::vector<Revision>& revisions);

  // Rows of files that are complete without a run of ours (baseline.h), in version order; those
  // that are there are left as they are. In as many transactions as the server's limits need; when
  // there are several, the first has a row that is an unfinished marking, which the last finishes:
  // in between no run takes what is missing for pending. `cut_off`: that row, of an earlier call,
  // with the times it is to have.
  void adopt(Lock& lock, const std::vector<Revision>& revisions,
             const std::optional<Revision>& cut_off);

  // The same as part of a transaction of the caller's, behind Lock::make_fence. A record is refused
  // (Query::Guard, kUnavailable) when the row is not where it has to find it: look, then go on.
  Query make_put(const Revision& revision) const;
  // Of a file without a row, in the transaction of all its statements: refused when it has one.
  Query make_complete(const Revision& revision) const;
  std::vector<Query> make_record(const StatementRecord& record) const;

  // One file's row. For settling an unknown COMMIT.
  std::optional<Revision> find(const std::string& version);
  // Whether what `record` says has been committed.
  bool has(const StatementRecord& record);

  const std::string& schema() const { return schema_; }

 private:
  LedgerState look(const Query& query);
  void create(std::size_t part);
  bool create_at_once(const std::vector<bool>& there);

  Session& session_;
  std::string schema_;
};

}  // namespace engine
