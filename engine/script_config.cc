#include "engine/script_config.h"

#include <algorithm>

#include "engine/properties.h"

namespace engine {
namespace {

bool is_word(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char c, char wanted) {
                      return (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) == wanted;
                    });
}

std::optional<bool> parse_bool(std::string_view text) {
  if (is_word(text, "true")) return true;
  if (is_word(text, "false")) return false;
  return std::nullopt;
}

Problem make_problem(const std::string& file, const Property& property, std::string message,
                     std::string hint) {
  Problem problem;
  problem.code = "script-config";
  problem.file = file;
  problem.line = property.line;
  problem.column = 1;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

}  // namespace

ScriptConfig parse_script_config(std::string_view text, const std::string& file) {
  ScriptConfig config;
  const auto refuse = [&](const Property& property, const std::string& message,
                          const std::string& hint) {
    config.problems.push_back(make_problem(file, property, message, hint));
  };
  for (const Property& property : parse_properties(text)) {
    const std::optional<bool> value = parse_bool(property.value);
    if (property.key == "executeInTransaction" && value) {
      config.execute_in_transaction = value;
    } else if (property.key == "placeholderReplacement" && value) {
      config.placeholder_replacement = value;
    } else if (property.key == "encoding") {
      if (is_word(property.value, "utf-8") || is_word(property.value, "utf8")) continue;
      refuse(property, "encoding " + property.value + " is not read", "Save the file as UTF-8.");
    } else if (property.key == "shouldExecute") {
      if (value.value_or(false)) continue;
      refuse(property, "shouldExecute is '" + property.value + "'; only true is taken",
             "Remove it, or take the migration out of this environment's files.");
    } else if (property.key == "executeInTransaction" || property.key == "placeholderReplacement") {
      refuse(property, property.key + " is '" + property.value + "'", "Write true or false.");
    } else {
      refuse(property, "the setting '" + property.key + "' is not known",
             "Known are executeInTransaction, placeholderReplacement, encoding and shouldExecute.");
      config.problems.back().severity = Severity::kWarning;
    }
  }
  return config;
}

}  // namespace engine
