// What a REINDEX CONCURRENTLY that was stopped leaves behind (PostgreSQL documentation, REINDEX,
// "Rebuilding Indexes Concurrently"): the new index, or the old one, invalid and not in use, but
// kept up with every change of the table until somebody drops it.
#pragma once

#include <string>

#include "engine/database.h"

namespace engine {

bool is_reindex_concurrently(const std::string& sql);

// One row with one column: the names of all such indexes, quoted, separated by ", "; or NULL.
Query make_find_leftovers();

}  // namespace engine
