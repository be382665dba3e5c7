#include "handler/telemetry.h"

#include <nlohmann/json.hpp>

#include "runtime/log.h"

namespace handler {
namespace {

using nlohmann::json;
using runtime::LogLevel;

LogLevel to_log_level(engine::Event::Level level) {
  switch (level) {
    case engine::Event::Level::kDebug:
      return LogLevel::kDebug;
    case engine::Event::Level::kInfo:
      return LogLevel::kInfo;
    case engine::Event::Level::kWarn:
      return LogLevel::kWarn;
    case engine::Event::Level::kError:
      return LogLevel::kError;
  }
  return LogLevel::kInfo;
}

LogLevel level_of(engine::Status status) {
  return find_error_type(status).empty() ? LogLevel::kInfo : LogLevel::kError;
}

double to_double(std::size_t count) { return static_cast<double>(count); }

}  // namespace

engine::Observer make_observer() {
  return [](const engine::Event& event) {
    json fields = json::object();
    for (const auto& [name, value] : event.fields) fields[name] = value;
    runtime::log(to_log_level(event.level), event.message, fields);
  };
}

void log_start(const AnswerContext& context, const std::string& ledger) {
  json fields = {{"command", context.command}, {"source", context.source}};
  if (!context.target.empty()) fields.update({{"target", context.target}, {"ledger", ledger}});
  runtime::log(LogLevel::kInfo, "run started", fields);
}

void log_files(std::size_t count) {
  runtime::log(LogLevel::kInfo, "migration files listed", {{"files", count}});
}

void log_end(const engine::RunReport& report, const AnswerContext& context) {
  runtime::log(level_of(report.status), make_message(report),
               {{"status", engine::to_string(report.status)},
                {"currentVersion", report.current_version},
                {"applied", count_applied(report)},
                {"pending", report.pending.size()},
                {"durationMs", report.duration.count()},
                {"roundTrips", report.round_trips},
                {"commits", report.commits}});
  runtime::log_metrics(make_metrics(report, context));
}

void log_reply(const std::string& request_type, bool success) {
  runtime::log(LogLevel::kInfo, "CloudFormation reply accepted",
               {{"requestType", request_type}, {"replyStatus", success ? "SUCCESS" : "FAILED"}});
}

void log_failure(const std::string& message) { runtime::log(LogLevel::kError, message); }

runtime::MetricLine make_metrics(const engine::RunReport& report, const AnswerContext& context) {
  runtime::MetricLine line;
  line.dimensions = {{"service", context.function.empty() ? "dsql-migrate" : context.function}};
  line.properties = {{"requestId", context.request_id},
                     {"target", context.target},
                     {"command", context.command},
                     {"status", engine::to_string(report.status)}};
  const bool failed = !find_error_type(report.status).empty();
  line.metrics = {{"MigrationsApplied", "Count", to_double(count_applied(report))},
                  {"MigrationsPending", "Count", to_double(report.pending.size())},
                  {"StatementsApplied", "Count", static_cast<double>(report.statements_applied)},
                  {"Failed", "Count", failed ? 1.0 : 0.0},
                  {"Retries", "Count", static_cast<double>(report.retries)},
                  {"RoundTrips", "Count", static_cast<double>(report.round_trips)},
                  {"Commits", "Count", static_cast<double>(report.commits)},
                  {"JobWait", "Milliseconds", static_cast<double>(report.job_wait.count())},
                  {"Duration", "Milliseconds", static_cast<double>(report.duration.count())}};
  return line;
}

}  // namespace handler
