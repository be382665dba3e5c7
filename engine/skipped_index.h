// CREATE INDEX IF NOT EXISTS over an index that a failed build left invalid: it does nothing, and
// says so in a notice only. Where the statement goes out by itself such an index is looked for
// first (StatementRunner); in a transaction this comes behind it.
#pragma once

#include <optional>

#include "engine/database.h"
#include "engine/dialect.h"

namespace engine {

// Refused (Query::Guard, kStatement, with what to do) when the statement found such an index.
// nullopt for any other statement, and for one that cannot be in a transaction.
std::optional<Query> make_skip_check(const PreparedStatement& prepared);

}  // namespace engine
