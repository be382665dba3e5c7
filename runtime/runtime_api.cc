#include "runtime/runtime_api.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "runtime/log.h"
#include "runtime/runtime_requests.h"

namespace runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kExitUnrecoverable = 1;
constexpr int kMaxNextFailures = 5;
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};
constexpr seconds kRepeatWindow{30};
constexpr seconds kRegisterTime{1};
constexpr seconds kReportTime{2};
constexpr seconds kLeastPostTime{5};  // the answer is sent even when the deadline has just passed

bool is_accepted(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// 50 ms, 100 ms, ... 1 s.
milliseconds pause_after(int times) {
  milliseconds pause = kFirstPause;
  for (int i = 1; i < times && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

nlohmann::json describe(const HttpOutcome& outcome) {
  if (const auto* failure = std::get_if<TransportFailure>(&outcome)) {
    return {{"failure", failure->message}};
  }
  const auto& response = std::get<HttpResponse>(outcome);
  return {{"httpStatus", response.status}, {"refusal", parse_refusal(response)}};
}

void set_trace_id(const std::string& trace_id) {
  if (trace_id.empty()) {
    unsetenv("_X_AMZN_TRACE_ID");
  } else {
    setenv("_X_AMZN_TRACE_ID", trace_id.c_str(), 1);
  }
}

Answer make_exception_answer(std::string_view message) {
  log(LogLevel::kError, "the handler threw an exception", {{"exception", message}});
  return make_error_answer("Function.UnhandledException", message);
}

Answer call(const InvocationHandler& handler, const Invocation& invocation) {
  try {
    return handler(invocation);
  } catch (const nlohmann::json::exception& error) {
    // Its text quotes the document, which may be the event.
    return make_exception_answer("JSON exception " + std::to_string(error.id));
  } catch (const std::exception& error) {
    return make_exception_answer(error.what());
  } catch (...) {
    return make_exception_answer("an exception that is not a std::exception");
  }
}

class RuntimeLoop {
 public:
  RuntimeLoop(Http& http, const RuntimeApiOptions& options, const InvocationHandler& handler,
              const Surroundings& surroundings)
      : http_(http), options_(options), handler_(handler), surroundings_(surroundings) {}

  void register_extension();
  int run();

 private:
  // Whether the loop can go on.
  bool survive_failed_next(const HttpOutcome& outcome);
  bool serve(const Invocation& invocation);
  bool serve_again(const Invocation& invocation);
  bool send_answer(const Invocation& invocation, const Answer& answer);

  bool is_repeated(const Invocation& invocation) const;
  HttpOutcome post(HttpRequest request, const Invocation& invocation);

  Http& http_;
  const RuntimeApiOptions& options_;
  const InvocationHandler& handler_;
  const Surroundings& surroundings_;
  int next_failures_ = 0;  // in a row
  int repeats_ = 0;        // in a row
  std::string last_request_id_;
  Answer last_answer_;
  // By the system clock: the steady one may stand still while the sandbox is frozen.
  std::chrono::system_clock::time_point last_end_;
};

void RuntimeLoop::register_extension() {
  if (!options_.start_detached) return;
  const HttpOutcome outcome = http_.send(make_register_request(options_.endpoint),
                                         surroundings_.steady_now() + kRegisterTime);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  const auto identifier = response && is_accepted(*response)
                              ? find_header(response->headers, "Lambda-Extension-Identifier")
                              : std::nullopt;
  if (identifier) {
    options_.start_detached(
        make_extension_next_request(options_.endpoint, std::string(*identifier)));
  } else {
    log(LogLevel::kDebug, "no extension registered, so no SIGTERM", describe(outcome));
  }
}

int RuntimeLoop::run() {
  while (true) {
    const HttpOutcome outcome = http_.send(make_next_request(options_.endpoint), Deadline::max());
    const auto* response = std::get_if<HttpResponse>(&outcome);
    std::optional<Invocation> invocation;
    if (response && is_accepted(*response)) {
      invocation = parse_invocation(*response, surroundings_.now(), surroundings_.steady_now());
    }
    if (!invocation) {
      if (!survive_failed_next(outcome)) return kExitUnrecoverable;
      continue;
    }
    next_failures_ = 0;
    const bool can_go_on = is_repeated(*invocation) ? serve_again(*invocation) : serve(*invocation);
    if (!can_go_on) return kExitUnrecoverable;
  }
}

bool RuntimeLoop::survive_failed_next(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  const bool unrecoverable = response && (response->status == 403 || response->status == 500);
  if (unrecoverable || ++next_failures_ >= kMaxNextFailures) {
    log(LogLevel::kFatal, "no next invocation; the process ends", describe(outcome));
    return false;
  }
  log(LogLevel::kWarn, "no next invocation; asking again", describe(outcome));
  surroundings_.sleep(pause_after(next_failures_));
  return true;
}

bool RuntimeLoop::is_repeated(const Invocation& invocation) const {
  return invocation.request_id == last_request_id_ &&
         surroundings_.now() - last_end_ < kRepeatWindow;
}

bool RuntimeLoop::serve(const Invocation& invocation) {
  set_log_request_id(invocation.request_id);
  if (options_.set_trace_variable) set_trace_id(invocation.trace_id);
  last_answer_ = call(handler_, invocation);
  const bool can_go_on = send_answer(invocation, last_answer_);
  set_log_request_id("");
  last_request_id_ = invocation.request_id;
  last_end_ = surroundings_.now();
  repeats_ = 0;
  return can_go_on;
}

// Lambda may deliver an asynchronous event twice, and waits for an answer to each; the emulator
// hands an answered one out again until it ends the process, and refuses the second answer.
bool RuntimeLoop::serve_again(const Invocation& invocation) {
  log(LogLevel::kDebug, "the same request id again: it gets the same answer",
      {{"requestId", invocation.request_id}});
  const HttpOutcome outcome =
      post(make_answer_request(options_.endpoint, invocation.request_id, last_answer_), invocation);
  surroundings_.sleep(pause_after(++repeats_));
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return !response || response->status != 500;
}

bool RuntimeLoop::send_answer(const Invocation& invocation, const Answer& answer) {
  if (answer.body.size() > kMaxAnswerBytes) {
    log(LogLevel::kError, "the answer is too large; an error goes out instead",
        {{"bytes", answer.body.size()}});
  }
  const HttpOutcome outcome =
      post(make_answer_request(options_.endpoint, invocation.request_id, answer), invocation);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response && is_accepted(*response)) return true;
  log(LogLevel::kError, "the Runtime API did not take the answer", describe(outcome));
  if (response && response->status == 413) {
    // Lambda has told the caller by then; where it has not, this does. Its own refusal is expected.
    post(make_answer_request(options_.endpoint, invocation.request_id, make_too_large_answer()),
         invocation);
  }
  return !response || response->status != 500;
}

// A failed transfer is sent once more: had the first one arrived, the second is refused with 400.
HttpOutcome RuntimeLoop::post(HttpRequest request, const Invocation& invocation) {
  const Deadline deadline =
      std::max(invocation.deadline, surroundings_.steady_now() + kLeastPostTime);
  HttpOutcome outcome = http_.send(request, deadline);
  if (std::holds_alternative<HttpResponse>(outcome)) return outcome;
  log(LogLevel::kWarn, "the answer was not sent; sending it again", describe(outcome));
  request.fresh_connection = true;
  return http_.send(request, deadline);
}

}  // namespace

std::optional<RuntimeApiOptions> find_runtime_api(const Environment& environment) {
  const auto endpoint = environment.find("AWS_LAMBDA_RUNTIME_API");
  if (!endpoint) return std::nullopt;
  RuntimeApiOptions options;
  options.endpoint = *endpoint;
  const std::string text = environment.get_or("AWS_LAMBDA_MAX_CONCURRENCY", "1");
  int concurrency = 1;
  std::from_chars(text.data(), text.data() + text.size(), concurrency);
  options.set_trace_variable = concurrency <= 1;
  return options;
}

int run_runtime_loop(Http& http, const RuntimeApiOptions& options, const InvocationHandler& handler,
                     const Surroundings& surroundings) {
  RuntimeLoop loop(http, options, handler, surroundings);
  loop.register_extension();
  return loop.run();
}

void report_init_error(Http& http, const RuntimeApiOptions& options, const std::string& type,
                       const std::string& message) {
  const HttpOutcome outcome =
      http.send(make_init_error_request(options.endpoint, make_error_answer(type, message)),
                std::chrono::steady_clock::now() + kReportTime);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (!response || !is_accepted(*response)) {
    log(LogLevel::kError, "the init error was not taken", describe(outcome));
  }
}

}  // namespace runtime
