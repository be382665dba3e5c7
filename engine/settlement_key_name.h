// What the server calls a key of an index in a name that it makes (FigureIndexColname in
// PostgreSQL's src/backend/parser/parse_target.c).
#pragma once

#include <string>

#include "engine/token_reader.h"

namespace engine::settlement {

// The tokens are one entry of the keys: a column, a call, or an expression in parentheses, and what
// stands behind it. "expr" for an expression that has no name.
std::string read_key_name(TokenReader key);

}  // namespace engine::settlement
