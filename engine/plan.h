// What a run will do, as a value: made from files and ledger alone, without a database. A dry run
// prints it; the executor (executor.h) runs it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/dialect.h"
#include "engine/directory.h"
#include "engine/ledger.h"
#include "engine/problem.h"

namespace engine {

// In how many transactions a statement takes effect.
enum class Passes {
  kOne,
  kRounds,  // -- migrate:batch: again and again until it changes no row
  kParts,   // an INSERT of more rows than Aurora DSQL takes in one (insert_parts.h)
};

struct PlannedStatement {
  int number = 1;  // 1-based position in its file
  int line = 1;
  int column = 1;
  std::string hash;
  std::string text;  // as written
  PreparedStatement prepared;
  Passes passes = Passes::kOne;
};

struct Step {
  Migration migration;  // all its statements, their texts left out: `statements` has those that run
  bool resumes = false;         // an earlier run applied a part: `statements` starts after it
  bool first_in_doubt = false;  // the first statement may already have taken effect
  long long progress = 0;       // Revision::progress: of the first statement
  std::vector<PlannedStatement> statements;
};

struct Plan {
  std::vector<Step> steps;        // in the order they run
  std::vector<Problem> problems;  // errors forbid the run; warnings do not
  std::string current_version;    // the highest complete version in the ledger, "" for none
  std::string target_version;     // the highest version in the directory, "" for none
  int already_applied = 0;

  bool has_errors() const;
  int statement_count() const;
};

// The index of the first of the file's and the revision's first `count` statements that is not the
// same in both, nullopt when all are. Without recorded hashes nothing can be compared.
std::optional<std::size_t> find_edit(const Revision& revision, const Migration& migration,
                                     std::size_t count);

// Pending migrations in version order, each statement prepared for the dialect and linted.
// Problems: those of the directory; an applied file whose checksum changed (checksum-mismatch); an
// applied version that has no file any more (missing-file); a pending version below the current
// one (out-of-order); a partly applied file edited before its last applied statement
// (partial-file-edited, the statement named).
Plan make_plan(const MigrationDirectory& directory, const std::vector<Revision>& revisions,
               Dialect dialect);

}  // namespace engine
