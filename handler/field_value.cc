#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "handler/request_error.h"
#include "handler/request_field.h"

namespace handler {
namespace {

const char* type_name(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return "a string";
    case FieldType::kBoolean:
      return "true or false";
    case FieldType::kSeconds:
      return "a whole number of seconds from 0 to 86400";
    case FieldType::kNumber:
      return "a whole number from 1 to 1000000";
    case FieldType::kTexts:
      return "an object of strings, numbers and booleans";
  }
  return "";
}

[[noreturn]] void fail_type(const Field& field, const std::string& shown_name) {
  throw RequestError(field.name, "field '" + shown_name + "' must be " + type_name(field.type),
                     std::string(field.name) + ": " + field.meaning);
}

bool is_between(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= least &&
         value <= most;
}

bool is_texts(const nlohmann::json& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, member] : value.items()) {
    if (name.empty() || member.is_structured() || member.is_null()) return false;
    if (member.is_string() &&
        member.get_ref<const std::string&>().find('\0') != std::string::npos) {
      return false;
    }
  }
  return true;
}

// JSON, or NAME=VALUE,NAME=VALUE with no comma in a value.
nlohmann::json read_texts(const std::string& text) {
  if (text.starts_with('{')) return nlohmann::json::parse(text, nullptr, false);
  auto object = nlohmann::json::object();
  for (std::string_view rest = text; !rest.empty();) {
    const auto entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) return {};
    object[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
  }
  return object;
}

}  // namespace

std::string check_text(const Field& field, const std::string& text, const std::string& shown_name) {
  if (field.type == FieldType::kBoolean && text != "true" && text != "false") {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kSeconds && !is_between(text, 0, 86'400)) {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kNumber && !is_between(text, 1, 1'000'000)) {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kTexts) {
    const auto texts = read_texts(text);
    if (!is_texts(texts)) fail_type(field, shown_name);
    return texts.dump();
  }
  return text;
}

std::string check_json(const Field& field, const nlohmann::json& value) {
  if (field.type == FieldType::kText && value.is_string()) return value.get<std::string>();
  if (field.type == FieldType::kBoolean && value.is_boolean())
    return value.get<bool>() ? "true" : "false";
  const bool number = field.type == FieldType::kSeconds || field.type == FieldType::kNumber;
  if (number && value.is_number_integer()) {
    return check_text(field, value.dump(), field.name);
  }
  if (field.type == FieldType::kTexts && is_texts(value)) return value.dump();
  fail_type(field, field.name);
}

std::map<std::string, std::string> parse_texts(const std::string& text) {
  std::map<std::string, std::string> texts;
  const auto object = nlohmann::json::parse(text);
  for (const auto& [name, value] : object.items()) {
    texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return texts;
}

}  // namespace handler
