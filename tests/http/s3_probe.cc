// A client of the real runtime over CurlHttp, driven by a test: one JSON command a line on stdin,
// one JSON answer a line on stdout. Credentials and endpoint come from the environment; what was
// listed and which role was assumed stay for the next command. A test tool.
//
//   {"op": "list", "bucket", "prefix"}        -> {"objects": [{"key", "etag", "size"}...]}
//   {"op": "get", "bucket"}                   -> {"contents": [{"key", "body", ...}...]}
//   {"op": "put", "bucket", "key", "etag", "body"} -> {}
//   {"op": "assume_role", "role_arn", "external_id", "session_name"} -> {"access_key", "expires"}
//   {"op": "secret", "id"}                    -> {"password"}
// A failure is {"error": {"kind", "status", "code", "message"}}, and the next command is served.
#include <iostream>
#include <nlohmann/json.hpp>

#include "runtime/curl_http.h"
#include "runtime/error.h"
#include "runtime/s3.h"
#include "runtime/secrets_manager.h"

namespace {

using nlohmann::json;

constexpr const char* kKinds[] = {"configuration", "network", "timeout", "access_denied",
                                  "not_found",     "changed", "corrupt", "too_large",
                                  "service",       "protocol"};

class Probe {
 public:
  Probe()
      : environment_(runtime::Environment::of_process()),
        region_(environment_.get_or("AWS_REGION", "us-east-1")),
        http_(runtime::make_curl_settings(environment_)),
        credentials_(runtime::load_credentials(environment_, http_, deadline())) {
    open_s3();
  }

  json run(const json& command) {
    const std::string op = command.at("op");
    if (op == "list") return list(command);
    if (op == "get") return get(command);
    if (op == "put") return put(command);
    if (op == "assume_role") return assume_role(command);
    const auto secret = runtime::get_secret_value(command.at("id"), region_, credentials_,
                                                  environment_, http_, deadline());
    return {{"password", runtime::parse_password(secret).reveal()}};
  }

 private:
  static runtime::Deadline deadline() {
    return std::chrono::steady_clock::now() + std::chrono::seconds{60};
  }

  void open_s3() {
    runtime::S3Options options;
    options.region = region_;
    s3_ = std::make_unique<runtime::S3>(http_, credentials_, environment_, options);
  }

  json list(const json& command) {
    listed_ = s3_->list(command.at("bucket"), command.at("prefix"), deadline());
    json objects = json::array();
    for (const auto& object : listed_) {
      objects.push_back({{"key", object.key}, {"etag", object.etag}, {"size", object.size}});
    }
    return {{"objects", objects}};
  }

  json get(const json& command) {
    json contents = json::array();
    s3_->get(command.at("bucket"), listed_, deadline(), [&](const runtime::S3Content& content) {
      contents.push_back({{"key", content.key},
                          {"body", content.body},
                          {"etag", content.etag},
                          {"version_id", content.version_id}});
    });
    return {{"contents", contents}};
  }

  json put(const json& command) {
    s3_->put(command.at("bucket"), {command.at("key"), command.at("etag"), 0}, command.at("body"),
             deadline());
    return json::object();
  }

  json assume_role(const json& command) {
    credentials_ = runtime::assume_role(
        {command.at("role_arn"), command.at("external_id"), command.at("session_name"), region_},
        credentials_, environment_, http_, deadline());
    open_s3();
    return {{"access_key", credentials_.access_key_id},
            {"expires", credentials_.expires_at.has_value()}};
  }

  runtime::Environment environment_;
  std::string region_;
  runtime::CurlHttp http_;
  runtime::Credentials credentials_;
  std::unique_ptr<runtime::S3> s3_;
  std::vector<runtime::S3Object> listed_;
};

json describe(const runtime::Error& error) {
  return {{"error",
           {{"kind", kKinds[static_cast<int>(error.kind())]},
            {"status", error.http_status()},
            {"code", error.code()},
            {"message", error.what()}}}};
}

json run_guarded(std::unique_ptr<Probe>& probe, const json& command) {
  try {
    if (!probe) probe = std::make_unique<Probe>();
    return probe->run(command);
  } catch (const runtime::Error& error) {
    return describe(error);
  }
}

}  // namespace

int main() {
  std::unique_ptr<Probe> probe;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << run_guarded(probe, json::parse(line)).dump() << std::endl;
  }
  return 0;
}
