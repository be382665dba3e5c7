// Signs what the oracle tests ask for: one JSON object a line on stdin, one answer a line on
// stdout, with every stage. A test tool: it prints what the product never does.
//
// In:  {"op": "sign" | "presign", "method", "base", "path", "query": [[name, value]...],
//       "headers": [[name, value]...], "body", "payload": "body" | "unsigned", "expires",
//       "access_key", "secret", "token", "region", "service", "time"}
//      {"op": "dsql_token" | "rds_token", "host", "port", "user", "expires", ...credentials}
// `base` is scheme and authority; `path` and `query` are not encoded yet; `time` is in seconds.
#include <iostream>
#include <nlohmann/json.hpp>

#include "runtime/connect_token.h"
#include "runtime/sigv4.h"
#include "runtime/uri.h"

namespace {

using nlohmann::json;

runtime::Credentials read_credentials(const json& in) {
  return {in.at("access_key"), runtime::Secret(in.at("secret")),
          runtime::Secret(in.value("token", "")), std::nullopt};
}

std::chrono::system_clock::time_point read_time(const json& in) {
  return std::chrono::system_clock::time_point{std::chrono::seconds{in.at("time").get<long>()}};
}

runtime::HttpRequest read_request(const json& in) {
  runtime::HttpRequest request;
  request.method = in.at("method");
  request.url =
      in.at("base").get<std::string>() + runtime::uri_encode_path(in.at("path").get<std::string>());
  char separator = '?';
  for (const json& pair : in.at("query")) {
    request.url += separator + runtime::uri_encode(pair.at(0).get<std::string>()) + '=' +
                   runtime::uri_encode(pair.at(1).get<std::string>());
    separator = '&';
  }
  for (const json& header : in.at("headers")) {
    request.headers.push_back({header.at(0), header.at(1)});
  }
  request.body = in.at("body");
  return request;
}

json sign(const json& in) {
  const runtime::SigningScope scope{in.at("region"), in.at("service"), read_time(in)};
  const bool presign = in.at("op") == "presign";
  const auto payload = in.at("payload") == "unsigned" ? runtime::PayloadHash::kUnsigned
                                                      : runtime::PayloadHash::kOfBody;
  const runtime::SignedRequest out =
      presign ? runtime::presign_request(read_request(in), read_credentials(in), scope,
                                         std::chrono::seconds{in.at("expires").get<long>()})
              : runtime::sign_request(read_request(in), read_credentials(in), scope, payload);
  return {
      {"url", out.request.url},
      {"authorization", runtime::find_header(out.request.headers, "Authorization").value_or("")},
      {"canonical_request", out.canonical_request},
      {"string_to_sign", out.string_to_sign},
      {"signature", out.signature}};
}

json make_token(const json& in) {
  const std::string host = in.at("host");
  const std::string user = in.at("user");
  const std::string region = in.at("region");
  const runtime::Secret token =
      in.at("op") == "rds_token"
          ? runtime::make_rds_token(read_credentials(in), host, in.at("port"), user, region,
                                    read_time(in))
          : runtime::make_dsql_token(read_credentials(in), host, user, region, read_time(in),
                                     std::chrono::seconds{in.at("expires").get<long>()});
  return {{"token", token.reveal()}};
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const json in = json::parse(line);
    const bool token = in.at("op").get<std::string>().ends_with("_token");
    std::cout << (token ? make_token(in) : sign(in)).dump() << '\n';
  }
  return 0;
}
