// How a run ended: always a value once the first statement was sent, never a bare exception.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/info.h"
#include "engine/plan.h"
#include "engine/problem.h"

namespace engine {

enum class Status {
  kUpToDate,  // nothing to do
  kApplied,   // everything that was pending is applied
  kContinue,  // the budget ended between statements: run again
  kPending,   // status: migrations are waiting to be applied
  kPlanned,   // plan: what apply would do
  kValid,     // validate: the files have no errors
  kUndone,    // undo: everything that was to be taken back is
  kRepaired,  // repair: the ledger was changed as asked
  kAdopted,   // baseline: files are marked as applied, nothing was run
  kInvalid,   // the files have errors: nothing was sent
  kLocked,    // another run holds the lock
  kFailed,    // a statement, the connection or the ledger failed
};

// "UP_TO_DATE", "APPLIED", ...
const char* to_string(Status status);

struct MigrationResult {
  std::string version;
  std::string description;
  std::string file;
  int statements = 0;  // run by this run
  int total = 0;       // in the file
  bool complete = false;
  bool out_of_order = false;  // a later version was applied before it
  std::chrono::milliseconds duration{0};
  MigrationKind kind = MigrationKind::kVersioned;
};

// A statement that was not run: what it makes is there already (existing.h).
struct ToleratedStatement {
  std::string version;
  std::string file;
  int line = 0;
  int column = 0;
  int statement_number = 0;
  std::string statement;  // cut as in a Failure
  std::string object;
};

struct PendingMigration {
  std::string version;
  std::string description;
  std::string file;
  int applied = 0;  // statements already done
  int total = 0;
  long long progress = 0;  // of the next one: rounds of a batch, or rows of an INSERT that are in
  MigrationKind kind = MigrationKind::kVersioned;
};

struct Failure {
  std::string code;     // stable, kebab-case: "statement-failed", "connection-lost", ...
  std::string message;  // one sentence a person understands
  std::string hint;     // what to do next
  std::string version;  // "" when no migration is concerned
  std::string file;
  int line = 0;
  int column = 0;            // the server's error position when it gave one, else the statement
  int statement_number = 0;  // 1-based in the file
  std::string statement;     // its first line, cut to 200 code points
  std::string sqlstate;
  std::string detail;
  bool in_doubt = false;  // the statement may have taken effect
};

struct LockHolder {
  std::string owner;
  std::string since;    // ISO 8601 UTC
  std::string expires;  // ISO 8601 UTC
};

struct JobReport {
  std::string job_id;
  std::string state;   // submitted, processing, completed, failed, vanished
  std::string object;  // "schema.index" or "table.constraint"
  std::string version;
  std::string details;
};

// One row of the ledger, as far as a repair changes it.
struct RepairState {
  int applied = 0;
  int total = 0;
  int in_doubt = 0;  // 0 for none
  bool complete = false;
  std::string checksum;
  std::string error;
};

struct RepairReport {
  std::string version;
  std::string file;
  int statement = 0;  // 0: of the whole file
  int line = 0;       // of the statement, and its text cut as in a Failure
  int column = 0;
  std::string text;
  std::string outcome;  // "done", "notDone", "checksum"
  RepairState before;
  RepairState after;
  bool changed = false;
};

// A file of which another tool has done so many statements, from the first.
struct PartlyMarked {
  std::string version;
  int applied = 0;
  int total = 0;
};

// Files marked as applied that no run of ours applied.
struct AdoptReport {
  int marked = 0;             // by this run, as a whole; 0 when the ledger had them
  std::string first_version;  // of the files concerned, marked now or before
  std::string last_version;
  std::string tool;   // whose history it was, "Flyway", and in which table, "public"."...";
  std::string table;  // "" of a baseline
  std::vector<PartlyMarked> partial = {};  // by this run
};

// The text of atlas.sum, as hash made it.
struct SumReport {
  std::string text;
  int files = 0;           // that have an entry
  std::string written_to;  // "" when it was not written
};

struct RunReport {
  Status status = Status::kFailed;
  std::string current_version;  // after the run
  std::string target_version;
  std::vector<MigrationResult> migrations;  // this run touched, in order
  std::vector<MigrationResult> undone;      // the same of an undo: their undo files
  std::vector<PendingMigration> pending;    // left to do
  std::vector<Problem> problems;
  std::vector<ToleratedStatement> tolerated;  // by this run, in order
  std::vector<JobReport> jobs;                // not settled when the run ended, or failed
  std::optional<Failure> failure;
  std::optional<LockHolder> lock;                    // with kLocked
  std::optional<Plan> plan;                          // with kPlanned
  std::optional<std::vector<RepairReport>> repairs;  // the same of a repair without a version
  std::optional<RepairReport> repair;  // with kRepaired, and kUpToDate when there was nothing to do
  std::optional<AdoptReport> adopted;  // with kAdopted, and kUpToDate when there was nothing to do
  std::optional<SumReport> sum;        // of hash
  std::optional<InfoReport> info;
  bool undoes = false;     // of an undo; target_version is then the version that stays
  bool went_back = false;  // kUpToDate: the files are an earlier release, nothing was done
  int already_applied = 0;
  int statements_applied = 0;
  int retries = 0;
  int round_trips = 0;
  int commits = 0;
  std::chrono::milliseconds job_wait{0};
  std::chrono::milliseconds duration{0};
};

}  // namespace engine
