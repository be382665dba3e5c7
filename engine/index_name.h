// CREATE INDEX without a name: the name the server would give it, chosen ahead, so that it can be
// recorded before the statement goes out and two attempts cannot make two indexes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/database.h"

namespace engine {

class UnnamedIndex {
 public:
  // nullopt for any other statement. `sql` is kept as a copy.
  static std::optional<UnnamedIndex> parse(const std::string& sql);

  // As the catalog would have it: what the server tries after `taken` names that are in use
  // ("a_x_idx", "a_x_idx1" ...; ChooseIndexName in PostgreSQL's indexcmds.c).
  std::string make_name(int taken) const;

  // The statement with that name (as the catalog has it) in its place.
  std::string with_name(const std::string& name) const;

 private:
  std::string sql_;
  std::size_t name_at_ = 0;             // in sql_
  std::string table_;                   // without schema, as the catalog has it
  std::vector<std::string> key_names_;  // of keys and included columns
};

// Which of the names are in use beside the table (as written): a row each.
Query make_find_used_names(const std::string& table_name, std::span<const std::string> names);

}  // namespace engine
