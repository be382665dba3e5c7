// The settings of Flyway's flyway.conf and flyway.toml that concern this function.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/format.h"
#include "handler/request_error.h"

namespace handler {

struct FlywayConfig {
  std::string environment = "default";
  std::string url;  // as written: "jdbc:postgresql://host/db", "jdbc:aws-wrapper:..."; "" for none
  std::string user;
  std::string password;
  std::vector<std::string> locations;
  std::vector<std::string> schemas;
  std::string default_schema;
  std::string table = "flyway_schema_history";
  std::string target;  // a version, "latest", "current", "next"; "" for none
  std::string baseline_version = "1";
  std::optional<bool> out_of_order;
  std::optional<bool> validate_on_migrate;
  std::optional<bool> execute_in_transaction;
  std::vector<std::string> ignored_migrations;  // "*:missing", "versioned:ignored"
  bool placeholder_replacement = true;
  std::string placeholder_prefix = "${";
  std::string placeholder_suffix = "}";
  std::string placeholder_separator = ":";
  std::map<std::string, std::string> placeholders;
  engine::FlywayNaming naming;
  // By the event's field, what is there and empty: nothing else may stand in its place unasked.
  std::map<std::string, RequestError> refused;
  std::vector<std::string> passed_over;  // keys that are set and have no meaning here, sorted
};

struct FlywaySource {
  std::string name;  // "flyway.conf", for messages
  std::string text;
  std::string environment;  // of a .toml; "" for the one it names itself, else "default"
  std::function<std::string(const std::string&)> getenv;  // "" for a variable that is not set

  bool is_toml() const { return name.ends_with(".toml"); }
};

// A .toml by its name, else a .conf. An environment variable is ${NAME} in a .conf's values, and
// ${env.NAME} in those of a .toml's environments. Throws RequestError naming the field "config",
// with FILE:LINE, for a value of the wrong type and for what is no TOML or uses what is not read of
// it (multi-line strings, dates, arrays of tables, other resolvers than env); "env"
// for an environment that the file does not have.
FlywayConfig read_flyway_config(const FlywaySource& source);

// One of Flyway's keys about the names of files, as sqlMigrationPrefix; false for any other, and
// for a value that is none of its.
bool set_flyway_naming(std::string_view key, const std::string& value,
                       engine::FlywayNaming* naming);

// TOML as "table.key" and values as text, arrays joined with ','. Private to flyway_config's files.
struct FlywaySetting {
  std::string key;
  std::string value;
  int line = 1;
};
std::vector<FlywaySetting> parse_flyway_toml(const FlywaySource& source);

// RequestError "config", "FILE:LINE: MESSAGE", and what throws it.
RequestError make_flyway_error(const FlywaySource& source, int line, const std::string& message,
                               const std::string& hint = "");
[[noreturn]] void refuse_flyway(const FlywaySource& source, int line, const std::string& message,
                                const std::string& hint = "");

}  // namespace handler
