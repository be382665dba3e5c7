// The Lambda Runtime API (2018-06-01): one invocation after another, until the process is told to
// end. Source: AWS Lambda developer guide, "Building a custom runtime" (runtimes-api).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/surroundings.h"

namespace runtime {

struct Invocation {
  std::string request_id;
  std::string function_arn;  // "" when absent (emulators)
  std::string trace_id;      // X-Ray header, "" when absent
  std::string payload;       // the event, as received: never log it
  Deadline deadline;         // Lambda-Runtime-Deadline-Ms on this process's steady clock
};

// What a handler answers. `body` is JSON. With a non-empty `error_type`
// ("Function.MigrationFailed") it goes to /error, with the type as
// Lambda-Runtime-Function-Error-Type, else to /response.
struct Answer {
  std::string body;
  std::string error_type;
};

using InvocationHandler = std::function<Answer(const Invocation&)>;

struct RuntimeApiOptions {
  std::string endpoint;            // AWS_LAMBDA_RUNTIME_API: "host:port"
  bool set_trace_variable = true;  // _X_AMZN_TRACE_ID per invocation (off when concurrency > 1)
  // Starts a request that is never waited for (CurlHttp::start_detached). When set, the loop
  // registers an internal extension, without which Lambda never sends SIGTERM before SIGKILL; its
  // GET event/next is that request. An API without extensions is not an error.
  std::function<void(HttpRequest)> start_detached;
};

// Options from AWS_LAMBDA_RUNTIME_API and AWS_LAMBDA_MAX_CONCURRENCY; nullopt outside Lambda.
std::optional<RuntimeApiOptions> find_runtime_api(const Environment& environment);

// Serves invocations until the process ends (see termination.h) or, returning 1, until the API
// answers /next or a POST with "unrecoverable" (403, 500) or /next has failed five times running.
//
// An exception from the handler becomes an /error of type Function.UnhandledException. An answer
// over Lambda's 6,291,556 bytes is replaced by an error of type Function.ResponseSizeTooLarge. A
// refused POST (400, 410, 413) is logged and the loop goes on.
//
// A request id that is handed out again within 30 seconds of the end of its run is not run again:
// it gets the same answer, and the loop waits (50 ms growing to 1 s). Lambda may deliver an event
// twice and waits for both; some emulators hand an answered one out until they send SIGTERM, and
// whether they take that answer does not matter. Later than that it is Lambda's own retry of an
// asynchronous invocation, which keeps its id and comes after a minute or more ("How Lambda handles
// errors and retries with asynchronous invocation"), and is run.
int run_runtime_loop(Http& http, const RuntimeApiOptions& options, const InvocationHandler& handler,
                     const Surroundings& surroundings = Surroundings::of_process());

// POST /runtime/init/error: the process could not even start serving. Exit non-zero after it.
// A failure to report is logged.
void report_init_error(Http& http, const RuntimeApiOptions& options, const std::string& type,
                       const std::string& message);

}  // namespace runtime
