#include "handler/flyway_settings.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "handler/ledger_schema.h"
#include "handler/setting_url.h"
#include "runtime/uri.h"

namespace handler {
namespace {

bool is_plain(const std::string& name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) || std::isdigit(c) || c == '_';
         });
}

std::string quote(const std::string& name) {
  if (is_plain(name)) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// "" for none: where the connection begins.
std::string find_default_schema(const FlywayConfig& config) {
  if (!config.default_schema.empty() || config.schemas.empty()) return config.default_schema;
  return config.schemas.front();
}

// The default schema, and behind it the connection's own path. The other schemas are not in it.
std::string make_search_path(const FlywayConfig& config, const std::string& own) {
  const auto schema = find_default_schema(config);
  if (schema.empty()) return own;
  return quote(schema) + "," + (own.empty() ? "\"$user\",public" : own);
}

// Of jdbc:aws-wrapper:postgresql:// and the like what is behind the driver's name; "" for no URL
// of PostgreSQL.
std::string strip_jdbc(const std::string& url) {
  const auto at = url.find("postgresql://");
  return url.starts_with("jdbc:") && at != std::string::npos ? url.substr(at) : "";
}

// user, password and currentSchema stand among a JDBC URL's parameters.
SettingUrl take_parameters(const std::string& text, const FlywayConfig& config) {
  SettingUrl url;
  url.user = config.user;
  url.password = config.password;
  std::string own_path;
  const auto question = text.find('?');
  url.text = text.substr(0, question);
  std::string rest = question == std::string::npos ? "" : text.substr(question + 1);
  std::string kept;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto parameter = rest.substr(0, end);
    rest.erase(0, end + 1);
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto name = parameter.substr(0, equals);
    const auto written = parameter.substr(std::min(equals + 1, parameter.size()));
    // As JDBC's driver reads it; one that it would refuse is taken as it stands.
    const auto value = runtime::form_decode(written).value_or(written);
    if (name == "user" && url.user.empty()) {
      url.user = value;
    } else if (name == "password" && url.password.empty()) {
      url.password = value;
    } else if (name == "currentSchema") {
      own_path = value;
    } else if (!parameter.empty() && name != "user" && name != "password" && name != "ssl") {
      kept += (kept.empty() ? "?" : "&") + parameter;
    }
  }
  url.text += kept;
  url.search_path = make_search_path(config, own_path);
  return url;
}

// Where its table is: the default schema, else the first, else where the connection begins.
void set_history(const FlywayConfig& config, const std::string& search_path, Settings* settings) {
  const bool renamed = config.table != FlywayConfig().table;
  auto schema = find_default_schema(config);
  if (schema.empty()) schema = find_first_schema(search_path);
  if (!renamed && schema.empty()) return;
  settings->fields["history"] =
      "flyway:" + (schema.empty() ? "public" : schema) + "." + (renamed ? config.table : "*");
  settings->history_key = renamed                          ? "table"
                          : !config.default_schema.empty() ? "defaultSchema"
                          : !config.schemas.empty()        ? "schemas"
                                                           : "url";
}

void set_database(const FlywayConfig& config, Settings* settings) {
  const auto stripped = strip_jdbc(config.url);
  set_history(config, take_parameters(stripped, config).search_path, settings);
  if (config.url.empty()) return;
  if (stripped.empty()) {
    return settings->refuse(
        "target", "the url is not one of PostgreSQL",
        "write jdbc:postgresql://HOST:PORT/DATABASE, or give the event a target");
  }
  set_target(take_parameters(stripped, config), settings);
}

