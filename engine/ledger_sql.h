// The ledger's and the lock's SQL, as values: built and parsed here, sent by Ledger and Lock. The
// format is documented in engine/README.md.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "engine/foreign_history.h"
#include "engine/ledger.h"
#include "engine/session.h"

namespace engine {

// Each takes the ledger schema's name, not quoted.

// One message for everything a run starts from, with as little of each file as will do for a
// complete one. Refused (42P01, 3F000) when there is no ledger.
Query make_read_ledger(const std::string& schema);
// Throws Error(kLedger). Rows of files that are not complete have their version only.
LedgerState parse_ledger(const ResultSet& result);

// Whether that was refused although the revisions are there; what is asked then.
bool lacks_lock_only(const std::string& schema, const ServerError& error);
Query make_read_without_lock(const std::string& schema);

// The whole rows of these versions.
Query make_read_revisions(const std::string& schema, std::span<const std::string> versions);
std::vector<Revision> parse_revisions(const ResultSet& result);  // throws Error(kLedger)

// Whether there is any: one column, "t" or "f".
Query make_find_rows(const std::string& schema);

void sort_by_version(std::vector<Revision>& revisions);

// What of the ledger is there: three columns, "t" or "f": schema, revisions, lock.
Query make_find_ledger(const std::string& schema);
std::vector<bool> parse_find_ledger(const ResultSet& result);

// What creates the part of that index in make_find_ledger; one statement each.
Query make_create_part(const std::string& schema, std::size_t part);
Query make_insert_lock(const std::string& schema);
// All that is missing and the lock's row, a transaction each.
std::vector<Query> make_create_ledger(const std::string& schema, const std::vector<bool>& there);

// The whole row of a file, new or not: when a run of it begins, fails, or stops between statements.
// started_at is set once; finished_at is cleared; `applied` never goes down, nor `progress` with
// it, so that a row written after an unknown COMMIT cannot take back what that COMMIT did. A row
// that becomes one of an undo, or is one no more, begins anew.
Query make_put_revision(const std::string& schema, const Revision& revision);
// The row of a file that is new to the ledger, complete. Refused (23505) when there is one.
Query make_insert_complete(const std::string& schema, const Revision& revision);

// A repeatable migration of which nothing is done any more; its row keeps no hash, and no ETag.
Query make_reopen_revision(const std::string& schema, const Revision& revision);

// A file that is complete without a run of ours; started_at and finished_at as the row has them,
// now for "". A row that is there is left as it is. `marking`: one that is unfinished
// (Revision::is_unfinished_marking); the second finishes it.
Query make_adopt_revision(const std::string& schema, const Revision& revision, bool marking);
Query make_finish_marking(const std::string& schema, const Revision& revision);

// Changes no row when the row has not `record.from` statements done, and `record.progress_from` of
// the next.
Query make_update_revision(const std::string& schema, const StatementRecord& record);

// What a repair changes of the row: checksum (and with it the ETag it was of), hashes, total,
// applied, in_doubt, progress, error, applied_by;
// `complete`: finished_at is set unless it was, else it is cleared. No row changes when it is not
// as `before` has it.
Query make_repair_revision(const std::string& schema, const Revision& before, const Revision& after,
                           bool complete);

// Refused by division by zero when the row of that version has not `record.applied` statements
// done: for a transaction whose COMMIT is on the wire already. The guard says kUnavailable: look,
// then go on.
Query make_check_revision(const std::string& schema, const StatementRecord& record);

struct LockClaim {
  std::string owner;
  std::string nonce;  // tells two runs of one owner apart
  std::chrono::milliseconds lease;
};

// Takes the lock when it is free or its lease is over; the answer has the fencing number, or no
// row. With a `history`, on PostgreSQL: not while a transaction of the owner's holds the row,
// whatever its lease says; and the answer has make_taking_keys() (foreign_lock.h) besides.
Query make_acquire_lock(const std::string& schema, const LockClaim& claim,
                        const HistoryChoice* history);
// Takes it (`skip_locked`: the same), with that fencing number, when it is free and has the one
// before; changes no row else.
Query make_take_lock(const std::string& schema, const LockClaim& claim, long long fencing,
                     bool skip_locked);
// No row changed: the lock is not ours any more.
Query make_renew_lock(const std::string& schema, const LockClaim& claim, long long fencing);
// Refused by division by zero when the lock is not ours: the guard says kLeaseLost. With no nonce:
// when it is not free with that number.
Query make_check_lock(const std::string& schema, const LockClaim& claim, long long fencing);
// A new fencing number for the same owner: what the old number signed and is still on its way
// fails. Answers with it; no row when the lock is not ours.
Query make_refence_lock(const std::string& schema, const LockClaim& claim);
Query make_release_lock(const std::string& schema, const LockClaim& claim, long long fencing);

}  // namespace engine
