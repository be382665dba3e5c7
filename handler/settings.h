// What a configuration file of another tool says, as the event would say it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/problem.h"
#include "handler/request_error.h"

namespace handler {

struct Settings {
  std::string name;                           // of the file, for messages: "atlas.hcl"
  std::map<std::string, std::string> fields;  // by the event's names, as text
  std::string history_schema;  // which schema has the tool's own history; "" if unsaid
  std::string history_key;     // what the file calls the field "history"
  // What the file says of a field and cannot be kept to: thrown unless the event gives the field.
  std::map<std::string, RequestError> refused;
  std::vector<engine::Problem> warnings;  // what has no meaning here, though the file sets it

  void refuse(const std::string& field, const std::string& message, const std::string& hint);
  void warn(std::string message, std::string hint = {});
};

// Which file, and what the caller says to it.
struct ConfigChoice {
  std::string config;                            // as the event has it; "" for none
  std::string env;                               // "" for the only one, or the one it names itself
  std::map<std::string, std::string> variables;  // of an .hcl, as text
  std::string source;                            // of the event, else the environment; "" for none
};

// Throws RequestError naming the field "config", "env" or "variables", and runtime::Error (S3).
using SettingsReader = std::function<Settings(const ConfigChoice&)>;

}  // namespace handler
