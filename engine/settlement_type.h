// Type names as written, and as pg_type has them.
#pragma once

#include <optional>
#include <string>

#include "engine/settlement_question.h"

namespace engine::settlement {

struct TypeName {
  std::string name;  // pg_type.typname: "int4", "_text" for an array; a schema is left out
  std::optional<int> modifier;  // atttypmod; nullopt: not to be compared
  bool serial = false;          // serial family: NOT NULL and a default come with it
};

// Consumes a type: aliases of the SQL standard, modifiers, array bounds. nullopt when none stands
// here or it cannot be known (%TYPE). PostgreSQL documentation, "Data Types", table of aliases.
std::optional<TypeName> accept_type_name(TokenReader& reader, Dialect dialect);

// The argument types by which a routine is told from others of its name: those of IN, INOUT and
// VARIADIC arguments. `arguments` stands at the opening parenthesis. nullopt when one is not known.
std::optional<std::vector<std::string>> accept_argument_types(TokenReader& arguments,
                                                              Dialect dialect);

}  // namespace engine::settlement
