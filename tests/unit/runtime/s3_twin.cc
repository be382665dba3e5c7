#include "tests/unit/runtime/s3_twin.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/digest.h"
#include "runtime/sigv4.h"
#include "runtime/time_text.h"
#include "runtime/uri.h"

namespace test_support {
namespace {

using namespace runtime;

HttpResponse refuse(int status, const std::string& code, const std::string& more = "") {
  return {status,
          {},
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
              "</Code><Message>about " + code + "</Message>" + more + "</Error>"};
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

std::map<std::string, std::string> read_query(std::string query) {
  std::map<std::string, std::string> out;
  query += '&';
  for (std::size_t at = 0; at < query.size(); at = query.find('&', at) + 1) {
    const std::string pair = query.substr(at, query.find('&', at) - at);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    out[*form_decode(pair.substr(0, equals))] = *form_decode(pair.substr(equals + 1));
  }
  return out;
}

// As S3 does with encoding-type=url: a space becomes '+'.
std::string form_encode(const std::string& key) {
  std::string out = uri_encode_path(key);
  for (std::size_t at; (at = out.find("%20")) != std::string::npos;) out.replace(at, 3, "+");
  return out;
}

}  // namespace

struct S3Twin::Call {
  HttpRequest request;
  std::string bucket;
  std::string key;
  std::map<std::string, std::string> query;
  std::string access_key;
  std::string region;  // of the credential scope
  std::string signature;
};

void S3Twin::put(const std::string& bucket, const std::string& key, const std::string& body,
                 std::vector<HttpHeader> headers) {
  const std::string etag = '"' + to_hex(sha256(body)).substr(0, 32) + '"';
  buckets[bucket].objects[key] = {body, etag, std::move(headers)};
}

S3Twin::Call S3Twin::read(const HttpRequest& request) const {
  Call call;
  call.request = request;
  const Url url = split_url(request.url);
  std::string path = *form_decode(url.path);
  const std::size_t virtual_host = url.host.find(".s3.");
  if (virtual_host != std::string::npos) path = '/' + url.host.substr(0, virtual_host) + path;
  const std::size_t slash = std::min(path.find('/', 1), path.size());
  call.bucket = path.substr(1, slash - 1);
  call.key = path.substr(std::min(slash + 1, path.size()));
  call.query = read_query(url.query);
  const std::string authorization(find_header(request.headers, "Authorization").value_or(""));
  call.access_key = between(authorization, "Credential=", "/");
  const std::string scope = between(authorization, call.access_key + '/', ",");
  call.region = between(scope, "/", "/");
  call.signature = authorization.substr(authorization.size() - 64);
  return call;
}

HttpResponse S3Twin::refuse_signature(const Call& call) const {
  HttpRequest plain = call.request;
  const std::string date(find_header(plain.headers, "X-Amz-Date").value_or(""));
  std::erase_if(plain.headers, [](const HttpHeader& header) {
    return header.name == "Authorization" || header.name.starts_with("X-Amz-Date") ||
           header.name == "X-Amz-Security-Token" || header.name == "X-Amz-Content-SHA256";
  });
  const auto expected = [&](std::chrono::system_clock::time_point time) {
    return sign_request(plain, account, {call.region, "s3", time}).signature;
  };
  if (call.access_key != account.access_key_id) return refuse(403, "InvalidAccessKeyId");
  // The client's time, to the second, is searched around ours.
  for (int seconds = -7200; seconds <= 7200; ++seconds) {
    const auto time = now + std::chrono::seconds{seconds};
    if (format_amz_date(time) != date) continue;
    if (std::abs(seconds) > 900) return refuse(403, "RequestTimeTooSkewed");
    if (expected(time) == call.signature) return {200, {}, ""};
  }
  return refuse(403, "SignatureDoesNotMatch", "<StringToSign>TOP</StringToSign>");
}

HttpOutcome S3Twin::operator()(const HttpRequest& request) {
  if (!faults.empty()) {
    HttpOutcome fault = faults.front();
    faults.pop_front();
    return fault;
  }
  const Call call = read(request);
  HttpResponse response = answer(call);
  if (request.method == "HEAD") response.body.clear();
  return response;
}

HttpResponse S3Twin::answer(const Call& call) {
  const auto found = buckets.find(call.bucket);
  if (found == buckets.end()) return refuse(404, "NoSuchBucket");
  const Bucket& bucket = found->second;
  if (call.region != bucket.region) {
    HttpResponse response = refuse(301, "PermanentRedirect");
    if (bucket.names_region || call.request.method == "HEAD") {
      response.headers.push_back({"x-amz-bucket-region", bucket.region});
    }
    return response;
  }
  HttpResponse refused = refuse_signature(call);
  if (refused.status != 200) return refused;
  if (call.key.empty()) return list(call, bucket);
  if (call.request.method == "PUT") return put(call);
  if (before_get) before_get();
  return get(call, buckets.at(call.bucket));
}

HttpResponse S3Twin::list(const Call& call, const Bucket& bucket) const {
  if (!permissions.contains("s3:ListBucket")) return refuse(403, "AccessDenied");
  const std::string prefix = call.query.at("prefix");
  const auto token = call.query.find("continuation-token");
  // A token with bytes that must be encoded: "/+" and the last key seen.
  const std::string after = token == call.query.end() ? "" : token->second.substr(2);
  std::string body =
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<EncodingType>url</EncodingType>";
  std::size_t count = 0;
  std::string last;
  bool truncated = false;
  for (const auto& [key, object] : bucket.objects) {
    if (!key.starts_with(prefix) || (!after.empty() && key <= after)) continue;
    truncated = count == page_size;
    if (truncated) break;
    body += "<Contents><Key>" + form_encode(key) + "</Key><ETag>&quot;" +
            object.etag.substr(1, object.etag.size() - 2) + "&quot;</ETag><Size>" +
            std::to_string(object.body.size()) + "</Size></Contents>";
    ++count;
    last = key;
  }
  body += std::string("<IsTruncated>") + (truncated ? "true" : "false") + "</IsTruncated>";
  if (truncated) body += "<NextContinuationToken>/+" + last + "</NextContinuationToken>";
  return {200, {}, body + "</ListBucketResult>"};
}

HttpResponse S3Twin::get(const Call& call, const Bucket& bucket) const {
  if (!permissions.contains("s3:GetObject")) return refuse(403, "AccessDenied");
  const auto found = bucket.objects.find(call.key);
  if (found == bucket.objects.end()) return refuse(404, "NoSuchKey");
  const Object& object = found->second;
  const auto wanted = find_header(call.request.headers, "If-Match");
  if (checks_if_match && wanted && *wanted != object.etag) return refuse(412, "PreconditionFailed");
  HttpResponse response{200, {{"ETag", object.etag}}, object.body};
  response.headers.insert(response.headers.end(), object.headers.begin(), object.headers.end());
  return response;
}

HttpResponse S3Twin::put(const Call& call) {
  if (!permissions.contains("s3:PutObject")) return refuse(403, "AccessDenied");
  const auto& headers = call.request.headers;
  const auto& body = call.request.body;
  if (find_header(headers, "x-amz-checksum-sha256") != to_base64(sha256(body))) {
    return refuse(400, "BadDigest");
  }
  const auto& objects = buckets.at(call.bucket).objects;
  const auto found = objects.find(call.key);
  const bool there = found != objects.end();
  if (const auto wanted = find_header(headers, "If-Match")) {
    if (!there) return refuse(404, "NoSuchKey");
    if (*wanted != found->second.etag) return refuse(412, "PreconditionFailed");
  }
  if (there && find_header(headers, "If-None-Match") == "*") {
    return refuse(412, "PreconditionFailed");
  }
  put(call.bucket, call.key, body);
  return {200, {{"ETag", objects.at(call.key).etag}}, ""};
}

}  // namespace test_support
