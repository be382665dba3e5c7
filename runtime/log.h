// The log: one line an event on stdout, as Lambda's advanced logging controls expect
// (AWS_LAMBDA_LOG_FORMAT JSON or Text, AWS_LAMBDA_LOG_LEVEL).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/environment.h"

namespace runtime {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kFatal };

// Where the lines go. Lambda reads both; a command line keeps stdout for its answer.
enum class LogStream { kStdout, kStderr };

// Call once, before the first line. Defaults: JSON, INFO. Each line is written and flushed as one.
void configure_log(const Environment& environment, LogStream stream = LogStream::kStdout);

// The request id put on each line until it is changed; "" for none.
void set_log_request_id(std::string_view request_id);

// `fields` (a JSON object) become keys of the line beside timestamp, level, message, requestId,
// which they cannot overwrite. Invalid UTF-8 is replaced, never thrown at.
void log(LogLevel level, std::string_view message, const nlohmann::json& fields);
void log(LogLevel level, std::string_view message);

// A line that is already JSON (EMF), written as it is, whatever the level.
void log_raw(std::string_view json_line);

}  // namespace runtime
