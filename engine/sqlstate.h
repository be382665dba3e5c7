// The one mapping from a server's SQLSTATE to what the catcher does about it.
#pragma once

#include <string_view>

#include "engine/error.h"

namespace engine {

// PostgreSQL documentation, appendix "PostgreSQL Error Codes"; Aurora DSQL user guide,
// "Concurrency control" (40001, OC000, OC001) and "Troubleshooting" (XX000). An empty or unknown
// code is kStatement: whether the connection is gone as well, the caller knows better.
ErrorKind error_kind_of(std::string_view sqlstate);

// Codes of a statement refused because what it would make is there, or what it would remove is not.
// Only a statement in doubt may read them as "already done".
bool says_exists(std::string_view sqlstate);
bool says_missing(std::string_view sqlstate);

}  // namespace engine
