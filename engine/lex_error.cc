#include "engine/lex_error.h"

#include <algorithm>
#include <string>

#include "engine/excerpt.h"

namespace engine {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The word at `offset`, for a message; cut where a name would be too long to read.
std::string word_at(std::string_view text, std::size_t offset, std::string_view stop) {
  const std::size_t end = std::min(text.find_first_of(stop, offset + 1), text.size());
  return std::string(take_code_points(text.substr(offset, end - offset), 40));
}

// The source line with a caret under its byte `offset`. A long line is cut to a window about it.
std::string make_caret(std::string_view text, std::size_t offset) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kWindow = 120;
  std::size_t start = offset;
  std::size_t points = 0;
  while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r' && points < kBefore) {
    --start;
    if (!is_continuation(text[start])) ++points;
  }
  const bool cut = start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r';
  const std::size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
  const std::string_view line = take_code_points(text.substr(start, end - start), kWindow);
  std::string caret = (cut ? "..." : "") + std::string(line) + "\n" + (cut ? "   " : "");
  for (std::size_t i = start; i < offset; ++i) {
    if (text[i] == '\t')
      caret += '\t';
    else if (!is_continuation(text[i]))
      caret += ' ';
  }
  return caret + "^";
}

std::string psql_message(std::string_view text, std::size_t offset) {
  const std::string command = word_at(text, offset, " \t\r\n\f\v;\\'\"");
  if (command == "\\.") return "\\. ends data of COPY FROM STDIN, which only psql can send";
  return command + " is a command of psql, not SQL";
}

std::string make_message(LexFault fault, std::string_view text, std::size_t offset) {
  switch (fault) {
    case LexFault::kString:
      return "this string has no closing '";
    case LexFault::kQuotedName:
      return "this quoted name has no closing \"";
    case LexFault::kComment:
      return "this comment has no closing */";
    case LexFault::kDollarString:
      return "this dollar-quoted string has no closing " + word_at(text, offset, "$") + "$";
    case LexFault::kPsqlCommand:
      return psql_message(text, offset);
    case LexFault::kNotClosed:
      return std::string("this ") + text[offset] + " is never closed";
    case LexFault::kClosesNothing:
      return std::string("this ") + text[offset] + " closes nothing";
    case LexFault::kBlock:
      return "this BEGIN ATOMIC has no END";
    case LexFault::kNone:
      break;
  }
  return "";
}

std::string_view code_of(LexFault fault) {
  switch (fault) {
    case LexFault::kString:
      return "unterminated-string";
    case LexFault::kQuotedName:
      return "unterminated-quoted-name";
    case LexFault::kDollarString:
      return "unterminated-dollar-quote";
    case LexFault::kComment:
      return "unterminated-comment";
    case LexFault::kPsqlCommand:
      return "psql-command";
    case LexFault::kNotClosed:
    case LexFault::kClosesNothing:
      return "unbalanced-parenthesis";
    case LexFault::kBlock:
      return "unterminated-block";
    case LexFault::kNone:
      break;
  }
  return "";
}

}  // namespace

LexError make_lex_error(LexFault fault, std::string_view text, std::size_t offset, int line,
                        int column) {
  return {std::string(code_of(fault)), make_message(fault, text, offset), line, column,
          make_caret(text, offset)};
}

std::string_view lex_error_hint(std::string_view code) {
  if (code == "unterminated-string") {
    return "Close the string; a quote inside it is written twice (''), a backslash is itself "
           "unless "
           "the string starts with E.";
  }
  if (code == "unterminated-quoted-name") return "Close the name; a \" inside it is written twice.";
  if (code == "unterminated-dollar-quote") {
    return "Close it with the same tag, in the same upper and lower case.";
  }
  if (code == "unterminated-comment")
    return "Close it; comments nest, so each /* needs its own */.";
  if (code == "unbalanced-parenthesis") return "Add or remove a parenthesis.";
  if (code == "unterminated-block") return "Close the body with END.";
  return "Keep plain SQL in migration files: write rows with INSERT, and leave connections, "
         "variables and includes to the caller.";
}

}  // namespace engine
