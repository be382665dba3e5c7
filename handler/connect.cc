#include "handler/connect.h"

#include <cctype>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

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

// A blank or backslash of the value would end or change it: PostgreSQL documentation,
// StartupMessage.
void append_option(const char* name, std::string_view value, std::string* options) {
  *options += (options->empty() ? "-c " : " -c ") + std::string(name) + "=";
  for (const char c : value) {
    if (c == '\\' || std::isspace(static_cast<unsigned char>(c))) *options += '\\';
    *options += c;
  }
}

void append_setting(const char* name, const std::optional<std::chrono::seconds>& value,
                    std::string* options) {
  if (value) append_option(name, std::to_string(value->count()) + "s", options);
}

// In the startup message: they cost no round trip, every reconnect has them, and RESET ALL after a
// file goes back to them.
std::string make_options(const Request& request) {
  std::string options;
  if (!request.target.cluster_id.empty()) {
    options = "-c amzn-cluster-id=" + request.target.cluster_id;
  }
  if (!request.target.search_path.empty()) {
    append_option("search_path", request.target.search_path, &options);
  }
  append_setting("statement_timeout", request.statement_timeout, &options);
  append_setting("lock_timeout", request.table_lock_timeout, &options);
  return options;
}

// A PostgreSQL of one's own may have its certificate from anybody.
std::string find_trust_store(const Target& target, const runtime::Environment& environment) {
  if (!target.sslrootcert.empty()) return target.sslrootcert;
  return target.dialect == engine::Dialect::kDsql ? runtime::find_amazon_ca_bundle(environment)
                                                  : runtime::find_ca_bundle(environment);
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
  if (auto options = make_options(request); !options.empty()) {
    parameters.emplace_back("options", std::move(options));
  }
  if (target.sslmode != "disable") {
    const auto bundle = find_trust_store(target, context.environment);
    if (!bundle.empty()) parameters.emplace_back("sslrootcert", bundle);
  }
  const auto signing = std::make_shared<SigningCredentials>(request, context);
  settings.password = [request, context, signing] {
    return make_password(request, context, *signing);
  };
  return settings;
}

}  // namespace handler
