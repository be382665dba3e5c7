// How a statement is settled that was sent and whose answer never came: whether it took effect is
// asked of the catalog, or running it again is harmless, or a person has to look. Pure: the text of
// a statement gives a Settlement, the answer to its question gives a verdict.
//
// Nothing is guessed. An object that is there but does not look like what the statement makes, or
// that could as well be an older one, makes the answer kUnclear.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/dialect.h"

namespace engine {

enum class SettleMethod {
  kRerun,    // running it twice is the same as running it once
  kCatalog,  // the question tells
  kRefuse,   // it cannot be settled; a person is asked
};

struct Settlement {
  SettleMethod method = SettleMethod::kRefuse;
  std::string_view form;  // "CREATE TABLE", as in settle_forms()
  std::string_view
      explain;  // what is asked; or why it cannot be settled, and what to check by hand

  // kCatalog only. One SELECT of one row and one text column (SettleVerdict), which needs no
  // privilege, takes no lock and does not fail when an object it names is missing. It has to be
  // asked on a new connection, with the search_path and role the statement was sent with, and only
  // while no later statement has been sent.
  std::string question_sql;
  std::vector<Value> parameters;
  // CREATE INDEX: what the catalog calls it; "" without a name, and then the answer is never
  // kInvalid.
  std::string index_name;

  // kRerun only: SQLSTATEs with which the second run may be refused and which then mean that the
  // first took effect. Empty for nearly all.
  std::vector<std::string_view> already_so;
};

// `sql` is one statement as it was sent (PreparedStatement::sql). A text that cannot be lexed and a
// form nobody knows give kRefuse.
Settlement find_settlement(std::string_view sql, Dialect dialect);

enum class SettleVerdict {
  kDone,     // it took effect
  kNotDone,  // it did not: run it again
  kInvalid,  // CREATE INDEX: the index is there and not valid: being built, or left by a failed
             // build; it is waited for, or dropped and built again
  kUnclear,  // a person is asked
};

// Anything but an answer of the four is kUnclear.
SettleVerdict parse_settle_answer(const ResultSet& answer);

// Every form find_settlement tells apart, for the documentation.
struct SettleForm {
  std::string_view form;
  SettleMethod method;
  std::string_view explain;
};
std::span<const SettleForm> settle_forms();

// The forms as a Markdown table, one line each, a line end after the last.
std::string make_settle_table();

}  // namespace engine
