// Who called: the event's shape, told apart before its fields are read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace handler {

enum class Caller {
  kDirect,       // aws lambda invoke, Step Functions, a Scheduler schedule with its own Input
  kEventBridge,  // an EventBridge envelope (rule or Scheduler default): configured by environment
  kCloudFormation,  // a custom resource request
};

// Parses the payload; "" counts as {}. Throws RequestError when it is not a JSON object.
nlohmann::json parse_event(std::string_view payload);

// RequestType with ResponseURL: CloudFormation. "detail-type", or a `source` that is an AWS
// service's ("aws.events", "aws.scheduler"): EventBridge. Anything else: direct.
Caller find_caller(const nlohmann::json& event);

}  // namespace handler
