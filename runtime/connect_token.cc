#include "runtime/connect_token.h"

#include "runtime/sigv4.h"
#include "runtime/uri.h"

namespace runtime {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::chrono::seconds kRdsTokenLife{900};  // fixed by RDS

// The token is the presigned URL without its scheme.
Secret make_token(const std::string& authority_and_query, const Credentials& credentials,
                  const SigningScope& scope, std::chrono::seconds expires_in) {
  HttpRequest request;
  request.url = std::string(kScheme) + authority_and_query;
  const SignedRequest done = presign_request(std::move(request), credentials, scope, expires_in);
  return Secret(done.request.url.substr(kScheme.size()));
}

}  // namespace

Secret make_dsql_token(const Credentials& credentials, std::string_view host, std::string_view user,
                       std::string_view region, std::chrono::system_clock::time_point now,
                       std::chrono::seconds expires_in) {
  const std::string_view action = user == "admin" ? "DbConnectAdmin" : "DbConnect";
  return make_token(std::string(host) + "/?Action=" + std::string(action), credentials,
                    {std::string(region), "dsql", now}, expires_in);
}

Secret make_rds_token(const Credentials& credentials, std::string_view host, int port,
                      std::string_view user, std::string_view region,
                      std::chrono::system_clock::time_point now) {
  return make_token(std::string(host) + ':' + std::to_string(port) +
                        "/?Action=connect&DBUser=" + uri_encode(user),
                    credentials, {std::string(region), "rds-db", now}, kRdsTokenLife);
}

}  // namespace runtime
