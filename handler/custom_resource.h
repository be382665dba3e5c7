// CloudFormation custom resources: the request, and the reply PUT to its ResponseURL.
// Source: AWS CloudFormation user guide, "Custom resource request and response objects".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/run_report.h"
#include "handler/target.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/secret.h"

namespace handler {

struct ResourceRequest {
  std::string type;              // "Create", "Update", "Delete"
  runtime::Secret response_url;  // whoever has it can answer for us: never logged
  std::string stack_id;
  std::string request_id;
  std::string logical_resource_id;
  std::string physical_resource_id;  // "" on Create
  nlohmann::json properties;         // ResourceProperties, {} when absent
  nlohmann::json old_properties;     // those before an Update, {} when absent
};

struct ResourceReply {
  bool success = false;
  std::string reason;                // required on failure
  std::string physical_resource_id;  // not empty, at most 1,024 bytes
  nlohmann::json data = nlohmann::json::object();
};

// CloudFormation's limit on the reply, bytes.
inline constexpr std::size_t kMaxReplyBytes = 4096;

// The request in an event whose caller is kCloudFormation. Throws RequestError when a field that
// the reply needs is missing or no string.
ResourceRequest parse_resource_request(const nlohmann::json& event);

// Whether a reply may be sent there: https to a host below amazonaws.com (or amazonaws.com.cn);
// any http(s) URL while AWS_ENDPOINT_URL points at an emulator.
bool is_trusted_response_url(const std::string& url, const runtime::Environment& environment);

// The same id for the same target and ledger, so that an update in place never looks like a
// replacement (which CloudFormation follows with a Delete).
std::string make_physical_resource_id(const Target& target, const std::string& ledger_schema);

// An id for a request whose target could not be read: the one it came with, else one that names the
// resource.
std::string fallback_physical_resource_id(const ResourceRequest& request);

// UP_TO_DATE, APPLIED, PLANNED, VALID, PENDING and UNDONE succeed; the others fail with the
// report's message. A budget that ended is a failure too (README.md, "Decisions"): what was applied
// stays, and the next deployment continues.
ResourceReply make_resource_reply(const engine::RunReport& report,
                                  std::string physical_resource_id);

// The reply's JSON, at most kMaxReplyBytes: Data goes first, then Reason is cut (UTF-8 safe).
std::string make_reply_body(const ResourceRequest& request, const ResourceReply& reply);

// The PUT: exact length, an empty content type (the URL is presigned without one), no redirects.
runtime::HttpRequest make_reply_request(const ResourceRequest& request, const ResourceReply& reply);

// Sends it until it is accepted: network failures and 5xx are tried again, up to five times, one
// second apart, to the deadline, an attempt taking at most a third of what is left (2 to 10 s); any
// other status is final. False when it was not accepted; `why` then says so without the URL.
bool send_reply(runtime::HttpRequest reply, runtime::Http& http, runtime::Deadline deadline,
                std::string* why);

}  // namespace handler
