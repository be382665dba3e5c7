// The rows of another tool's history, one shape for all four. The columns are those of
// aws-aurora 72600db, Atlas a5e0aec (cmd/atlas), Flyway 13 and sequelize-cli 6 (umzug).
#pragma once

#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/foreign_history.h"

namespace engine {

struct ForeignRow {
  std::string version;  // as the tool has it; "" for Flyway's repeatable ones; sequelize: a file
  std::string description;  // "" for sequelize
  std::string type;         // Flyway's; "BASELINE" of Atlas too; else "SQL"
  std::string checksum;     // Flyway's number, Atlas's hash; "" for none
  int applied = 1;          // of `total`, in the tool's own pieces: the whole file when equal
  int total = 1;
  bool failed = false;                      // Flyway: the last word on it is a failure
  bool resolved = false;                    // Atlas: somebody marked it (migrate set)
  std::string error;                        // of the statement after `applied`
  std::vector<std::string> partial_hashes;  // Atlas, of each of the first `applied` statements
  std::string applied_at;                   // ISO 8601 UTC, "" when not known
  long long execution_ms = 0;
  std::string by;  // the tool, and who or what it says had it applied

  friend bool operator==(const ForeignRow&, const ForeignRow&) = default;
};

// In the order the tool would read them in.
Query make_read_rows(const ForeignHistory& history);
// Without those that stand for no migration: Flyway's SCHEMA and lock rows, Atlas's cloud id.
std::vector<ForeignRow> parse_rows(ForeignTool tool, const ResultSet& result);

}  // namespace engine
