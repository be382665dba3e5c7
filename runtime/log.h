// The log: one line an event on stdout, as Lambda's advanced logging controls expect
// (AWS_LAMBDA_LOG_FORMAT JSON or Text, AWS_LAMBDA_LOG_LEVEL).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/environment.h"
#include "runtime/metrics.h"

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

// The metrics as an EMF line (metrics.h), whatever the level: it has the level that the log is set
// to, since Lambda drops lines below that on its side too, and one without a level as INFO.
void log_metrics(MetricLine line);

}  // namespace runtime