void set_locations(const FlywayConfig& config, const Source& folder, Settings* settings) {
  if (config.locations.empty()) return;
  if (config.locations.size() > 1) {
    return settings->refuse(
        "source", "several locations are not read in one run",
        "put the files below one folder, whose sub-folders are read too, or give the "
        "event a source");
  }
  const auto& location = config.locations.front();
  const auto colon = location.find(':');
  const auto kind = colon == std::string::npos ? "" : location.substr(0, colon);
  const auto path = location.substr(colon == std::string::npos ? 0 : colon + 1);
  if ((kind != "filesystem" && kind != "s3") || path.find_first_of("*?") != std::string::npos) {
    return settings->refuse(
        "source", "the location '" + location + "' is not read here",
        "write filesystem:FOLDER or s3:BUCKET/PREFIX without wildcards, or give the "
        "event a source");
  }
  set_source((kind == "s3" ? "s3://" : "file://") + path, folder, settings);
}

// What its files are called, and what stands in them for something else.
void set_texts(const FlywayConfig& config, Settings* settings) {
  const auto& naming = config.naming;
  std::string suffixes;
  for (const auto& suffix : naming.sql_migration_suffixes) {
    suffixes += (suffixes.empty() ? "" : ",") + suffix;
  }
  const nlohmann::json texts = {
      {"sqlMigrationPrefix", naming.sql_migration_prefix},
      {"repeatableSqlMigrationPrefix", naming.repeatable_sql_migration_prefix},
      {"undoSqlMigrationPrefix", naming.undo_sql_migration_prefix},
      {"baselineMigrationPrefix", naming.baseline_migration_prefix},
      {"sqlMigrationSeparator", naming.sql_migration_separator},
      {"sqlMigrationSuffixes", suffixes},
      {"validateMigrationNaming", naming.validate_migration_naming},
      {"placeholderPrefix", config.placeholder_prefix},
      {"placeholderSuffix", config.placeholder_suffix},
      {"placeholderSeparator", config.placeholder_separator}};
  settings->fields["flyway"] = texts.dump();
  settings->fields["placeholders"] = nlohmann::json(config.placeholders).dump();
  settings->fields["placeholderReplacement"] = config.placeholder_replacement ? "true" : "false";
}

// What a run does when files and history differ.
void set_tolerance(const FlywayConfig& config, Settings* settings) {
  if (config.out_of_order) {
    settings->fields["outOfOrder"] = *config.out_of_order ? "apply" : "refuse";
  }
  for (const auto& pattern : config.ignored_migrations) {
    const auto colon = std::min(pattern.find(':'), pattern.size());
    const auto kind = pattern.substr(0, colon);
    const auto state = kind == "*" || kind == "versioned" ? pattern.substr(colon) : "";
    if (state == ":missing") {
      settings->fields["allowMissing"] = "true";
    } else if (state == ":ignored") {
      if (config.out_of_order != true) settings->fields["outOfOrder"] = "skip";
    } else if (state != ":future" && state != ":pending") {  // those are no errors here
      settings->warn(
          "ignoreMigrationPatterns " + pattern + " is not kept to here",
          "Kept to are *:missing, *:ignored, *:future and *:pending, also as versioned:.");
    }
  }
}

void warn_of_the_rest(const FlywayConfig& config, Settings* settings) {
  for (const auto& key : config.passed_over) {
    settings->warn(key + " has no meaning here and is passed over", "");
  }
  if (config.validate_on_migrate == false) {
    settings->warn("validateOnMigrate=false is passed over: a run is always checked first",
                   "An edit that is meant is accepted by command repair, outcome checksum.");
  }
}

}  // namespace

Settings make_flyway_settings(const FlywayConfig& config, const std::string& name,
                              const Source& folder) {
  Settings settings;
  settings.name = name;
  settings.refused = config.refused;
  settings.fields["format"] = "flyway";
  settings.fields["env"] = config.environment;
  settings.fields["version"] = config.baseline_version;
  set_texts(config, &settings);
  set_database(config, &settings);
  set_locations(config, folder, &settings);
  set_tolerance(config, &settings);
  if (config.execute_in_transaction == false) settings.fields["transaction"] = "none";
  if (!config.target.empty()) settings.fields["toVersion"] = config.target;
  warn_of_the_rest(config, &settings);
  return settings;
}

}  // namespace handler
