// The sequelize way (RunOptions::tolerates_existing): a statement that is refused because what it
// makes is there already counts as done. What is there may be another thing of that name, so each
// case is reported.
#pragma once

#include <optional>
#include <string>

#include "engine/error.h"

namespace engine {

// The name of what the statement makes, as the catalog has it: CREATE of one object, ALTER TABLE
// with ADD of a named column or constraint as its one action, ALTER TYPE ADD VALUE. nullopt for any
// other: refused, it may have left out more than that.
std::optional<std::string> find_made(const std::string& sql);

// The same when the refusal says that this object exists. nullopt when it is of something else that
// the statement would have made besides, as the index of a primary key.
std::optional<std::string> find_existing(const std::string& sql, const Error& error);

}  // namespace engine
