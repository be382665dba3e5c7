#include "handler/event.h"

#include <nlohmann/json.hpp>
#include <string>

#include "handler/request_error.h"

namespace handler {

nlohmann::json parse_event(std::string_view payload) {
  if (payload.empty()) return nlohmann::json::object();
  auto event = nlohmann::json::parse(payload, nullptr, /*allow_exceptions=*/false);
  if (event.is_discarded()) {
    throw RequestError("", "the event is not JSON",
                       "send an object such as {\"command\":\"status\"}");
  }
  if (event.is_null()) return nlohmann::json::object();
  if (!event.is_object()) {
    throw RequestError("",
                       std::string("the event is a JSON ") + event.type_name() + ", not an object",
                       "send an object such as {\"command\":\"status\"}");
  }
  return event;
}

Caller find_caller(const nlohmann::json& event) {
  if (event.contains("RequestType") && event.contains("ResponseURL"))
    return Caller::kCloudFormation;
  if (event.contains("detail-type")) return Caller::kEventBridge;
  const auto source = event.find("source");
  if (source != event.end() && source->is_string() &&
      source->get_ref<const std::string&>().rfind("aws.", 0) == 0) {
    return Caller::kEventBridge;
  }
  return Caller::kDirect;
}

}  // namespace handler
