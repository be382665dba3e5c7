#include "runtime/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/log_format.h"

namespace runtime {
namespace {

struct LogState {
  LogLevel level = LogLevel::kInfo;
  LogStream stream = LogStream::kStdout;
  bool as_text = false;
  std::string request_id;
  std::unique_ptr<spdlog::logger> logger;  // null before the first line
};

LogState& state() {
  static LogState state;
  return state;
}

std::unique_ptr<spdlog::logger> make_logger(LogStream stream) {
  spdlog::sink_ptr sink;
  if (stream == LogStream::kStdout) {
    sink = std::make_shared<spdlog::sinks::stdout_sink_st>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  }
  auto logger = std::make_unique<spdlog::logger>("log", std::move(sink));
  logger->set_pattern("%v");
  return logger;
}

// The line has its level in it, and is wanted.
void write(std::string_view line) {
  auto& logger = state().logger;
  if (!logger) logger = make_logger(state().stream);
  logger->info(spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void configure_log(const Environment& environment, LogStream stream) {
  state().level = parse_log_level(environment.get_or("AWS_LAMBDA_LOG_LEVEL", "INFO"));
  state().stream = stream;
  state().logger.reset();
  const std::string format = environment.get_or("AWS_LAMBDA_LOG_FORMAT", "JSON");
  state().as_text = format == "Text" || format == "TEXT" || format == "text";
}

void set_log_request_id(std::string_view request_id) { state().request_id = request_id; }

void log(LogLevel level, std::string_view message, const nlohmann::json& fields) {
  if (level < state().level) return;
  const LogLine line{level, message, state().request_id, std::chrono::system_clock::now()};
  write(state().as_text ? make_text_log_line(line, fields) : make_json_log_line(line, fields));
}

void log(LogLevel level, std::string_view message) { log(level, message, nlohmann::json()); }

void log_metrics(MetricLine line) {
  const auto now = std::chrono::system_clock::now();
  line.properties["level"] = to_string(state().level);
  line.properties["timestamp"] = format_timestamp(now);
  write(make_emf_line(line, now));
}

}  // namespace runtime
