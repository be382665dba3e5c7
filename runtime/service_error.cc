#include "runtime/service_error.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/xml.h"

namespace runtime {
namespace {

constexpr std::size_t kMaxMessage = 300;
constexpr std::size_t kMaxCode = 100;

constexpr std::array<std::string_view, 12> kCredentialCodes = {"AccessDenied",
                                                               "AccessDeniedException",
                                                               "ExpiredToken",
                                                               "ExpiredTokenException",
                                                               "InvalidAccessKeyId",
                                                               "InvalidClientTokenId",
                                                               "InvalidSignatureException",
                                                               "InvalidToken",
                                                               "RequestTimeTooSkewed",
                                                               "SignatureDoesNotMatch",
                                                               "TokenRefreshRequired",
                                                               "UnrecognizedClientException"};

// A code is a bare word; anything else did not come from AWS.
std::string clean_code(std::string_view text) {
  // "com.amazonaws.secretsmanager#ResourceNotFoundException:http://internal..."
  text = text.substr(0, text.find(':'));
  const std::size_t hash = text.rfind('#');
  if (hash != std::string_view::npos) text.remove_prefix(hash + 1);
  const bool word = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  return word && text.size() <= kMaxCode ? std::string(text) : std::string();
}

std::string first_line(std::string_view text) {
  text = text.substr(0, std::min(text.find_first_of("\r\n"), kMaxMessage));
  // Not in the middle of a UTF-8 character.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  if (text.size() == kMaxMessage) {
    while (!text.empty() && continues(text.back())) text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0x80) text.remove_suffix(1);
  }
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return out;
}

ServiceError read_xml(const std::string& body) {
  const XmlElement root = parse_xml(body);
  const XmlElement* error = root.name == "Error" ? &root : root.find("Error");
  const XmlElement* errors = root.find("Errors");
  if (error == nullptr && errors != nullptr) error = errors->find("Error");
  if (error == nullptr) return {};
  return {clean_code(error->text_of("Code")), first_line(error->text_of("Message")),
          std::string(error->text_of("Region"))};
}

std::string string_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ServiceError read_json(const std::string& body) {
  const nlohmann::json object = nlohmann::json::parse(body, nullptr, false);
  if (!object.is_object()) return {};
  std::string message = string_member(object, "message");
  if (message.empty()) message = string_member(object, "Message");
  std::string code = string_member(object, "__type");
  if (code.empty()) code = string_member(object, "code");
  return {clean_code(code), first_line(message), {}};
}

bool is_about_signature(std::string_view code) {
  return code.find("Signature") != std::string_view::npos;
}

}  // namespace

ServiceError parse_service_error(const HttpResponse& response) {
  ServiceError error;
  try {
    const std::size_t first = response.body.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && response.body[first] == '<') error = read_xml(response.body);
    if (first != std::string::npos && response.body[first] == '{') error = read_json(response.body);
  } catch (const Error&) {
    error = {};  // a proxy's page, or an answer cut short
  }
  if (error.code.empty()) {
    error.code = clean_code(find_header(response.headers, "x-amzn-ErrorType").value_or(""));
  }
  if (is_about_signature(error.code)) error.message.clear();
  return error;
}

ErrorKind kind_of_refusal(const HttpResponse& response, const ServiceError& error) {
  const bool credentials = std::find(kCredentialCodes.begin(), kCredentialCodes.end(),
                                     error.code) != kCredentialCodes.end();
  if (response.status == 401 || response.status == 403 || credentials) {
    return ErrorKind::kAccessDenied;
  }
  return response.status == 404 ? ErrorKind::kNotFound : ErrorKind::kService;
}

std::optional<Error> find_transport_error(const HttpOutcome& outcome, const std::string& what) {
  const auto* failure = std::get_if<TransportFailure>(&outcome);
  if (failure == nullptr) return std::nullopt;
  ErrorKind kind = ErrorKind::kNetwork;
  if (failure->kind == TransportFailure::Kind::kTimeout) kind = ErrorKind::kTimeout;
  if (failure->kind == TransportFailure::Kind::kTooLarge) kind = ErrorKind::kTooLarge;
  return Error(kind, what + ": " + failure->message);
}

Error make_service_error(const HttpResponse& response, const std::string& what,
                         const std::string& advice) {
  const ServiceError error = parse_service_error(response);
  std::string text = what + ": HTTP " + std::to_string(response.status);
  if (!error.code.empty()) text += ' ' + error.code;
  if (!error.message.empty()) text += " (" + error.message + ')';
  if (!advice.empty()) text += ". " + advice;
  return {kind_of_refusal(response, error), text, response.status, error.code};
}

std::string advice_for_credentials(const ServiceError& error) {
  const std::string& code = error.code;
  if (code == "ExpiredToken" || code == "ExpiredTokenException" || code == "TokenRefreshRequired") {
    return "The credentials have expired: run again with fresh ones";
  }
  if (code == "InvalidAccessKeyId" || code == "InvalidClientTokenId" || code == "InvalidToken" ||
      code == "UnrecognizedClientException") {
    return "AWS does not know these credentials: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN";
  }
  if (is_about_signature(code)) {
    return "The secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY";
  }
  if (code == "RequestTimeTooSkewed" || code == "RequestExpired") {
    return "This machine's clock is off by more than AWS accepts: set it";
  }
  return {};
}

}  // namespace runtime
