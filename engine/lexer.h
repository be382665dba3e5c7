// SQL text to tokens to statements, by psql's rules (PostgreSQL src/fe_utils/psqlscan.l): strings,
// E'' strings, U&'', dollar quotes, quoted names, nested comments, no split inside parentheses or
// BEGIN ATOMIC ... END bodies. psql's backslash commands and variables are not interpreted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/directives.h"
#include "engine/statement.h"

namespace engine {

enum class TokenKind {
  kWord,          // unquoted identifier or keyword
  kQuotedName,    // "..." or U&"..."
  kString,        // '...', E'...', B'...', X'...', U&'...', N'...'
  kDollarString,  // $tag$...$tag$
  kNumber,
  kParameter,    // $1
  kOperator,     // any run of operator characters, and :: := => ..
  kPunctuation,  // ( ) [ ] , ; . :
  kComment,      // -- to end of line, or /* nested */
  kDelimiter,    // what lex() was given as such
};

struct Token {
  TokenKind kind;
  std::string_view text;  // points into the lexed text
  int line;               // 1-based
  int column;             // 1-based, code points
};

// Where lexing had to stop. what() is one line; caret() shows the source line with a caret under
// it.
struct LexError {
  std::string code;  // "unterminated-string", "unterminated-comment", "unterminated-dollar-quote",
                     // "unterminated-quoted-name", "unterminated-block" (BEGIN ATOMIC),
                     // "unbalanced-parenthesis", "psql-command"
  std::string message;
  int line = 1;
  int column = 1;
  std::string caret;  // two lines: the source line, and the caret under the place
};

struct LexResult {
  std::vector<Token> tokens;
  std::vector<LexError> errors;  // at most one: the first
};

// All tokens, comments included. `text` must outlive the result and be valid UTF-8. `delimiter` is
// a token wherever it stands outside of literals, comments and brackets, behind the first token;
// white space may be in it, and a \n of it is any line end.
LexResult lex(std::string_view text, std::string_view delimiter = {});

struct SplitResult {
  std::vector<Statement> statements;
  std::vector<LexError> errors;
  Directives directives;  // nothing when there are errors
};

// The statements of a file, in order, each classified and hashed, with its directives; empty ones
// (`;;`) left out. With -- atlas:delimiter the file is cut there too.
SplitResult split_statements(std::string_view text);

// True when `text` is well-formed UTF-8; otherwise *bad_offset is the first bad byte.
bool is_valid_utf8(std::string_view text, std::size_t* bad_offset);

}  // namespace engine
