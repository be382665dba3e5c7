#include "runtime/secrets_manager.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "runtime/aws_client.h"
#include "runtime/endpoint.h"
#include "runtime/error.h"
#include "runtime/service_error.h"

namespace runtime {
namespace {

// arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME
std::string region_of(const std::string& secret_id, const std::string& fallback) {
  if (!secret_id.starts_with("arn:")) return fallback;
  std::size_t begin = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t colon = secret_id.find(':', begin);
    if (colon == std::string::npos) return fallback;
    begin = colon + 1;
  }
  const std::string region = secret_id.substr(begin, secret_id.find(':', begin) - begin);
  return region.empty() ? fallback : region;
}

HttpRequest make_get_secret_value_request(const std::string& secret_id,
                                          const std::string& endpoint) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint + '/';
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "secretsmanager.GetSecretValue"}};
  request.body = nlohmann::json{{"SecretId", secret_id}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return request;
}

Secret parse_get_secret_value_answer(const std::string& body, const std::string& what) {
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object()) throw Error(ErrorKind::kProtocol, what + ": the answer is not JSON");
  const auto found = answer.find("SecretString");
  if (found == answer.end() || !found->is_string()) {
    throw Error(ErrorKind::kConfiguration,
                what + ": it holds no SecretString: store the password as text, not as binary");
  }
  return Secret(found->get<std::string>());
}

std::string advice_for(const ServiceError& error) {
  if (error.code == "AccessDeniedException") {
    return "The credentials need secretsmanager:GetSecretValue on it, and kms:Decrypt when it is "
           "encrypted with a key of your own";
  }
  if (error.code == "ResourceNotFoundException") {
    return "Check the secret's name or ARN, its region, and that it has a value";
  }
  return advice_for_credentials(error);
}

// This service says "not found" with a 400.
Error make_refusal(const HttpResponse& response, const std::string& what) {
  const ServiceError said = parse_service_error(response);
  Error error = make_service_error(response, what, advice_for(said));
  if (said.code != "ResourceNotFoundException") return error;
  return {ErrorKind::kNotFound, error.what(), response.status, said.code};
}

}  // namespace

Secret get_secret_value(const std::string& secret_id, const std::string& region,
                        const Credentials& credentials, const Environment& environment, Http& http,
                        Deadline deadline, Surroundings surroundings) {
  const std::string signing_region = region_of(secret_id, region);
  const std::string endpoint =
      regional_endpoint(environment, "SECRETS_MANAGER", "secretsmanager", signing_region);
  AwsClient client(http, credentials, environment, std::move(surroundings));
  const HttpOutcome outcome = client.send(
      {make_get_secret_value_request(secret_id, endpoint), "secretsmanager", signing_region},
      deadline);
  const std::string what = "Secrets Manager GetSecretValue of " + secret_id;
  if (auto error = find_transport_error(outcome, what)) throw *error;
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) throw make_refusal(response, what);
  return parse_get_secret_value_answer(response.body, what);
}

Secret parse_password(const Secret& secret_string) {
  const nlohmann::json value = nlohmann::json::parse(secret_string.reveal(), nullptr, false);
  if (!value.is_object()) return secret_string;
  const auto found = value.find("password");
  if (found == value.end() || !found->is_string()) {
    throw Error(ErrorKind::kConfiguration,
                "the secret is a JSON object without a string member \"password\"");
  }
  return Secret(found->get<std::string>());
}

}  // namespace runtime
