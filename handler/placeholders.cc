#include "handler/placeholders.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "engine/near_word.h"
#include "handler/flyway_config.h"
#include "handler/ledger_schema.h"
#include "handler/request_error.h"

namespace handler {
namespace {

constexpr std::array<std::string_view, 10> kFlywayOptions = {
    "baselineMigrationPrefix",      "placeholderPrefix",
    "placeholderSeparator",         "placeholderSuffix",
    "repeatableSqlMigrationPrefix", "sqlMigrationPrefix",
    "sqlMigrationSeparator",        "sqlMigrationSuffixes",
    "undoSqlMigrationPrefix",       "validateMigrationNaming"};

std::string format_time(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

[[noreturn]] void refuse_option(const std::string& key, const std::string& why,
                                const std::string& hint) {
  throw RequestError("flyway", "field 'flyway' has " + key + ", " + why, hint);
}

[[noreturn]] void refuse_unknown(const std::string& key) {
  const auto near = engine::find_near_word(key, kFlywayOptions);
  std::string known;
  for (const auto name : kFlywayOptions) known += (known.empty() ? "" : ", ") + std::string(name);
  refuse_option(key, "which is no setting of it",
                near.empty() ? "it takes " + known : "did you mean " + std::string(near) + "?");
}

bool set_placeholder_option(const std::string& key, const std::string& value,
                            engine::Placeholders* placeholders) {
  if (key == "placeholderPrefix") {
    placeholders->prefix = value;
  } else if (key == "placeholderSuffix") {
    placeholders->suffix = value;
  } else if (key == "placeholderSeparator") {
    placeholders->separator = value;
  } else {
    return false;
  }
  return true;
}

std::string find_default_schema(const std::string& search_path) {
  const auto schema = find_first_schema(search_path);
  return schema.empty() ? "public" : schema;
}

// Of a file of Flyway's its own table, though this function's ledger is another.
std::string find_table(const Request& request) {
  if (!request.history.table.empty()) return request.history.table;
  const auto& config = request.config.config;
  const bool flyways = config.ends_with(".conf") || config.ends_with(".toml");
  return flyways ? "flyway_schema_history" : "revisions";
}

}  // namespace

void set_flyway_options(const std::map<std::string, std::string>& options,
                        engine::DirectoryFormat* format) {
  for (const auto& [key, value] : options) {
    const bool known = std::binary_search(kFlywayOptions.begin(), kFlywayOptions.end(), key);
    if (!known) refuse_unknown(key);
    if (value.empty()) refuse_option(key, "which is empty", "leave it out for Flyway's default");
    if (set_placeholder_option(key, value, &format->placeholders)) continue;
    if (set_flyway_naming(key, value, &format->naming)) continue;
    refuse_option(key, "which is neither true nor false", "write true or false");
  }
}

void add_own_placeholders(const Request& request, std::chrono::system_clock::time_point now,
                          engine::Placeholders* placeholders) {
  const std::pair<const char*, std::string> own[] = {
      {"defaultSchema", find_default_schema(request.target.search_path)},
      {"user", request.target.user},
      {"database", request.target.database},
      {"timestamp", format_time(now)},
      {"table", find_table(request)},
      {"environment", request.config.env.empty() ? "default" : request.config.env},
      {"workingDirectory", "/var/task"},
  };
  for (const auto& [name, value] : own) {
    placeholders->values.emplace("flyway" + placeholders->separator + name, value);
  }
}

}  // namespace handler
