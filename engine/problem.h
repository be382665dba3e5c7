// Something wrong with the migration files, found before anything runs. All are reported at once.
#pragma once

#include <string>

namespace engine {

enum class Severity { kError, kWarning };

struct Problem {
  Severity severity = Severity::kError;
  std::string code;       // stable, kebab-case: "unterminated-string", "duplicate-version", ...
  std::string file;       // "" when the problem is not in one file
  int line = 0;           // 1-based; 0 when it concerns the whole file
  int column = 0;         // 1-based, code points; 0 with line 0
  std::string statement;  // the statement's first line, cut to 200 code points; "" when none
  std::string message;    // what is wrong, one sentence
  std::string hint;       // what to do; for a refused DSQL form the rewrite that works
};

// An error in no file, and in a file.
Problem make_problem(std::string code, std::string message, std::string hint);
Problem make_problem(const std::string& file, std::string code, std::string message,
                     std::string hint);

}  // namespace engine
