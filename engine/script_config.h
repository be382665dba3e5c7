// The file NAME.sql.conf that Flyway reads beside a migration NAME.sql.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/problem.h"

namespace engine {

struct ScriptConfig {
  std::optional<bool> execute_in_transaction;
  std::optional<bool> placeholder_replacement;
  std::vector<Problem> problems;  // a setting that is unknown (a warning), or cannot be kept to
};

// `file` is the .conf file's name, for the problems.
ScriptConfig parse_script_config(std::string_view text, const std::string& file);

}  // namespace engine
