// The status JSON: the one answer of every command, whoever called. Documented in README.md and as
// a schema in events/answer.schema.json.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/run_report.h"
#include "handler/request_error.h"
#include "runtime/error.h"

namespace handler {

// Facts about the invocation that go into the answer beside the report.
struct AnswerContext {
  std::string command;  // "apply"; "" when the event could not be read
  std::string target;   // Target::to_string(), "" when it could not be read
  std::string source;   // Source::to_string(), likewise
  std::string request_id;
  std::string function;    // its name, "" outside Lambda
  std::string log_group;   // where its log lines are, "" outside Lambda
  std::string log_stream;  // likewise
};

// The report as JSON, in an order for people: the status first. FAILED, INVALID and LOCKED also
// carry errorType and errorMessage.
nlohmann::ordered_json make_response(const engine::RunReport& report, const AnswerContext& context);

// "Function.MigrationFailed", "...Invalid", "...Locked"; "" for a status that is no error.
std::string find_error_type(engine::Status status);

// Migrations this run completed.
std::size_t count_applied(const engine::RunReport& report);

// One sentence for people: what happened and, for an error, where and what to do.
std::string make_message(const engine::RunReport& report);

// Reports for what ended a run before the engine was asked.
engine::RunReport report_request_error(const RequestError& error);
engine::RunReport report_runtime_error(const runtime::Error& error);
engine::RunReport report_unexpected_error(const std::exception& error);
// `warnings`: files that were left out.
engine::RunReport report_empty_source(const std::string& source,
                                      const std::vector<engine::Problem>& warnings);

}  // namespace handler
