// The Lambda Runtime API (2018-06-01): one invocation after another, until the process is told to
// end. Source: AWS Lambda developer guide, "Building a custom runtime" (runtimes-api).
#pragma once

#include <functional>
#include <string>

#include "runtime/http.h"

namespace runtime {

struct Invocation {
  std::string request_id;
  std::string function_arn;
  std::string trace_id;  // X-Ray header, "" when absent
  std::string payload;   // the event, as received: never log it
  Deadline deadline;     // Lambda-Runtime-Deadline-Ms on this process's steady clock
};

// What a handler answers. `body` is JSON. With a non-empty `error_type` ("Function.MigrationFailed")
// it goes to /error, with the type as Lambda-Runtime-Function-Error-Type, else to /response.
struct Answer {
  std::string body;
  std::string error_type;
};

using InvocationHandler = std::function<Answer(const Invocation&)>;

struct RuntimeApiOptions {
  std::string endpoint;         // AWS_LAMBDA_RUNTIME_API: "host:port"
  bool set_trace_variable = true;  // _X_AMZN_TRACE_ID per invocation (off when concurrency > 1)
};

// Serves invocations until SIGTERM or until the API says the runtime is in an unrecoverable state;
// returns the process exit code. An exception from the handler becomes an /error of type
// Function.Unhandled... A refused POST (400, 413) is logged, answered with a small error where the
// API still takes one, and the loop goes on.
int run_runtime_loop(Http& http, const RuntimeApiOptions& options, const InvocationHandler& handler);

// POST /runtime/init/error: the process could not even start serving.
void report_init_error(Http& http, const RuntimeApiOptions& options, const std::string& type,
                       const std::string& message);

}  // namespace runtime
