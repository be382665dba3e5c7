#include "runtime/sts.h"

#include "runtime/aws_client.h"
#include "runtime/endpoint.h"
#include "runtime/error.h"
#include "runtime/service_error.h"
#include "runtime/time_text.h"
#include "runtime/uri.h"
#include "runtime/xml.h"

namespace runtime {
namespace {

std::string advice_for(const ServiceError& error, const AssumeRoleRequest& request) {
  if (error.code == "AccessDenied") {
    return "The role's trust policy must allow this function's role" +
           std::string(request.external_id.empty() ? "" : " with that external id") +
           ", and this function's role must allow sts:AssumeRole on it";
  }
  if (error.code == "RegionDisabledException") {
    return "Enable STS for this region in the account, or use another region";
  }
  return advice_for_credentials(error);
}

}  // namespace

HttpRequest make_assume_role_request(const AssumeRoleRequest& request,
                                     const std::string& endpoint) {
  HttpRequest http;
  http.method = "POST";
  http.url = endpoint + '/';
  http.headers.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
  http.body = "Action=AssumeRole&Version=2011-06-15&RoleArn=" + uri_encode(request.role_arn) +
              "&RoleSessionName=" + uri_encode(request.session_name);
  if (!request.external_id.empty()) http.body += "&ExternalId=" + uri_encode(request.external_id);
  return http;
}

Credentials parse_assume_role_answer(std::string_view body) {
  const XmlElement root = parse_xml(body);
  const XmlElement* result = root.find("AssumeRoleResult");
  const XmlElement* found = result == nullptr ? nullptr : result->find("Credentials");
  if (found == nullptr || found->text_of("AccessKeyId").empty() ||
      found->text_of("SecretAccessKey").empty() || found->text_of("SessionToken").empty()) {
    throw Error(ErrorKind::kProtocol, "the answer of STS AssumeRole holds no credentials");
  }
  return {std::string(found->text_of("AccessKeyId")),
          Secret(std::string(found->text_of("SecretAccessKey"))),
          Secret(std::string(found->text_of("SessionToken"))),
          parse_iso8601(found->text_of("Expiration"))};
}

Credentials assume_role(const AssumeRoleRequest& request, const Credentials& base,
                        const Environment& environment, Http& http, Deadline deadline,
                        Surroundings surroundings) {
  const std::string endpoint = regional_endpoint(environment, "STS", "sts", request.region);
  AwsClient client(http, base, environment, std::move(surroundings));
  const HttpOutcome outcome =
      client.send({make_assume_role_request(request, endpoint), "sts", request.region}, deadline);
  const std::string what = "STS AssumeRole of " + request.role_arn;
  if (auto error = find_transport_error(outcome, what)) throw *error;
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) {
    throw make_service_error(response, what, advice_for(parse_service_error(response), request));
  }
  return parse_assume_role_answer(response.body);
}

}  // namespace runtime
