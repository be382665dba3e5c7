// SQL text to tokens to statements, by psql's rules (PostgreSQL src/fe_utils/psqlscan.l): strings,
// E'' strings, U&'', dollar quotes, quoted names, nested comments, no split inside parentheses or
// BEGIN ATOMIC ... END bodies. psql's backslash commands and variables are not interpreted.
#pragma once

#include <cstddef>
#include <optional>
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

// The same tokens one at a time, for a text too long for all of them. A copy goes on from where the
// stream is.
class TokenStream {
 public:
  explicit TokenStream(std::string_view text, std::string_view delimiter = {})
      : text_(text), delimiter_(delimiter) {}

  // nullopt at the end, and where lexing has to stop.
  std::optional<Token> next();
  const std::optional<LexError>& error() const { return error_; }

 private:
  bool continues_string() const;
  Token take(TokenKind kind, std::size_t end);
  void skip_space();
  void count_bracket(char c);
  std::size_t delimiter_size(std::size_t at) const;
  void move_to(std::size_t end);
  int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  std::string_view text_;
  std::string_view delimiter_;
  std::optional<LexError> error_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // brackets open
  int line_ = 1;
  std::size_t line_start_ = 0;  // plus one for each byte on the line that no column is counted for
  bool begun_ = false;          // a token was read
  bool escapes_ = false;  // the last token, line comments aside, was a string with escapes ...
  int string_line_ = 0;   // ... that ended on this line
};

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
