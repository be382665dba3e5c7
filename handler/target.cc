#include "handler/target.h"

#include <algorithm>
#include <array>
#include <vector>

#include "handler/request_error.h"
#include "handler/url.h"

namespace handler {
namespace {

constexpr const char* kForms =
    "use dsql://admin@HOST/postgres or postgres://USER@HOST:PORT/DB?sslmode=verify-full";

[[noreturn]] void fail(const std::string& message, const std::string& hint = kForms) {
  throw RequestError("target", message, hint);
}

std::vector<std::string> split_labels(std::string_view host) {
  std::vector<std::string> labels(1);
  for (const char c : host) {
    if (c == '.') {
      labels.emplace_back();
    } else {
      labels.back() += c;
    }
  }
  return labels;
}

void check_sslmode(const Target& target) {
  static constexpr std::array kModes = {"verify-full", "verify-ca", "require",
                                        "prefer",      "allow",     "disable"};
  if (std::find(kModes.begin(), kModes.end(), target.sslmode) == kModes.end()) {
    fail("target has an unknown sslmode", "use sslmode=verify-full");
  }
  if (target.dialect != engine::Dialect::kDsql || target.sslmode == "verify-full") return;
  const bool raw_vpce = !target.cluster_id.empty();
  if (!raw_vpce || (target.sslmode != "verify-ca" && target.sslmode != "require")) {
    fail("a dsql:// target is verified in full: sslmode=" + target.sslmode + " is not taken",
         "leave sslmode out; with clusterId (a vpce-... host) verify-ca and require are possible");
  }
}

void set_parameter(const std::string& name, const std::string& value, Target* target) {
  if (name == "region") {
    target->region = value;
  } else if (name == "hostaddr") {
    target->hostaddr = value;
  } else if (name == "sslrootcert") {
    target->sslrootcert = value;
  } else if (name == "sslmode") {
    target->sslmode = value;
  } else if (name == "search_path") {
    target->search_path = value;
  } else if (name == "clusterId" && target->dialect == engine::Dialect::kDsql) {
    target->cluster_id = value;
  } else {
    fail("target has an unknown parameter '" + name + "'",
         "known parameters: region, hostaddr, search_path, sslrootcert, sslmode, and clusterId for "
         "dsql://");
  }
}

void complete_dsql(Target* target) {
  if (target->user.empty()) target->user = "admin";
  if (target->database.empty()) target->database = "postgres";
  if (target->password) {
    fail("a dsql:// target takes no password", "the function signs an IAM token by itself");
  }
  if (target->sslmode.empty())
    target->sslmode = target->cluster_id.empty() ? "verify-full" : "verify-ca";
  if (target->region.empty()) target->region = find_endpoint_region(target->host);
  if (target->region.empty()) {
    fail("target: the region cannot be read from the host name '" + target->host + "'",
         "add ?region=REGION to the target");
  }
}

void complete_postgres(Target* target) {
  if (target->user.empty()) fail("a postgres:// target needs a user");
  if (target->database.empty()) fail("a postgres:// target needs a database");
  if (target->sslmode.empty()) target->sslmode = "verify-full";
  if (target->region.empty()) target->region = find_endpoint_region(target->host);
}

}  // namespace

bool is_dsql_endpoint(std::string_view host) {
  const auto labels = split_labels(host);
  const auto n = labels.size();
  const bool on_aws = n >= 4 && labels[n - 1] == "aws" && labels[n - 2] == "on";
  return on_aws && labels[n - 4].rfind("dsql", 0) == 0;
}

std::string find_endpoint_region(std::string_view host) {
  const auto labels = split_labels(host);
  const auto n = labels.size();
  if (is_dsql_endpoint(host)) return labels[n - 3];
  const bool amazonaws = n >= 4 && labels[n - 1] == "com" && labels[n - 2] == "amazonaws";
  if (amazonaws && labels[n - 3] == "rds") return labels[n - 4];
  if (amazonaws && n >= 5 && labels[n - 3] == "vpce") return labels[n - 4];
  return "";
}

std::string Target::to_string() const {
  const char* scheme = dialect == engine::Dialect::kDsql ? "dsql://" : "postgres://";
  return scheme + user + "@" + host + ":" + std::to_string(port) + "/" + database;
}

std::string Target::token_host() const {
  return cluster_id.empty() ? host : cluster_id + ".dsql." + region + ".on.aws";
}

Target parse_target(std::string_view text) {
  const auto url = parse_url(text);
  if (!url || url->host.empty()) fail("target is not a URL this function connects to");
  Target target;
  if (url->scheme == "postgres" || url->scheme == "postgresql") {
    target.dialect = engine::Dialect::kPostgres;
  } else if (url->scheme != "dsql") {
    fail("target has the unknown scheme '" + url->scheme + "://'");
  }
  target.user = url->user;
  if (url->password) target.password = runtime::Secret(*url->password);
  target.host = url->host;
  target.port = url->port.value_or(5432);
  target.database = url->path.empty() ? "" : url->path.substr(1);
  for (const auto& [name, value] : url->query) set_parameter(name, value, &target);
  if (target.dialect == engine::Dialect::kDsql) {
    complete_dsql(&target);
  } else {
    complete_postgres(&target);
  }
  check_sslmode(target);
  return target;
}

}  // namespace handler
