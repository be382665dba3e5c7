#include "runtime/sigv4.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "runtime/ascii.h"
#include "runtime/digest.h"
#include "runtime/time_text.h"
#include "runtime/uri.h"

namespace runtime {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// Hop-by-hop headers and those a proxy may change: never signed (botocore, auth.py).
constexpr std::array<std::string_view, 11> kNeverSigned = {"connection",
                                                           "expect",
                                                           "keep-alive",
                                                           "proxy-authenticate",
                                                           "proxy-authorization",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade",
                                                           "user-agent",
                                                           "x-amzn-trace-id"};

using CanonicalHeaders = std::map<std::string, std::string>;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }

// Trimmed, and inner runs of white space as one space.
std::string collapse(std::string_view value) {
  std::string out;
  bool gap = false;
  for (const char c : value) {
    if (is_space(c)) {
      gap = !out.empty();
      continue;
    }
    if (std::exchange(gap, false)) out += ' ';
    out += c;
  }
  return out;
}

CanonicalHeaders canonical_headers(const HttpRequest& request, const Url& url) {
  CanonicalHeaders headers;
  for (const HttpHeader& header : request.headers) {
    const std::string name = to_lower(header.name);
    if (std::find(kNeverSigned.begin(), kNeverSigned.end(), name) != kNeverSigned.end()) continue;
    const auto [found, added] = headers.try_emplace(name, collapse(header.value));
    if (!added) found->second += ',' + collapse(header.value);
  }
  headers.try_emplace("host", host_header(url));
  return headers;
}

std::string signed_names(const CanonicalHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

// RFC 3986 section 5.2.4, and repeated slashes become one.
std::string normalise_path(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") segments.push_back(segment);
    at = end + 1;
  }
  std::string out;
  for (const std::string_view segment : segments) {
    out += '/';
    out += segment;
  }
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (std::size_t at = 0; !query.empty() && at <= query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    at = end + 1;
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string canonical_request(const HttpRequest& request, const Url& url, const SigningScope& scope,
                              std::string_view payload_hash) {
  const CanonicalHeaders headers = canonical_headers(request, url);
  std::string out = request.method + '\n';
  out += scope.service == "s3" ? url.path : uri_encode_path(normalise_path(url.path));
  out += '\n' + canonical_query(url.query) + '\n';
  for (const auto& [name, value] : headers) out.append(name).append(":").append(value).append("\n");
  out += '\n' + signed_names(headers) + '\n';
  out += payload_hash;
  return out;
}

std::string scope_text(const SigningScope& scope) {
  return format_amz_date(scope.now).substr(0, 8) + '/' + scope.region + '/' + scope.service +
         "/aws4_request";
}

std::string make_string_to_sign(const SigningScope& scope, std::string_view canonical) {
  return std::string(kAlgorithm) + '\n' + format_amz_date(scope.now) + '\n' + scope_text(scope) +
         '\n' + to_hex(sha256(canonical));
}

std::string make_signature(const Credentials& credentials, const SigningScope& scope,
                           std::string_view string_to_sign) {
  std::string key = "AWS4" + credentials.secret_access_key.reveal();
  key = hmac_sha256(key, format_amz_date(scope.now).substr(0, 8));
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  return to_hex(hmac_sha256(key, string_to_sign));
}

SignedRequest make_stages(HttpRequest request, const Credentials& credentials,
                          const SigningScope& scope, std::string_view payload_hash) {
  SignedRequest out;
  out.canonical_request = canonical_request(request, split_url(request.url), scope, payload_hash);
  out.string_to_sign = make_string_to_sign(scope, out.canonical_request);
  out.signature = make_signature(credentials, scope, out.string_to_sign);
  out.request = std::move(request);
  return out;
}

std::string payload_text(const HttpRequest& request, bool unsigned_payload) {
  return unsigned_payload ? std::string(kUnsignedPayload) : to_hex(sha256(request.body));
}

}  // namespace

SignedRequest sign_request(HttpRequest request, const Credentials& credentials,
                           const SigningScope& scope, PayloadHash payload) {
  const std::string payload_hash = payload_text(request, payload == PayloadHash::kUnsigned);
  request.headers.push_back({"X-Amz-Date", format_amz_date(scope.now)});
  if (!credentials.session_token.empty()) {
    request.headers.push_back({"X-Amz-Security-Token", credentials.session_token.reveal()});
  }
  if (scope.service == "s3" || payload == PayloadHash::kUnsigned) {
    request.headers.push_back({"X-Amz-Content-SHA256", payload_hash});
  }
  const std::string names = signed_names(canonical_headers(request, split_url(request.url)));
  SignedRequest out = make_stages(std::move(request), credentials, scope, payload_hash);
  out.request.headers.push_back(
      {"Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + '/' +
                            scope_text(scope) + ", SignedHeaders=" + names +
                            ", Signature=" + out.signature});
  return out;
}

SignedRequest presign_request(HttpRequest request, const Credentials& credentials,
                              const SigningScope& scope, std::chrono::seconds expires_in) {
  const Url url = split_url(request.url);
  std::string& target = request.url;
  target += target.find('?') == std::string::npos ? '?' : '&';
  if (target.ends_with("?&")) target.pop_back();
  target += "X-Amz-Algorithm=" + std::string(kAlgorithm);
  target += "&X-Amz-Credential=" + uri_encode(credentials.access_key_id + '/' + scope_text(scope));
  target += "&X-Amz-Date=" + format_amz_date(scope.now);
  target += "&X-Amz-Expires=" + std::to_string(expires_in.count());
  target += "&X-Amz-SignedHeaders=" + uri_encode(signed_names(canonical_headers(request, url)));
  if (!credentials.session_token.empty()) {
    target += "&X-Amz-Security-Token=" + uri_encode(credentials.session_token.reveal());
  }
  const std::string payload_hash = payload_text(request, scope.service == "s3");
  SignedRequest out = make_stages(std::move(request), credentials, scope, payload_hash);
  out.request.url += "&X-Amz-Signature=" + out.signature;
  return out;
}

}  // namespace runtime
