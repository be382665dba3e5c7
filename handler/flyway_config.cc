#include "handler/flyway_config.h"

#include <algorithm>

#include "engine/properties.h"
#include "handler/request_error.h"

namespace handler {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = trimmed(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

// ${NAME} is the variable's value, as often as it stands there; one that is not set is nothing.
std::string with_environment(std::string_view text, const FlywaySource& source) {
  std::string out;
  while (true) {
    const std::size_t start = text.find("${");
    const std::size_t end = text.find('}', start == std::string_view::npos ? start : start + 2);
    if (start == std::string_view::npos || end == std::string_view::npos) {
      return out + std::string(text);
    }
    out += text.substr(0, start);
    out += source.getenv(std::string(text.substr(start + 2, end - start - 2)));
    text.remove_prefix(end + 1);
  }
}

std::optional<bool> find_bool(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (value == "true" || value == "false") return value == "true";
  return std::nullopt;
}

bool parse_bool(const FlywaySource& source, const FlywaySetting& setting) {
  if (const auto value = find_bool(setting.value)) return *value;
  refuse_flyway(source, setting.line, setting.key + " is neither true nor false");
}

// The key without "flyway." or "environments.NAME.", "" for one of another environment.
std::string_view local_key(std::string_view key, const std::string& environment) {
  const std::string own = "environments." + environment + ".";
  for (const std::string& prefix : {std::string("flyway."), own}) {
    if (key.starts_with(prefix)) return key.substr(prefix.size());
  }
  return "";
}

bool apply_text(std::string_view key, const std::string& value, FlywayConfig& config) {
  const std::map<std::string_view, std::string*> texts = {
      {"url", &config.url},
      {"user", &config.user},
      {"password", &config.password},
      {"defaultSchema", &config.default_schema},
      {"table", &config.table},
      {"target", &config.target},
      {"baselineVersion", &config.baseline_version},
      {"placeholderPrefix", &config.placeholder_prefix},
      {"placeholderSuffix", &config.placeholder_suffix}};
  const auto found = texts.find(key);
  if (found == texts.end()) return false;
  *found->second = value;
  return true;
}

bool apply_list(std::string_view key, const std::string& value, FlywayConfig& config) {
  if (key == "locations") {
    config.locations = split_list(value);
  } else if (key == "schemas") {
    config.schemas = split_list(value);
  } else {
    return false;
  }
  return true;
}

bool apply_flag(const FlywaySource& source, std::string_view key, const FlywaySetting& setting,
                FlywayConfig& config) {
  if (key == "outOfOrder") {
    config.out_of_order = parse_bool(source, setting);
  } else if (key == "validateOnMigrate") {
    config.validate_on_migrate = parse_bool(source, setting);
  } else if (key == "validateMigrationNaming") {
    config.naming.validate_migration_naming = parse_bool(source, setting);
  } else if (key == "placeholderReplacement") {
    config.placeholder_replacement = parse_bool(source, setting);
  } else {
    return false;
  }
  return true;
}

void apply(const FlywaySource& source, std::string_view key, const FlywaySetting& setting,
           FlywayConfig& config) {
  constexpr std::string_view kPlaceholder = "placeholders.";
  if (key.starts_with(kPlaceholder)) {
    config.placeholders[std::string(key.substr(kPlaceholder.size()))] = setting.value;
    return;
  }
  if (apply_text(key, setting.value, config) || apply_list(key, setting.value, config) ||
      apply_flag(source, key, setting, config) ||
      set_flyway_naming(key, setting.value, &config.naming)) {
    return;
  }
  config.passed_over.push_back(setting.key);
}

std::vector<FlywaySetting> parse_conf(const FlywaySource& source) {
  std::vector<FlywaySetting> settings;
  for (engine::Property& property : engine::parse_properties(source.text)) {
    settings.push_back({std::move(property.key), std::move(property.value), property.line});
  }
  return settings;
}

std::string choose_environment(const FlywaySource& source,
                               const std::vector<FlywaySetting>& settings) {
  if (!source.environment.empty()) return source.environment;
  const auto named = std::find_if(settings.begin(), settings.end(), [](const FlywaySetting& s) {
    return s.key == "flyway.environment";
  });
  return named == settings.end() ? "default" : named->value;
}

void check_environment(const FlywaySource& source, const std::vector<FlywaySetting>& settings) {
  const std::string prefix = "environments." + source.environment + ".";
  if (source.environment.empty()) return;
  if (std::any_of(settings.begin(), settings.end(),
                  [&](const FlywaySetting& setting) { return setting.key.starts_with(prefix); })) {
    return;
  }
  throw RequestError("env", source.name + " has no environment '" + source.environment + "'",
                     "it would be a table [environments." + source.environment + "]");
}

}  // namespace

bool set_flyway_naming(std::string_view key, const std::string& value,
                       engine::FlywayNaming* naming) {
  const std::map<std::string_view, std::string*> texts = {
      {"sqlMigrationPrefix", &naming->sql_migration_prefix},
      {"repeatableSqlMigrationPrefix", &naming->repeatable_sql_migration_prefix},
      {"undoSqlMigrationPrefix", &naming->undo_sql_migration_prefix},
      {"baselineMigrationPrefix", &naming->baseline_migration_prefix},
      {"sqlMigrationSeparator", &naming->sql_migration_separator}};
  if (const auto found = texts.find(key); found != texts.end()) {
    *found->second = value;
  } else if (key == "sqlMigrationSuffixes") {
    naming->sql_migration_suffixes = split_list(value);
  } else if (const auto flag = find_bool(value); flag && key == "validateMigrationNaming") {
    naming->validate_migration_naming = *flag;
  } else {
    return false;
  }
  return true;
}

void refuse_flyway(const FlywaySource& source, int line, const std::string& message,
                   const std::string& hint) {
  throw RequestError("config", source.name + ":" + std::to_string(line) + ": " + message, hint);
}

FlywayConfig read_flyway_config(const FlywaySource& source) {
  const bool toml = source.name.ends_with(".toml");
  std::vector<FlywaySetting> settings = toml ? parse_flyway_toml(source) : parse_conf(source);
  if (toml) check_environment(source, settings);
  const std::string environment = choose_environment(source, settings);
  FlywayConfig config;
  for (FlywaySetting& setting : settings) {
    const std::string_view key = local_key(setting.key, environment);
    if (key.empty() || key == "environment") continue;
    setting.value = with_environment(setting.value, source);
    apply(source, key, setting, config);
  }
  std::sort(config.passed_over.begin(), config.passed_over.end());
  return config;
}

}  // namespace handler
