// The engine's front: one function a command. Each opens the connection it needs, and closes it;
// each looks at the ledger first, and then reads the files that it does not know.
#pragma once

#include <chrono>
#include <string>

#include "engine/database.h"
#include "engine/deadline.h"
#include "engine/dialect.h"
#include "engine/foreign_history.h"
#include "engine/format.h"
#include "engine/info.h"
#include "engine/observer.h"
#include "engine/repair.h"
#include "engine/retry.h"
#include "engine/rollback.h"
#include "engine/run_report.h"
#include "engine/selection.h"
#include "engine/source.h"
#include "engine/sum_check.h"
#include "engine/undo.h"

namespace engine {

struct RunOptions {
  Dialect dialect = Dialect::kDsql;
  DirectoryFormat format = {};
  // PostgreSQL: of a file that does not say it itself.
  TransactionMode transaction = TransactionMode::kFile;
  SumRule sum = SumRule::kIgnore;  // where a file has to be read: is atlas.sum right
  Selection selection = {};
  std::string ledger_schema = "dsql_migrate";
  // What the ledger's schema was called before; "" for none. While there is no ledger and that one
  // has rows every command refuses: it may be the one of these files.
  std::string earlier_ledger_schema = {};
  std::string owner;                        // who runs: the request id; shown to who is LOCKED out
  std::chrono::milliseconds lease{60'000};  // a dead owner's lock is free after this
  std::chrono::milliseconds lock_timeout{0};  // how long to wait for a live owner
  std::chrono::milliseconds job_poll{2'000};  // between two looks at sys.jobs, at most
  bool wait_for_indexes = true;               // apply: false leaves jobs that run to a later run
  bool tolerates_existing = false;            // apply: existing.h
  bool wait = false;                          // status: wait for a run or a job under way
  std::chrono::milliseconds wait_timeout{0};
  // Of these files, by another tool: adopt takes it over, the first run of others looks for it, and
  // one that is renamed has its tool's lock taken too.
  HistoryChoice history = {};
  bool ignore_history = false;  // apply, plan: another tool's history is not of these files
  OnRollback on_rollback = OnRollback::kNone;  // apply: when the files are an earlier release
  // The run must have ended by `deadline`; no statement is started when less than `reserve` is
  // left.
  Deadline deadline = Deadline::max();
  std::chrono::milliseconds reserve{10'000};
  // Statements that are sent without waiting for each one's answer, at most; 0: none. On PostgreSQL
  // whole files, by their statements.
  int flight = 250;
  Clock clock = make_system_clock();
};

// Brings the database to the directory's version: lock, ledger, plan, execute, unlock.
// kUpToDate | kApplied | kContinue | kInvalid | kLocked | kFailed.
RunReport apply(Database& database, MigrationSource& source, const RunOptions& options,
                const Observer& observer);

// Reads only. kUpToDate | kPending | kInvalid | kLocked (a run is under way, after waiting) |
// kFailed (the last run left a failed migration).
RunReport status(Database& database, MigrationSource& source, const RunOptions& options,
                 const Observer& observer);

// Reads only: what apply would send. kPlanned | kUpToDate | kInvalid | kFailed.
RunReport plan(Database& database, MigrationSource& source, const RunOptions& options,
               const Observer& observer);

// Reads only: everything that can be said without running. kValid | kInvalid | kFailed.
RunReport validate(Database& database, MigrationSource& source, const RunOptions& options,
                   const Observer& observer);
// The same of the files alone: as if none were applied.
RunReport validate_files(MigrationSource& source, const RunOptions& options);

// The text that atlas.sum has to have. kUpToDate (it has) | kPending | kInvalid.
RunReport hash(MigrationSource& source, const RunOptions& options);

// Every migration, of the files and of the ledger, with its state (info.h): that part of them.
// Looks at names only. kUpToDate | kPending | kInvalid (the names are unclear) | kFailed.
RunReport info(Database& database, MigrationSource& source, const InfoPage& page,
               const RunOptions& options, const Observer& observer);

// Takes back what is applied after a version (undo.h), the last first, as exactly as apply applies
// it. kUndone | kPlanned (dry_run) | kUpToDate | kContinue | kInvalid | kLocked | kFailed.
RunReport undo(Database& database, MigrationSource& source, const UndoRequest& request,
               const RunOptions& options, const Observer& observer);

// Puts one row of the ledger right as asked (repair.h), under the lock; runs nothing.
// kRepaired | kUpToDate (the row says so already) | kInvalid | kLocked | kFailed.
RunReport repair(Database& database, MigrationSource& source, const RepairRequest& request,
                 const RunOptions& options, const Observer& observer);

// Marks every file up to that version as applied (baseline.h), under the lock; runs nothing.
// kAdopted | kUpToDate (they are marked already) | kInvalid | kLocked | kFailed.
RunReport baseline(Database& database, MigrationSource& source, const std::string& version,
                   const RunOptions& options, const Observer& observer);

}  // namespace engine
