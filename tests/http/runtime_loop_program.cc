// A function for the SIGTERM tests: the real loop over the real client, with a handler that does
// what the event says. "sleep" sleeps on, "wait" waits for a URL's answer, "count" is answered with
// how often it has run, anything else is echoed.
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/curl_http.h"
#include "runtime/log.h"
#include "runtime/runtime_api.h"
#include "runtime/termination.h"

namespace {

runtime::Answer handle(runtime::CurlHttp& http, const runtime::Invocation& invocation) {
  const auto event = nlohmann::json::parse(invocation.payload);
  if (event.contains("sleep")) std::this_thread::sleep_for(std::chrono::hours(1));
  if (event.contains("wait")) http.send({.url = event["wait"]}, invocation.deadline);
  static int runs = 0;
  if (event.contains("count")) return {std::to_string(++runs), ""};
  return {invocation.payload, ""};
}

}  // namespace

int main() {
  runtime::end_on_sigterm();
  const auto environment = runtime::Environment::of_process();
  runtime::configure_log(environment);
  runtime::CurlHttp http(runtime::make_curl_settings(environment));
  auto options = runtime::find_runtime_api(environment);
  if (!options) return 2;
  options->start_detached = [&http](runtime::HttpRequest request) {
    http.start_detached(std::move(request));
  };
  return runtime::run_runtime_loop(http, *options, [&http](const runtime::Invocation& invocation) {
    return handle(http, invocation);
  });
}
