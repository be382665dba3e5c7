// Log lines as text: pure, so that their exact form is tested.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/log.h"

namespace runtime {

struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string_view message;
  std::string_view request_id;  // "" for none: the key is left out
  std::chrono::system_clock::time_point time;
};

// Both give one line without its line feed, in valid UTF-8. `fields` is an object (a value of
// another type is put under the key "fields"); its members named timestamp, level, message or
// requestId are left out, since CloudWatch reads those.

// {"timestamp":"2026-11-21T03:04:05.678Z","level":"INFO","message":...,"requestId":...,<fields>}
std::string make_json_log_line(const LogLine& line, const nlohmann::json& fields);

// 2026-11-21T03:04:05.678Z INFO <request id> message key=value other="two words"
// Control characters are escaped as in JSON, so that one event stays one line.
std::string make_text_log_line(const LogLine& line, const nlohmann::json& fields);

// TRACE, DEBUG, INFO, WARN, ERROR or FATAL, in any case; INFO for anything else.
LogLevel parse_log_level(std::string_view name);
std::string_view to_string(LogLevel level);

// RFC 3339 in UTC with milliseconds.
std::string format_timestamp(std::chrono::system_clock::time_point time);

}  // namespace runtime
