#include "runtime/runtime_requests.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "runtime/utf8.h"

namespace runtime {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kExtensionName = "dsql-migrate-sigterm";
constexpr milliseconds kLongestTime = std::chrono::hours(24);

HttpRequest make_request(const char* method, const std::string& endpoint, const std::string& path) {
  return {.method = method,
          .url = "http://" + endpoint + path,
          .headers = {{"User-Agent", "dsql-migrate/" DSQL_MIGRATE_VERSION}}};
}

HttpRequest make_post(const std::string& endpoint, const std::string& path, const Answer& answer) {
  HttpRequest request = make_request("POST", endpoint, path);
  request.headers.push_back({"Content-Type", "application/json"});
  if (!answer.error_type.empty()) {
    request.headers.push_back(
        {"Lambda-Runtime-Function-Error-Type", make_error_type(answer.error_type)});
  }
  request.body = make_valid_utf8(answer.body);
  return request;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string get_header(const HttpResponse& response, std::string_view name) {
  return std::string(find_header(response.headers, name).value_or(""));
}

// How long an epoch-milliseconds header is from now; clamped, so that no arithmetic overflows.
milliseconds parse_time_left(std::string_view text, std::chrono::system_clock::time_point now) {
  std::int64_t deadline = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), deadline);
  if (error != std::errc() || end != text.data() + text.size() || deadline < 0) return kAssumedTime;
  const auto since_epoch = std::chrono::floor<milliseconds>(now.time_since_epoch());
  return std::clamp(milliseconds(deadline) - since_epoch, -kLongestTime, kLongestTime);
}

}  // namespace

HttpRequest make_next_request(const std::string& endpoint) {
  return make_request("GET", endpoint, "/2018-06-01/runtime/invocation/next");
}

HttpRequest make_answer_request(const std::string& endpoint, const std::string& request_id,
                                const Answer& answer) {
  const std::string path = "/2018-06-01/runtime/invocation/" + request_id;
  const bool is_error = !answer.error_type.empty();
  HttpRequest request = make_post(endpoint, path + (is_error ? "/error" : "/response"), answer);
  if (request.body.size() <= kMaxAnswerBytes) return request;
  return make_post(endpoint, path + "/error", make_too_large_answer());
}

HttpRequest make_init_error_request(const std::string& endpoint, const Answer& answer) {
  return make_post(endpoint, "/2018-06-01/runtime/init/error", answer);
}

HttpRequest make_register_request(const std::string& endpoint) {
  HttpRequest request = make_request("POST", endpoint, "/2020-01-01/extension/register");
  request.headers.push_back({"Lambda-Extension-Name", kExtensionName});
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = R"({"events":[]})";
  return request;
}

HttpRequest make_extension_next_request(const std::string& endpoint,
                                        const std::string& identifier) {
  HttpRequest request = make_request("GET", endpoint, "/2020-01-01/extension/event/next");
  request.headers.push_back({"Lambda-Extension-Identifier", identifier});
  return request;
}

Answer make_error_answer(std::string_view error_type, std::string_view message) {
  const std::string type = make_error_type(error_type);
  const json body = {{"errorMessage", message}, {"errorType", type}, {"stackTrace", json::array()}};
  return {body.dump(-1, ' ', false, json::error_handler_t::replace), type};
}

Answer make_too_large_answer() {
  return make_error_answer("Function.ResponseSizeTooLarge",
                           "Response payload size exceeded maximum allowed payload size (" +
                               std::to_string(kMaxAnswerBytes) + " bytes).");
}

std::string make_error_type(std::string_view type) {
  const std::size_t dot = type.find('.');
  const std::string_view group = type.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? "" : type.substr(dot + 1);
  const bool kept = (group == "Runtime" || group == "Function") && name.size() >= 2 &&
                    name[0] >= 'A' && name[0] <= 'Z' &&
                    std::all_of(name.begin(), name.end(), is_letter);
  return kept ? std::string(type) : "Function.Unknown";
}

std::optional<Invocation> parse_invocation(const HttpResponse& response,
                                           std::chrono::system_clock::time_point now,
                                           std::chrono::steady_clock::time_point steady_now) {
  Invocation invocation;
  invocation.request_id = get_header(response, "Lambda-Runtime-Aws-Request-Id");
  if (invocation.request_id.empty()) return std::nullopt;
  invocation.function_arn = get_header(response, "Lambda-Runtime-Invoked-Function-Arn");
  invocation.trace_id = get_header(response, "Lambda-Runtime-Trace-Id");
  invocation.payload = response.body;
  invocation.deadline =
      steady_now + parse_time_left(get_header(response, "Lambda-Runtime-Deadline-Ms"), now);
  return invocation;
}

std::string parse_refusal(const HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, false);
  if (!body.is_object()) return "";
  const auto type = body.find("errorType");
  return type != body.end() && type->is_string() ? type->get<std::string>() : "";
}

}  // namespace runtime
