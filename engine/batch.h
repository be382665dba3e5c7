// Statements under -- migrate:batch: each changes some of the rows it is after, and is run again
// until it changes none; and what becomes one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace engine {

struct BatchFault {
  std::string message;
  std::string hint;
};

// Why a statement cannot be run so; nullopt when it can: UPDATE, DELETE, and INSERT of a query's
// rows, also behind WITH. Whether it ever comes to an end cannot be told from its text, but for an
// UPDATE without WHERE, which never does.
std::optional<BatchFault> find_batch_fault(std::string_view statement);

// What to write instead of a statement that a transaction of Aurora DSQL was too small or too short
// for: the form of it that is run in rounds. `batch`: it is run so already.
std::string make_batch_hint(std::string_view statement, bool batch);

}  // namespace engine
