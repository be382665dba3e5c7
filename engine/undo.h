// Which applied migrations an undo takes back, and with which files. Pure; migrator.h has the
// command, plan.h makes steps of it.
//
// A migration that is being taken back has its ledger row turned into one of kind undo, with the
// undo file's statements: half-way it says how far the undo is, complete that the version is not
// applied any more.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/listing.h"
#include "engine/problem.h"

namespace engine {

struct UndoRequest {
  // It stays, with all before it, and has to be applied. "": only the last applied version is taken
  // back. kUndoAll: nothing stays.
  std::string to_version;
  bool dry_run = false;
};
inline constexpr const char* kUndoAll = "none";

struct UndoChoice {
  struct File {
    Listing::File listed;  // with the version as the ledger spells it
    const Revision* row;   // of an undo that is under way, else nullptr
  };
  std::optional<Format> format;   // of the files
  std::vector<Problem> problems;  // refused: every reason
  std::vector<File> files;        // in the order they run: the last version first
  std::string stays;              // the highest applied version that does, "" for none
};

// The revisions are in version order and outlive what is returned. Refused: a version that is not
// applied to go back to; one in the way that has no undo file, or several, or is partly applied.
UndoChoice choose_undo(const Listing& listing, const std::vector<Revision>& revisions,
                       const std::string& to_version);

// The highest version that is applied, when those of `without` are not; "" for none.
std::string find_current_version(const std::vector<Revision>& revisions,
                                 std::span<const std::string> without = {});

// Of a version that is half taken back: what every command but undo says.
Problem make_undo_under_way(const Revision& revision);

}  // namespace engine
