#include "handler/flyway_config.h"

#include <algorithm>

#include "engine/ascii.h"
#include "engine/lexer.h"
#include "engine/properties.h"
#include "handler/request_error.h"

namespace handler {
namespace {

std::string_view trimmed(std::string_view text) { return engine::trimmed(text, " \t"); }

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

// As Java splits: commas behind the last name are nothing, and an empty element anywhere else is
// one.
bool has_empty_element(std::string_view text) {
  text = trimmed(text);
  const auto last = text.find_last_not_of(',');
  if (last == std::string_view::npos) return !text.empty();
  for (text = text.substr(0, last + 1); !text.empty();) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (trimmed(text.substr(0, comma)).empty()) return true;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return false;
}

// A value with what its references stand for.
struct Resolved {
  std::string text;
  std::string unset;  // the variables that have no value: "A, B"
};

void append_variable(const FlywaySource& source, std::string_view name, Resolved* into) {
  const std::string value = source.getenv(std::string(name));
  into->text += value;
  if (value.empty()) into->unset += (into->unset.empty() ? "" : ", ") + std::string(name);
}

// Of a .toml's environment, ${RESOLVER.KEY}: all else is text. `escaped` is behind one more dollar.
void append_resolved(const FlywaySource& source, const FlywaySetting& setting,
                     std::string_view reference, bool escaped, Resolved* into) {
  const std::string whole = "${" + std::string(reference) + "}";
  const std::size_t dot = std::min(reference.find('.'), reference.size());
  const std::string_view key = trimmed(reference.substr(std::min(dot + 1, reference.size())));
  if (dot == 0 || key.empty() || key.find('.') != std::string_view::npos) {
    into->text += whole;
  } else if (escaped) {
    into->text += whole.substr(1);
  } else if (engine::to_lower(trimmed(reference.substr(0, dot))) == "env" &&
             key.find(':') == std::string_view::npos) {
    append_variable(source, key, into);
  } else {
    refuse_flyway(source, setting.line, setting.key + ": " + whole + " is not read here",
                  "Of Flyway's resolvers it is ${env.NAME}, which is an environment variable.");
  }
}

// In a .conf every ${NAME} is a variable.
Resolved resolve(const FlywaySource& source, const FlywaySetting& setting) {
  Resolved out;
  std::string_view text = setting.value;
  if (const auto inner = trimmed(text);
      source.is_toml() && inner.starts_with("!{") && inner.ends_with('}')) {
    return {std::string(inner.substr(2, inner.size() - 3)), ""};
  }
  while (true) {
    const std::size_t start = text.find("${");
    const std::size_t end = text.find('}', start == std::string_view::npos ? start : start + 2);
    if (start == std::string_view::npos || end == std::string_view::npos) {
      out.text += text;
      return out;
    }
    out.text += text.substr(0, start);
    const std::string_view reference = text.substr(start + 2, end - start - 2);
    if (source.is_toml()) {
      append_resolved(source, setting, reference, start > 0 && text[start - 1] == '$', &out);
    } else {
      append_variable(source, reference, &out);
    }
    text.remove_prefix(end + 1);
  }
}

std::optional<bool> find_bool(const std::string& text) {
  const std::string value = engine::to_lower(text);
  if (value == "true" || value == "false") return value == "true";
  return std::nullopt;
}

bool parse_bool(const FlywaySource& source, const FlywaySetting& setting) {
  if (const auto value = find_bool(setting.value)) return *value;
  refuse_flyway(source, setting.line, setting.key + " is neither true nor false");
}

// A key as the chosen environment has it.
struct LocalKey {
  std::string_view name;     // "" for one of another environment
  bool resolves = false;     // its value may have references
  bool goes_before = false;  // of [environments.NAME.flyway], which goes before [flyway]
};

LocalKey find_local_key(const FlywaySource& source, std::string_view key,
                        const std::string& environment) {
  constexpr std::string_view kFlyway = "flyway.";
  if (key.starts_with(kFlyway)) return {key.substr(kFlyway.size()), !source.is_toml()};
  const std::string own = "environments." + environment + ".";
  if (!key.starts_with(own)) return {};
  key.remove_prefix(own.size());
  if (key.starts_with(kFlyway)) return {key.substr(kFlyway.size()), !source.is_toml(), true};
  return {key, true};
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
      {"placeholderSuffix", &config.placeholder_suffix},
      {"placeholderSeparator", &config.placeholder_separator}};
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
  } else if (key == "ignoreMigrationPatterns") {
    config.ignored_migrations = split_list(value);
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
  } else if (key == "executeInTransaction") {
    config.execute_in_transaction = parse_bool(source, setting);
  } else if (key == "validateMigrationNaming") {
    config.naming.validate_migration_naming = parse_bool(source, setting);
  } else if (key == "placeholderReplacement") {
    config.placeholder_replacement = parse_bool(source, setting);
  } else {
    return false;
  }
  return true;
}

