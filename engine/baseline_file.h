// Files that stand for all before them: Flyway's baseline migrations (B5__x.sql). A database on
// which nothing was applied begins with the newest one; any other goes on without them.
#pragma once

#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/listing.h"

namespace engine {

// The ledger's row of the one this database began with, complete or not; nullptr for none.
const Revision* find_baseline_file(const std::vector<Revision>& revisions);

// No version up to that one runs without a row: that file's, or where the database began
// (baseline.h), the higher one; "" for none.
std::string find_baseline(const std::vector<Revision>& revisions);

// Brings the one that counts from Listing::baselines to the listing's files and leaves out the
// versioned ones it stands for: up to its version, but those that have a row. On an empty ledger
// it is the newest not above `until` ("" for any); later the one whose row is there. The revisions
// are in version order.
void choose_baseline_file(Listing* listing, const std::vector<Revision>& revisions,
                          const std::string& until = "");

}  // namespace engine
