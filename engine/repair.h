// The ledger put right by hand: one statement marked as done or not done, or a file's edit
// accepted, but not of a statement that is begun with: done in part, or with a job that is not
// settled. Of a version that is half taken back the statements are those of its undo file. A pure
// decision; migrator.h has the command.
#pragma once

#include <optional>
#include <string>

#include "engine/directory.h"
#include "engine/ledger.h"
#include "engine/problem.h"

namespace engine {

struct RepairRequest {
  enum class Outcome {
    kDone,      // the statement has taken effect: it is not sent (again)
    kNotDone,   // it has not: it is sent by the next run
    kChecksum,  // what is applied of the file is as the file says now
  };
  // "": of every file that was edited (kChecksum) or that failed (kNotDone); the command's own
  // affair, a decision is about one.
  std::string version;
  int statement = 0;  // from 1; not with kChecksum, nor without a version
  Outcome outcome = Outcome::kDone;
  // kDone, kNotDone: although the applied part of the file was edited, which is accepted with it;
  // kNotDone: also of the last statement recorded as done, which is sent again then.
  bool force = false;
};

struct RepairDecision {
  std::optional<Problem> problem;  // refused: why, and what is possible now
  Revision revision;               // the row as it has to be
  bool complete = false;           // it ends the file: finished_at is set, unless it was
  bool changes = false;            // false: the row says so already
};

// `row`: the ledger's of that version, nullptr for none; `file`: the file of that version, its
// statements known; nullptr for none.
RepairDecision decide_repair(const RepairRequest& request, const Migration* file,
                             const Revision* row);

// Refused: nothing of a version that has no row is ever run up to where the database began.
Problem make_below_baseline(const std::string& version, const std::string& baseline);

// The statement that a failure in the row is of: whose job failed, else the next.
int find_failed_statement(const Revision& row);

}  // namespace engine