// The event's field for a key that, if it were not there, would be looked for elsewhere.
const char* find_field_of(std::string_view key) {
  constexpr std::pair<std::string_view, const char*> kFields[] = {
      {"url", "target"},       {"user", "target"},          {"password", "target"},
      {"schemas", "target"},   {"defaultSchema", "target"}, {"table", "history"},
      {"locations", "source"}, {"target", "toVersion"}};
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const auto& field) { return field.first == key; });
  return found == std::end(kFields) ? nullptr : found->second;
}

bool is_list(std::string_view key) {
  return key == "locations" || key == "schemas" || key == "ignoreMigrationPatterns" ||
         key == "sqlMigrationSuffixes";
}

std::string describe_unset(const std::string& unset) {
  return unset.empty() ? "" : ": the environment has no value for " + unset;
}

// An empty element means something to Flyway that nobody means: of locations the whole class path,
// of suffixes every file, of schemas one without a name. Whole lists are check_value's.
bool check_elements(const FlywaySource& source, std::string_view key, const FlywaySetting& setting,
                    const std::string& unset, FlywayConfig& config) {
  if (!is_list(key) || !has_empty_element(setting.value)) return true;
  const auto message = setting.key + " has an empty element" + describe_unset(unset);
  const char* field = find_field_of(key);
  if (field == nullptr) refuse_flyway(source, setting.line, message, "Leave it out.");
  config.refused.emplace(
      field, make_flyway_error(source, setting.line, message,
                               "Leave it out, or give the event a " + std::string(field) + "."));
  return false;
}

// False for a value that is not there although the file means one.
bool check_value(const FlywaySource& source, std::string_view key, const FlywaySetting& setting,
                 const std::string& unset, FlywayConfig& config) {
  const bool always = key == "url" || key == "locations";
  const bool lacks = !unset.empty() && (setting.value.empty() || source.is_toml());
  if (!lacks && !(always && setting.value.empty())) return true;
  const char* field = find_field_of(key);
  if (field == nullptr && !source.is_toml()) return true;  // as Flyway has it
  std::string message = setting.key + (setting.value.empty() ? " is empty" : " is incomplete");
  message += describe_unset(unset);
  if (field == nullptr) refuse_flyway(source, setting.line, message);
  config.refused.emplace(
      field, make_flyway_error(source, setting.line, message,
                               "Give it a value, or give the event a " + std::string(field) + "."));
  return false;
}

void apply(const FlywaySource& source, const LocalKey& key, FlywaySetting setting,
           FlywayConfig& config) {
  constexpr std::string_view kPlaceholder = "placeholders.";
  std::string unset;
  if (key.resolves && !key.name.starts_with("resolvers.")) {
    const Resolved resolved = resolve(source, setting);
    setting.value = resolved.text;
    unset = resolved.unset;
  }
  if (!check_value(source, key.name, setting, unset, config)) return;
  if (!check_elements(source, key.name, setting, unset, config)) return;
  if (key.name.starts_with(kPlaceholder)) {
    config.placeholders[std::string(key.name.substr(kPlaceholder.size()))] = setting.value;
    return;
  }
  if (apply_text(key.name, setting.value, config) || apply_list(key.name, setting.value, config) ||
      apply_flag(source, key.name, setting, config) ||
      set_flyway_naming(key.name, setting.value, &config.naming)) {
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
                     source.is_toml()
                         ? "it would be a table [environments." + source.environment + "]"
                         : "leave env out: of Flyway's files a flyway.toml has environments");
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

RequestError make_flyway_error(const FlywaySource& source, int line, const std::string& message,
                               const std::string& hint) {
  return RequestError("config", source.name + ":" + std::to_string(line) + ": " + message, hint);
}

void refuse_flyway(const FlywaySource& source, int line, const std::string& message,
                   const std::string& hint) {
  throw make_flyway_error(source, line, message, hint);
}

FlywayConfig read_flyway_config(const FlywaySource& source) {
  const std::vector<FlywaySetting> settings =
      source.is_toml() ? parse_flyway_toml(source) : parse_conf(source);
  for (const FlywaySetting& setting : settings) {
    std::size_t bad = 0;
    if (engine::is_valid_utf8(setting.key + setting.value, &bad)) continue;
    refuse_flyway(source, setting.line, "this is not UTF-8", "Save the file as UTF-8.");
  }
  check_environment(source, settings);
  FlywayConfig config;
  config.environment = choose_environment(source, settings);
  for (const bool goes_before : {false, true}) {
    for (const FlywaySetting& setting : settings) {
      const LocalKey key = find_local_key(source, setting.key, config.environment);
      if (key.goes_before != goes_before || key.name.empty() || key.name == "environment") continue;
      apply(source, key, setting, config);
    }
  }
  std::sort(config.passed_over.begin(), config.passed_over.end());
  return config;
}

}  // namespace handler
