#include "handler/custom_resource.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "handler/request_error.h"
#include "handler/response.h"
#include "handler/url.h"
#include "runtime/endpoint.h"

namespace handler {
namespace {

using engine::Status;
using nlohmann::json;

constexpr std::size_t kMaxReasonBytes = 1000;
constexpr std::size_t kMaxIdBytes = 1024;
constexpr int kMaxAttempts = 5;
// One that hangs leaves time for another.
constexpr std::chrono::seconds kLeastAttempt{2};
constexpr std::chrono::seconds kLongestAttempt{10};
constexpr const char* kHowToContinue =
    " (deploy again, or invoke the function with {\"command\":\"apply\"} until it is APPLIED and "
    "then "
    "deploy: what is applied stays)";

std::string need_string(const json& event, const char* name) {
  const auto value = event.find(name);
  if (value != event.end() && value->is_string()) return value->get<std::string>();
  throw RequestError(name, std::string("the custom resource request has no string ") + name,
                     "CloudFormation always sends it");
}

std::string optional_string(const json& event, const char* name) {
  const auto value = event.find(name);
  return value != event.end() && value->is_string() ? value->get<std::string>() : "";
}

json optional_object(const json& event, const char* name) {
  const auto value = event.find(name);
  return value != event.end() && value->is_object() ? *value : json::object();
}

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() && text.substr(text.size() - ending.size()) == ending;
}

std::string cut_utf8(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  static constexpr std::string_view kEllipsis = "...";
  std::size_t end = max_bytes > kEllipsis.size() ? max_bytes - kEllipsis.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text.append(kEllipsis);
}

json make_reply_json(const ResourceRequest& request, const ResourceReply& reply) {
  json body = {{"Status", reply.success ? "SUCCESS" : "FAILED"},
               {"PhysicalResourceId", cut_utf8(reply.physical_resource_id, kMaxIdBytes)},
               {"StackId", request.stack_id},
               {"RequestId", request.request_id},
               {"LogicalResourceId", request.logical_resource_id}};
  if (!reply.success) body["Reason"] = cut_utf8(reply.reason, kMaxReasonBytes);
  if (!reply.data.empty()) body["Data"] = reply.data;
  return body;
}

std::string dump(const json& body) {
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_success(Status status) {
  return status == Status::kUpToDate || status == Status::kApplied || status == Status::kPlanned ||
         status == Status::kPending || status == Status::kValid || status == Status::kUndone;
}

}  // namespace

ResourceRequest parse_resource_request(const json& event) {
  ResourceRequest request;
  request.response_url = runtime::Secret(need_string(event, "ResponseURL"));
  request.type = need_string(event, "RequestType");
  request.stack_id = need_string(event, "StackId");
  request.request_id = need_string(event, "RequestId");
  request.logical_resource_id = need_string(event, "LogicalResourceId");
  request.physical_resource_id = optional_string(event, "PhysicalResourceId");
  request.properties = optional_object(event, "ResourceProperties");
  request.old_properties = optional_object(event, "OldResourceProperties");
  return request;
}

bool is_trusted_response_url(const std::string& text, const runtime::Environment& environment) {
  const auto url = parse_url(text);
  if (!url || url->host.empty()) return false;
  if (environment.find("AWS_ENDPOINT_URL")) return url->scheme == "http" || url->scheme == "https";
  const std::string own(runtime::dns_suffix(environment.get_or("AWS_REGION", "")));
  return url->scheme == "https" && url->user.empty() &&
         (ends_with(url->host, ".amazonaws.com") || ends_with(url->host, ".amazonaws.com.cn") ||
          ends_with(url->host, "." + own));
}

std::string make_physical_resource_id(const Target& target, const std::string& ledger_schema) {
  return "dsql-migrate:" + target.host + ":" + std::to_string(target.port) + "/" + target.database +
         "/" + ledger_schema;
}

std::string fallback_physical_resource_id(const ResourceRequest& request) {
  return request.physical_resource_id.empty() ? "dsql-migrate:" + request.logical_resource_id
                                              : request.physical_resource_id;
}

ResourceReply make_resource_reply(const engine::RunReport& report,
                                  std::string physical_resource_id) {
  ResourceReply reply;
  reply.success = is_success(report.status);
  reply.physical_resource_id = std::move(physical_resource_id);
  if (!reply.success) {
    reply.reason = std::string(engine::to_string(report.status)) + ": " + make_message(report);
    if (report.status == Status::kContinue && !report.undoes) reply.reason += kHowToContinue;
  }
  reply.data = {{"Status", engine::to_string(report.status)},
                {"CurrentVersion", report.current_version},
                {"AppliedCount", std::to_string(count_applied(report))}};
  if (report.went_back) reply.data["Warning"] = make_message(report);
  return reply;
}

std::string make_reply_body(const ResourceRequest& request, const ResourceReply& reply) {
  auto json_body = make_reply_json(request, reply);
  auto text = dump(json_body);
  if (text.size() > kMaxReplyBytes) json_body.erase("Data");
  std::size_t reason_bytes = kMaxReasonBytes;
  while ((text = dump(json_body)).size() > kMaxReplyBytes && reason_bytes > 0) {
    reason_bytes /= 2;
    if (json_body.contains("Reason")) json_body["Reason"] = cut_utf8(reply.reason, reason_bytes);
  }
  return text;
}

runtime::HttpRequest make_reply_request(const ResourceRequest& request,
                                        const ResourceReply& reply) {
  runtime::HttpRequest put;
  put.method = "PUT";
  put.url = request.response_url.reveal();
  put.headers = {{"Content-Type", ""}};
  put.body = make_reply_body(request, reply);
  put.max_response_bytes = std::size_t{1} << 20;
  return put;
}

bool send_reply(runtime::HttpRequest reply, runtime::Http& http, runtime::Deadline deadline,
                std::string* why) {
  using std::chrono::steady_clock;
  for (int attempt = 1;; ++attempt, reply.fresh_connection = true) {
    const auto now = steady_clock::now();
    const auto time =
        std::clamp<steady_clock::duration>((deadline - now) / 3, kLeastAttempt, kLongestAttempt);
    const auto outcome = http.send(reply, std::min(deadline, now + time));
    const auto* response = std::get_if<runtime::HttpResponse>(&outcome);
    if (response != nullptr && response->status / 100 == 2) return true;
    *why = response != nullptr ? "HTTP status " + std::to_string(response->status)
                               : std::get<runtime::TransportFailure>(outcome).message;
    const bool worth_another = response == nullptr || response->status >= 500;
    const auto next = steady_clock::now() + std::chrono::seconds(1);
    if (!worth_another || attempt == kMaxAttempts || next >= deadline) return false;
    std::this_thread::sleep_until(next);
  }
}

}  // namespace handler
