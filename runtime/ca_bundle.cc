#include "runtime/ca_bundle.h"

#include <unistd.h>

#include <array>

namespace runtime {

std::string find_ca_bundle(const Environment& environment) {
  for (const char* variable : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (auto path = environment.find(variable)) return *path;
  }
  static constexpr std::array kPaths = {"/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/certs/ca-certificates.crt"};
  for (const char* path : kPaths) {
    if (access(path, R_OK) == 0) return path;
  }
  return "";
}

std::string find_amazon_ca_bundle(const Environment& environment) {
  const bool named = environment.find("AWS_CA_BUNDLE") || environment.find("SSL_CERT_FILE");
  const auto package = environment.find("LAMBDA_TASK_ROOT");
  if (!named && package) {
    std::string path = *package + "/amazon-roots.pem";
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  return find_ca_bundle(environment);
}

}  // namespace runtime
