// The ledger: which migration is applied, how far, since when, by whom. The tables are a documented
// format (engine/README.md). Every write also checks the lock's fence (lock.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/deadline.h"
#include "engine/dialect.h"

namespace engine {

// A ledger row. Times are the server's, ISO 8601 UTC ("2026-11-21T03:04:05.678Z"), "" for NULL.
struct Revision {
  std::string version;
  std::string description;
  std::string kind = "versioned";  // later also baseline, repeatable, undo
  std::string checksum;
  std::vector<std::string> statement_hashes;  // of the file as it was when last run
  int total = 0;                   // statements in the file
  int applied = 0;                 // of them, done and recorded; total == applied: complete
  int in_doubt = 0;                // 1-based statement whose outcome is unknown, 0 for none
  std::vector<std::string> job_ids;  // asynchronous jobs submitted and not yet settled
  std::string started_at;
  std::string finished_at;         // "" until complete
  long long execution_ms = 0;
  std::string error;               // of the last attempt, "" when it did not fail
  std::string error_statement;
  std::string error_sqlstate;
  std::string applied_by;          // RunOptions::owner
  std::string source;              // Migration::location
  std::string source_version;

  bool complete() const { return applied == total && in_doubt == 0 && job_ids.empty() &&
                                 !finished_at.empty(); }
};

}  // namespace engine
