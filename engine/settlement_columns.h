// The columns a statement gives a new relation, read from its text, against those in the catalog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/settlement_question.h"
#include "engine/settlement_type.h"

namespace engine::settlement {

// Whether an element of CREATE TABLE, or what stands behind ADD, is a constraint of the table.
bool is_table_constraint(const TokenReader& element);

// What stands behind a column's type.
struct ColumnTraits {
  bool not_null = false;
  std::optional<bool> has_default = false;  // nullopt for DEFAULT NULL, which is stored or not
  char identity = 0;                        // 'a' ALWAYS, 'd' BY DEFAULT
  bool generated = false;                   // GENERATED ALWAYS AS (...) STORED
};
ColumnTraits read_column_traits(TokenReader behind_type, const TypeName& type);

// "a" and "d" of GENERATED { ALWAYS | BY DEFAULT }; 0 for anything else.
char read_identity(TokenReader generated);

// Condition: the relation o has the columns of this list, "(a int, LIKE b)", in its order, with
// their types where all are known; with `inherits` only its own are looked at. "false" when it
// cannot be told from the text.
std::string has_elements(Question& question, TokenReader list, bool inherits);
// The same of a list of bare names, "(a, b)".
std::string has_names(Question& question, TokenReader list);

// Condition: the relation o has the columns this query gives: `names` (empty for none written)
// first, then those of the select list. "false" when they cannot be told from the text.
std::string has_query_columns(Question& question, const std::vector<std::string>& names,
                              TokenReader query);

// The plain names of a list "(a, b)".
std::vector<std::string> read_names(TokenReader list);

}  // namespace engine::settlement
