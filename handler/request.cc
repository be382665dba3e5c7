#include "handler/request.h"

#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "handler/ledger_schema.h"
#include "handler/request_check.h"
#include "handler/request_error.h"
#include "handler/request_field.h"

namespace handler {
namespace {

std::string known_names() {
  std::string names;
  for (const auto& field : request_fields())
    names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names;
}

const Field& need_field(std::string_view name, const std::string& shown_name) {
  if (const auto* field = find_field(name)) return *field;
  throw RequestError(shown_name, "unknown field '" + shown_name + "'",
                     "known fields: " + known_names());
}

// One a field.
using Values = std::vector<std::optional<std::string>>;

std::size_t index_of(const Field& field) {
  return static_cast<std::size_t>(&field - request_fields().data());
}

// A value of the event's, else of the environment's; "" for neither.
std::string value_of(const char* name, const Values& values,
                     const runtime::Environment& environment) {
  const auto& field = *find_field(name);
  if (const auto& value = values[index_of(field)]) return *value;
  const auto text = environment.find(field.variable);
  return text ? check_text(field, *text, field.variable) : "";
}

// What the configuration file says, when one is named.
Settings find_settings(const Values& values, const runtime::Environment& environment,
                       const SettingsReader& read_settings) {
  ConfigChoice choice;
  choice.config = value_of("config", values, environment);
  if (choice.config.empty()) return {};
  choice.env = value_of("env", values, environment);
  choice.source = value_of("source", values, environment);
  const auto variables = value_of("variables", values, environment);
  if (!variables.empty()) choice.variables = parse_texts(variables);
  auto settings = read_settings(choice);
  for (const auto& [name, _] : settings.fields) {
    if (find_field(name) != nullptr) continue;
    throw RequestError("config", settings.name + ": " + name + " cannot be kept to here",
                       "leave it out of the file");
  }
  return settings;
}

// A value of the file's, for the field. A version is there as the baseline's only.
std::optional<std::string> find_setting(const Field& field, const Settings& settings,
                                        Command command) {
  const auto refused = settings.refused.find(field.name);
  if (refused != settings.refused.end()) throw refused->second;
  const auto found = settings.fields.find(field.name);
  const std::string_view name = field.name;
  if (found == settings.fields.end()) return std::nullopt;
  if (name == "version" && command != Command::kBaseline) return std::nullopt;
  return check_text(field, found->second, std::string(field.name) + "' of '" + settings.name);
}

void set_from_file(const Field& field, const std::string& text, const Settings& settings,
                   Request* request) {
  try {
    field.set(request, text);
  } catch (const RequestError& error) {
    throw RequestError(error.field(), settings.name + ": " + error.what(), error.hint());
  }
}

// What the file calls the history, when it is the file's: "table in flyway.conf".
std::string name_history(const Values& values, const Settings& settings) {
  const bool of_file = !values[index_of(*find_field("history"))] && !settings.history_key.empty();
  return of_file ? settings.history_key + " in " + settings.name : "";
}

// What looks at files only needs no database.
bool is_optional(const Field& field, Command command) {
  return std::string_view(field.name) == "target" &&
         (command == Command::kHash || command == Command::kValidate);
}

Request make_request(const Values& values, const runtime::Environment& environment,
                     const SettingsReader& read_settings) {
  Request request;
  auto settings = find_settings(values, environment, read_settings);
  for (const auto& field : request_fields()) {
    if (const auto& value = values[index_of(field)]) {
      field.set(&request, *value);
    } else if (const auto setting = find_setting(field, settings, request.command)) {
      set_from_file(field, *setting, settings, &request);
    } else if (const auto text = environment.find(field.variable)) {
      field.set(&request, check_text(field, *text, field.variable));
    } else if (field.default_text == nullptr && !is_optional(field, request.command)) {
      throw RequestError(
          field.name, std::string("field '") + field.name + "' is missing",
          std::string("give it in the event or set ") + field.variable + ": " + field.meaning);
    }
  }
  request.history.said_in = name_history(values, settings);
  auto& placeholders = request.format.placeholders;
  if (!placeholders.values.empty() && !placeholders.replaced) placeholders.replaced = true;
  if (request.ledger_schema.empty()) choose_ledger(settings.history_schema, &request);
  request.source.suffixes = request.format.naming.sql_migration_suffixes;
  request.warnings = std::move(settings.warnings);
  check_request(request);
  return request;
}

}  // namespace

Request parse_request(const nlohmann::json& event, const runtime::Environment& environment,
                      const SettingsReader& read_settings) {
  Values values(request_fields().size());
  for (const auto& [name, value] : event.items()) {
    const auto& field = need_field(name, name);
    values[index_of(field)] = check_json(field, value);
  }
  return make_request(values, environment, read_settings);
}

Request parse_resource_properties(const nlohmann::json& properties,
                                  const runtime::Environment& environment,
                                  const SettingsReader& read_settings) {
  Values values(request_fields().size());
  for (const auto& [name, value] : properties.items()) {
    const bool absent = value.is_string() && value.get_ref<const std::string&>().empty();
    if (name == "ServiceToken" || name == "ServiceTimeout" || absent) continue;
    std::string event_name = name;
    if (!name.empty() && std::isupper(static_cast<unsigned char>(name[0]))) {
      event_name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
    } else {
      event_name.clear();
    }
    const auto& field = need_field(event_name, name);
    values[index_of(field)] = value.is_string() ? check_text(field, value.get<std::string>(), name)
                                                : check_json(field, value);
  }
  return make_request(values, environment, read_settings);
}

}  // namespace handler
