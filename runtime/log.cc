#include "runtime/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/log_format.h"

namespace runtime {
namespace {

struct LogState {
  std::unique_ptr<spdlog::logger> logger;
  bool as_text = false;
  std::string request_id;
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kFatal:
      break;
  }
  return spdlog::level::critical;
}

// spdlog filters and writes; the line is made in log_format.cc.
std::unique_ptr<spdlog::logger> make_logger(LogLevel level, LogStream stream) {
  spdlog::sink_ptr sink;
  if (stream == LogStream::kStdout) {
    sink = std::make_shared<spdlog::sinks::stdout_sink_st>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  }
  auto logger = std::make_unique<spdlog::logger>("log", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(to_spdlog(level));
  return logger;
}

LogState& state() {
  static LogState state{make_logger(LogLevel::kInfo, LogStream::kStdout), false, {}};
  return state;
}

}  // namespace

void configure_log(const Environment& environment, LogStream stream) {
  const LogLevel level = parse_log_level(environment.get_or("AWS_LAMBDA_LOG_LEVEL", "INFO"));
  state().logger = make_logger(level, stream);
  const std::string format = environment.get_or("AWS_LAMBDA_LOG_FORMAT", "JSON");
  state().as_text = format == "Text" || format == "TEXT" || format == "text";
}

void set_log_request_id(std::string_view request_id) { state().request_id = request_id; }

void log(LogLevel level, std::string_view message, const nlohmann::json& fields) {
  const spdlog::level::level_enum severity = to_spdlog(level);
  if (!state().logger->should_log(severity)) return;
  const LogLine line{level, message, state().request_id, std::chrono::system_clock::now()};
  const std::string text =
      state().as_text ? make_text_log_line(line, fields) : make_json_log_line(line, fields);
  state().logger->log(severity, spdlog::string_view_t(text.data(), text.size()));
}

void log(LogLevel level, std::string_view message) { log(level, message, nlohmann::json()); }

void log_raw(std::string_view json_line) {
  state().logger->log(spdlog::level::critical,  // passes every level
                      spdlog::string_view_t(json_line.data(), json_line.size()));
}

}  // namespace runtime
