#include "runtime/log_format.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runtime/utf8.h"

namespace runtime {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kLevelNames = {"TRACE", "DEBUG", "INFO",
                                                         "WARN",  "ERROR", "FATAL"};
constexpr std::array<std::string_view, 4> kReserved = {"timestamp", "level", "message",
                                                       "requestId"};

bool is_reserved(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

template <typename Json>
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

json as_object(const json& fields) {
  if (fields.is_object()) return fields;
  return fields.is_null() ? json::object() : json{{"fields", fields}};
}

// JSON's escapes for control characters; everything else, a quote too, stays as it is.
std::string make_one_line(std::string_view text) {
  std::string line;
  for (const char c : make_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else {
      const std::string quoted = json(std::string(1, c)).dump(-1, ' ', true);
      line.append(quoted, 1, quoted.size() - 2);
    }
  }
  return line;
}

std::string make_text_value(const json& value) {
  if (!value.is_string()) return dump(value);
  const std::string quoted = dump(value);
  const auto& text = value.get_ref<const std::string&>();
  const bool plain =
      !text.empty() && quoted == '"' + text + '"' && text.find_first_of(" =") == std::string::npos;
  return plain ? text : quoted;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::string format_timestamp(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - whole);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest.count()));
  return std::string(date.data()) + fraction.data();
}

std::string make_json_log_line(const LogLine& line, const json& fields) {
  ordered_json object;
  object["timestamp"] = format_timestamp(line.time);
  object["level"] = to_string(line.level);
  object["message"] = line.message;
  if (!line.request_id.empty()) object["requestId"] = line.request_id;
  const json members = as_object(fields);  // named, since items() refers to it
  for (const auto& [name, value] : members.items()) {
    if (!is_reserved(name)) object[name] = value;
  }
  return dump(object);
}

std::string make_text_log_line(const LogLine& line, const json& fields) {
  std::string text = format_timestamp(line.time) + ' ' + std::string(to_string(line.level)) + ' ';
  if (!line.request_id.empty()) text += make_one_line(line.request_id) + ' ';
  text += make_one_line(line.message);
  const json members = as_object(fields);  // named, since items() refers to it
  for (const auto& [name, value] : members.items()) {
    if (!is_reserved(name)) text += ' ' + make_one_line(name) + '=' + make_text_value(value);
  }
  return text;
}

LogLevel parse_log_level(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const auto found = std::find(kLevelNames.begin(), kLevelNames.end(), upper);
  if (found == kLevelNames.end()) return LogLevel::kInfo;
  return static_cast<LogLevel>(found - kLevelNames.begin());
}

}  // namespace runtime
