#include "runtime/credentials.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/aws_client.h"
#include "runtime/error.h"
#include "runtime/service_error.h"
#include "runtime/time_text.h"
#include "runtime/uri.h"

namespace runtime {
namespace {

constexpr const char* kFullUri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kRelativeUri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr const char* kWhat = "the container credentials endpoint";

// It is on this machine: when it does not answer soon it will not answer.
constexpr std::chrono::seconds kContainerPatience{10};

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::kConfiguration, message);
}

Credentials read_variables(const Environment& environment) {
  const auto secret = environment.find("AWS_SECRET_ACCESS_KEY");
  if (!secret) refuse("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both");
  return {environment.get_or("AWS_ACCESS_KEY_ID", ""), Secret(*secret),
          Secret(environment.get_or("AWS_SESSION_TOKEN", "")), std::nullopt};
}

// All of 127.0.0.0/8, written as four numbers.
bool is_ipv4_loopback(const std::string& host) {
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// Plain http only to this machine and to the addresses ECS and EKS use, so that a stray variable
// cannot send the authorization token elsewhere.
bool may_be_asked(const Url& url) {
  return url.scheme == "https" || is_ipv4_loopback(url.host) || url.host == "localhost" ||
         url.host == "[::1]" || url.host == "169.254.170.2" || url.host == "169.254.170.23" ||
         url.host == "[fd00:ec2::23]";
}

std::string checked_full_uri(const std::string& uri) {
  Url url;
  try {
    url = split_url(uri);
  } catch (const Error& error) {
    refuse(std::string(kFullUri) + " is " + error.what());
  }
  if (!may_be_asked(url)) {
    refuse(std::string(kFullUri) +
           " must be https, or http to a loopback address, 169.254.170.2, 169.254.170.23 or "
           "[fd00:ec2::23]");
  }
  return uri;
}

std::optional<std::string> find_container_uri(const Environment& environment) {
  if (const auto relative = environment.find(kRelativeUri)) {
    if (!relative->starts_with('/')) refuse(std::string(kRelativeUri) + " must begin with '/'");
    return "http://169.254.170.2" + *relative;
  }
  if (const auto full = environment.find(kFullUri)) return checked_full_uri(*full);
  return std::nullopt;
}

std::string read_token_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(std::string(kTokenFile) + " names a file that cannot be read: " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_authorization(const Environment& environment) {
  const auto path = environment.find(kTokenFile);
  std::string token = path ? read_token_file(*path) : environment.get_or(kToken, "");
  if (token.find_first_of("\r\n") != std::string::npos) {
    refuse(std::string(path ? kTokenFile : kToken) + " holds a line break");
  }
  return token;
}

HttpRequest make_container_request(const std::string& uri, const std::string& authorization) {
  HttpRequest request;
  request.url = uri;
  request.headers.push_back({"Accept", "application/json"});
  if (!authorization.empty()) request.headers.push_back({"Authorization", authorization});
  return request;
}

Credentials parse_container_answer(const std::string& body) {
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  const auto member = [&answer](const char* name) {
    const auto found = answer.is_object() ? answer.find(name) : answer.end();
    return found != answer.end() && found->is_string() ? found->get<std::string>() : "";
  };
  Credentials credentials{member("AccessKeyId"), Secret(member("SecretAccessKey")),
                          Secret(member("Token")), parse_iso8601(member("Expiration"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    throw Error(ErrorKind::kProtocol, std::string(kWhat) + " answered without credentials");
  }
  return credentials;
}

Credentials ask_container(const std::string& uri, const Environment& environment, Http& http,
                          Deadline deadline, Surroundings surroundings) {
  const HttpRequest request = make_container_request(uri, read_authorization(environment));
  deadline = std::min(deadline, surroundings.steady_now() + kContainerPatience);
  AwsClient client(http, {}, environment, std::move(surroundings));
  const HttpOutcome outcome = client.send({request, "", ""}, deadline);
  if (auto error = find_transport_error(outcome, kWhat)) throw *error;
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) throw make_service_error(response, kWhat, "");
  return parse_container_answer(response.body);
}

}  // namespace

Credentials load_credentials(const Environment& environment, Http& http, Deadline deadline,
                             Surroundings surroundings) {
  if (environment.find("AWS_ACCESS_KEY_ID")) return read_variables(environment);
  if (const auto uri = find_container_uri(environment)) {
    return ask_container(*uri, environment, http, deadline, std::move(surroundings));
  }
  refuse("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or " +
         std::string(kFullUri));
}

}  // namespace runtime
