// What an invocation says in the log and as metrics. Names, versions and counts only: no event, no
// secret, no URL with parameters.
#pragma once

#include <string>
#include <vector>

#include "engine/observer.h"
#include "engine/run_report.h"
#include "engine/source.h"
#include "handler/response.h"
#include "runtime/metrics.h"

namespace handler {

// Turns the engine's events into log lines.
engine::Observer make_observer();

// `ledger`: its schema.
void log_start(const AnswerContext& context, const std::string& ledger);
void log_files(std::size_t count);
// The closing line, and the invocation's one EMF metric line.
void log_end(const engine::RunReport& report, const AnswerContext& context);
void log_reply(const std::string& request_type, bool success);
void log_failure(const std::string& message);

runtime::MetricLine make_metrics(const engine::RunReport& report, const AnswerContext& context);

}  // namespace handler
