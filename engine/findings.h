// What the lint rules found in one statement, and how a finding becomes a problem. Private to the
// lint files.
#pragma once

#include <string>
#include <vector>

#include "engine/capabilities.h"
#include "engine/problem.h"
#include "engine/statement.h"
#include "engine/token_reader.h"

namespace engine {

// The statement's own words for the capability's texts; an empty one gets a general word.
struct FindingWords {
  std::string table;
  std::string column;
  std::string type;
  std::string name;
};

class Findings {
 public:
  Findings(const Statement& statement, const std::string& file)
      : statement_(statement), file_(file) {}

  // Nothing happens when the feature is supported.
  void add(Feature feature, const Token& at, const FindingWords& words = {});
  // A problem on any target.
  void add_problem(std::string code, std::string message, std::string hint, const Token& at);

  // All problems, in the order of their places.
  std::vector<Problem> take();

 private:
  const Statement& statement_;
  const std::string& file_;
  std::vector<Problem> problems_;
};

// The rules. Each reader stands behind the words the name has.
void lint_create_table(TokenReader rest, Findings& findings);
void lint_alter_table(TokenReader rest, Findings& findings);
void lint_create_index(TokenReader statement, Findings& findings);  // at CREATE
void lint_set_config(TokenReader statement, Findings& findings);    // anywhere in it

// A column's or domain's type: the reader stands at it and is moved behind it.
struct ColumnType {
  const Token* first = nullptr;  // nullptr when there is no type
  std::string name;              // the type's first words in lower case, without modifiers
  std::string text;              // as written, tokens joined as a person writes them
  bool array = false;
};
ColumnType accept_type(TokenReader& reader);
// Problems of the type itself: refused, an array, or a serial, for which `serial` is the feature.
void lint_type(const ColumnType& type, Feature serial, FindingWords words, Findings& findings);
// Whether a sequence's options have a CACHE that DSQL takes. One that is no plain number is left to
// the cluster.
bool has_accepted_cache(TokenReader options);

}  // namespace engine
