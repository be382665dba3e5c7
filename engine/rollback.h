// A directory that is an earlier release than the database: what is left when CloudFormation takes
// an update back, with nothing in the event that says so.
#pragma once

#include <vector>

#include "engine/ledger.h"
#include "engine/plan.h"

namespace engine {

// What apply does with it.
enum class OnRollback {
  kNone,    // nothing special: a partly applied file that is missing is an error
  kIgnore,  // succeeds and changes nothing
  kFail,    // refused
  kUndo,    // says so and changes nothing: the caller has the undo files
};

// The versions whose times tell whether one that is gone from between the others was applied out
// of order by a later release; none when nothing is gone.
std::vector<std::string> find_telling(const Plan& plan);

// Every version in the directory is applied, and the ledger has later ones, complete or not: of a
// higher version, or applied after the last of these files. `telling`: the rows of find_telling.
// False when the files have errors of another kind.
bool goes_backwards(const Plan& plan, const std::vector<Revision>& revisions,
                    const std::vector<Revision>& telling = {});

// The problems to report instead of the plan's: with kFail one more, an error; else no errors.
std::vector<Problem> explain_rollback(const Plan& plan, OnRollback on_rollback);

}  // namespace engine
