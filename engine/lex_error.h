// The wording of lexing and splitting errors, and the two lines that show the place.
#pragma once

#include <string_view>

#include "engine/lexer.h"

namespace engine {

enum class LexFault {
  kNone,
  kString,
  kQuotedName,
  kDollarString,
  kComment,
  kPsqlCommand,
  kNotClosed,      // ( or [
  kClosesNothing,  // ) or ]
  kBlock,          // BEGIN ATOMIC without END
};

// `offset` is the byte in `text` the fault is reported at, on `line` and `column`.
LexError make_lex_error(LexFault fault, std::string_view text, std::size_t offset, int line,
                        int column);

// What to do about an error of this code (LexError::code), one sentence.
std::string_view lex_error_hint(std::string_view code);

}  // namespace engine
