// Routines are told apart by the types of their arguments.
#pragma once

#include <optional>
#include <string>

#include "engine/settlement_question.h"

namespace engine::settlement {

struct RoutineName {
  ObjectName name;
  std::string signature;  // condition on o; "" when no arguments were written
  bool known = true;      // false: an argument's type could not be read, `signature` is ""
};

// name [(arguments)]
std::optional<RoutineName> accept_routine_name(TokenReader& statement, Question& question);

}  // namespace engine::settlement
