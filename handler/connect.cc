#include "handler/connect.h"

#include <chrono>
#include <memory>
#include <string>

#include "runtime/ca_bundle.h"
#include "runtime/connect_token.h"
#include "runtime/secrets_manager.h"

namespace handler {
namespace {

using std::chrono::system_clock;

// The credentials that sign for the target: the function's own, or those of the assumed role.
class SigningCredentials {
 public:
  SigningCredentials(const Request& request, const ConnectContext& context)
      : request_(request), context_(context) {}

  const runtime::Credentials& get() {
    if (request_.role_arn.empty()) return context_.credentials;
    const auto soon = system_clock::now() + std::chrono::minutes(1);
    if (!assumed_ || (assumed_->expires_at && *assumed_->expires_at < soon)) assumed_ = assume();
    return *assumed_;
  }

 private:
  runtime::Credentials assume() const {
    runtime::AssumeRoleRequest role;
    role.role_arn = request_.role_arn;
    role.external_id = request_.external_id;
    role.session_name = "dsql-migrate";
    role.region = context_.environment.get_or("AWS_REGION", request_.target.region);
    return runtime::assume_role(role, context_.credentials, context_.environment, context_.http,
                                context_.deadline);
  }

  const Request request_;
  const ConnectContext context_;
  std::optional<runtime::Credentials> assumed_;
};

std::string make_password(const Request& request, const ConnectContext& context,
                          SigningCredentials& signing) {
  const auto& target = request.target;
  if (target.dialect == engine::Dialect::kDsql) {
    return runtime::make_dsql_token(signing.get(), target.token_host(), target.user, target.region,
                                    system_clock::now())
        .reveal();
  }
  if (request.iam_auth) {
    return runtime::make_rds_token(signing.get(), target.host, target.port, target.user,
                                   target.region, system_clock::now())
        .reveal();
  }
  if (!request.password_secret.empty()) {
    const auto region = context.environment.get_or("AWS_REGION", target.region);
    const auto secret =
        runtime::get_secret_value(request.password_secret, region, signing.get(),
                                  context.environment, context.http, context.deadline);
    return runtime::parse_password(secret).reveal();
  }
  if (target.password) return target.password->reveal();
  return context.environment.get_or("MIGRATE_PASSWORD", "");
}

}  // namespace

engine::ConnectionSettings make_connection_settings(const Request& request,
                                                    const ConnectContext& context) {
  const auto& target = request.target;
  engine::ConnectionSettings settings;
  auto& parameters = settings.parameters;
  parameters = {{"host", target.host},
                {"port", std::to_string(target.port)},
                {"dbname", target.database},
                {"user", target.user},
                {"sslmode", target.sslmode}};
  if (!target.hostaddr.empty()) parameters.emplace_back("hostaddr", target.hostaddr);
  if (!target.cluster_id.empty()) {
    parameters.emplace_back("options", "-c amzn-cluster-id=" + target.cluster_id);
  }
  if (target.sslmode != "disable") {
    const auto bundle = target.sslrootcert.empty() ? runtime::find_ca_bundle(context.environment)
                                                   : target.sslrootcert;
    if (!bundle.empty()) parameters.emplace_back("sslrootcert", bundle);
  }
  const auto signing = std::make_shared<SigningCredentials>(request, context);
  settings.password = [request, context, signing] {
    return make_password(request, context, *signing);
  };
  return settings;
}

}  // namespace handler
