// Directives: comments that say how a file, or the statement below them, is to be run. Pure; the
// list is in engine/README.md, and the table of them in directives.cc.
//
//   -- migrate:transaction none    in a comment of its own, before the first statement
//   -- migrate:batch               directly before a statement, without an empty line between
//
// A comment that begins with migrate: and is none of them is an error, so that a slip of the pen
// never makes a file run in another way than was meant. Atlas' own (-- atlas:txmode,
// -- atlas:delimiter, -- atlas:checkpoint) are read too; its others change nothing here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/problem.h"
#include "engine/statement.h"

namespace engine {

struct Token;

// PostgreSQL: whether a file is one transaction. On Aurora DSQL it never is.
enum class TransactionMode { kFile, kNone };

struct Directives {
  std::optional<TransactionMode> transaction;  // nullopt when the file does not say
  bool checkpoint = false;                     // Atlas: it stands for all files before it
  std::vector<Problem> problems;               // Problem::file is the caller's to fill in
};

// `tokens` are all of `text`, comments among them, and `statements` those cut from it, whose
// directives are set. A comment inside a literal is no token, and so no directive.
Directives read_directives(std::string_view text, const std::vector<Token>& tokens,
                           std::vector<Statement>& statements);

// Of "-- atlas:delimiter X" on the first line: X, with \n, \r and \t for what they stand for, and
// \r\n as \n, which stands for both line ends. "" for none.
std::string find_delimiter(std::string_view text);

}  // namespace engine
