// Every migration there is, of the files and of the ledger, with its state: pure.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/listing.h"
#include "engine/selection.h"
#include "engine/source.h"

namespace engine {

struct MigrationInfo {
  std::string version;  // or the key of a repeatable one (version.h)
  std::string description;
  std::string kind;   // "versioned", "baseline", ... as the ledger has it
  std::string state;  // Flyway's words (make_info)
  std::string file;   // "" when it has none any more
  int applied = 0;    // statements, of a migration that a run has begun with
  int total = 0;
  std::string started_at;  // ISO 8601 UTC; these of the ledger's row, "" without one
  std::string finished_at;
  long long execution_ms = 0;
  std::string applied_by;
  std::string error;
};

// In version order, repeatable ones behind. The states are Flyway's:
//   without a row, or taken back: Pending; Above Target (of the selection); Ignored (below the
//   current version, and not to be applied out of order); Below Baseline; Undone, without a file;
//   with one: Success; Outdated (a repeatable one that is to run again); Baseline (marked as
//   applied, also where no file is); Out of Order (applied after a later version); Failed; In
//   Progress (partly applied and not failed, which Flyway does not know); Missing and Future (its
//   file is gone, below or above the files there are), Failed (Missing), Failed (Future).
// `outdated`: keys of the repeatable files that are not as they were when they last ran.
std::vector<MigrationInfo> make_info(const std::vector<Listing::File>& files,
                                     const std::vector<SourceEntry>& entries,
                                     std::vector<Revision> rows, const Selection& selection = {},
                                     const std::set<std::string>& outdated = {});

// A part of a list that is too long for one answer.
struct InfoPage {
  std::string after;  // begins behind that version, "" at the first
  int limit = 5000;   // migrations, at most
};

struct InfoReport {
  std::vector<MigrationInfo> migrations;  // of the page
  int total = 0;                          // of all pages
  int pending = 0;                        // likewise
  std::string next;                       // InfoPage::after of the next page, "" for the last
};

// `all` is in version order.
InfoReport cut_page(std::vector<MigrationInfo> all, const InfoPage& page);

}  // namespace engine
