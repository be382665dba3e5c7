#include <algorithm>

#include "engine/format.h"
#include "engine/format_ending.h"

namespace engine {

NameReading read_atlas_name(std::string_view path) {
  if (path.find('/') != std::string_view::npos || is_hidden(path)) return {};
  const bool lower = path.ends_with(".sql");
  if (!remove_ending(path, ".sql")) return {};
  if (!lower) {
    NameReading reading;
    reading.fault = "the name does not end with .sql in lower case, and Atlas reads no other";
    reading.hint = "Rename it, or move it out of the migrations.";
    return reading;
  }
  MigrationName name;
  if (remove_ending(path, ".down")) {
    name.kind = MigrationKind::kUndo;
  } else {
    remove_ending(path, ".up");
  }
  const std::size_t digits = std::min(path.find_first_not_of("0123456789"), path.size());
  name.version = path.substr(0, digits);
  if (digits > 0 && digits == path.size()) return {name, "", ""};
  if (digits > 0 && path[digits] == '_') {
    name.description = path.substr(digits + 1);
    return {name, "", ""};
  }
  NameReading reading;
  reading.fault = "the name does not begin with a version and an underscore";
  reading.hint =
      "Name it VERSION_description.sql with a version of digits only, for example "
      "20260101120000_add_users.sql, or move it out of the migrations.";
  return reading;
}

}  // namespace engine
