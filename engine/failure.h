// From an error to what the report says about it: code, place in the file, what to do next.
#pragma once

#include <string>

#include "engine/error.h"
#include "engine/plan.h"
#include "engine/run_report.h"

namespace engine {

struct Place {
  int line = 0;
  int column = 0;
};

// Where the server's error position is in the file. When the statement was sent as it is written
// the position is exact; else the statement's own place.
Place locate(const PlannedStatement& statement, int position);

// Of an error that no statement of a migration is to blame for.
Failure make_failure(const Error& error);

// The same, with the migration named.
Failure make_failure(const Error& error, const Migration& migration);

// Of a statement that was refused, got no answer, or is in doubt.
Failure make_failure(const Error& error, const Migration& migration,
                     const PlannedStatement& statement, bool in_doubt);

// The same of a file that is one transaction: nothing of it is left.
Failure make_rollback_failure(const Error& error, const Migration& migration,
                              const PlannedStatement& statement);

// Of one that counts as done because `object` is there.
ToleratedStatement make_tolerated(const Migration& migration, const PlannedStatement& statement,
                                  std::string object);

// Of one that may have taken effect in an earlier attempt, and `reason` says why nobody can tell.
Failure make_doubt(const std::string& reason, const Migration& migration,
                   const PlannedStatement& statement);

// The ledger's row of a file that failed there.
Revision make_failed_revision(Revision revision, const Failure& failure);

}  // namespace engine
