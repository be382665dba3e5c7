// The contract of an event: one row a field, which the event, the configuration file, the
// environment and --help all go by.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "handler/request.h"

namespace handler {

enum class FieldType { kText, kBoolean, kSeconds, kNumber, kTexts };

// `set` takes the value as check_text() or check_json() gives it, and throws RequestError.
struct Field {
  const char* name;
  const char* variable;
  FieldType type;
  const char* default_text;  // shown by --help; nullptr: required
  const char* meaning;
  void (*set)(Request*, const std::string&);
};

// `command` comes first.
std::span<const Field> request_fields();
const Field* find_field(std::string_view name);  // nullptr when there is none

// A value that arrives as text, from an environment variable or a CloudFormation property; and one
// of a direct event, which has JSON's types. Both throw RequestError when it is not of the field's
// type; `shown_name` is what the message calls the field.
std::string check_text(const Field& field, const std::string& text, const std::string& shown_name);
std::string check_json(const Field& field, const nlohmann::json& value);

// Of a kTexts that was checked: {"NAME": "value"} or, of numbers and booleans, {"NAME": 1}.
std::map<std::string, std::string> parse_texts(const std::string& text);

}  // namespace handler
