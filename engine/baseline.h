// Files marked as applied that no run of ours applied: the ledger of a database that had its schema
// before. A pure decision; migrator.h has the command.
#pragma once

#include <string>
#include <vector>

#include "engine/directory.h"
#include "engine/ledger.h"
#include "engine/problem.h"

namespace engine {

// The row of a file whose statements have all taken effect, kind "baseline", unless the file is one
// that stands for others (baseline_file.h). Its times are "", which Ledger::adopt takes for now.
Revision make_baseline_row(const Migration& file);

struct BaselineDecision {
  std::vector<Problem> problems;  // refused: every reason
  std::vector<Revision> rows;     // to be written, in version order; none: the ledger has them
};

// `files`: make_baseline_row of each file up to `version`, in version order; `ledger`: in version
// order too. Refused: a version that no file has; rows that say anything but that these files, as
// they are, came before all that the ledger has.
BaselineDecision decide_baseline(const std::string& version, const std::vector<Revision>& files,
                                 const std::vector<Revision>& ledger);

}  // namespace engine
