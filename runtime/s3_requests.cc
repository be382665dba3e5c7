#include "runtime/s3_requests.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/digest.h"
#include "runtime/endpoint.h"
#include "runtime/error.h"
#include "runtime/s3_checksum.h"
#include "runtime/service_error.h"
#include "runtime/uri.h"
#include "runtime/xml.h"

namespace runtime {
namespace {

[[noreturn]] void refuse_listing(const char* why) {
  throw Error(ErrorKind::kProtocol, std::string("S3's answer to ListObjectsV2 ") + why);
}

// A bucket's name becomes part of a host name, so nothing else may pass.
void check_bucket(const std::string& bucket) {
  const bool clean = std::all_of(bucket.begin(), bucket.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (!clean || bucket.size() < 3 || bucket.size() > 63) {
    throw Error(ErrorKind::kConfiguration,
                "not a bucket name: \"" + bucket +
                    "\" (3 to 63 lower-case letters, digits, dots and hyphens)");
  }
  if (bucket.ends_with("--x-s3")) {
    throw Error(ErrorKind::kConfiguration,
                "directory buckets (S3 Express) are not supported: \"" + bucket + '"');
  }
}

S3Object parse_entry(const XmlElement& entry, bool encoded) {
  S3Object object;
  const std::string_view key = entry.text_of("Key");
  const auto decoded = encoded ? form_decode(key) : std::optional(std::string(key));
  if (!decoded || decoded->empty()) refuse_listing("has an object without a readable key");
  object.key = *decoded;
  object.etag = entry.text_of("ETag");
  const std::string_view size = entry.text_of("Size");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
  if (error != std::errc{} || end != size.data() + size.size()) {
    refuse_listing("has an object without a size");
  }
  return object;
}

}  // namespace

S3Address make_s3_address(std::string_view endpoint_override, const std::string& bucket,
                          std::string_view region) {
  check_bucket(bucket);
  check_region(region);
  if (!endpoint_override.empty()) return {std::string(endpoint_override), '/' + bucket};
  const std::string host = "s3." + std::string(region) + '.' + std::string(dns_suffix(region));
  if (bucket.find('.') != std::string::npos) return {"https://" + host, '/' + bucket};
  return {"https://" + bucket + '.' + host, ""};
}

HttpRequest make_list_request(const S3Address& address, std::string_view prefix,
                              std::string_view token) {
  HttpRequest request;
  request.url = address.origin + (address.path.empty() ? "/" : address.path);
  request.url += "?list-type=2&encoding-type=url&prefix=" + uri_encode(prefix);
  if (!token.empty()) request.url += "&continuation-token=" + uri_encode(token);
  return request;
}

HttpRequest make_get_request(const S3Address& address, const S3Object& object,
                             std::size_t max_bytes) {
  HttpRequest request;
  request.url = address.origin + address.path + '/' + uri_encode_path(object.key);
  if (!object.etag.empty()) request.headers.push_back({"If-Match", object.etag});
  request.headers.push_back({"x-amz-checksum-mode", "ENABLED"});
  request.max_response_bytes = max_bytes;
  return request;
}

HttpRequest make_put_request(const S3Address& address, std::string_view key, std::string_view etag,
                             std::string body) {
  HttpRequest request;
  request.method = "PUT";
  request.url = address.origin + address.path + '/' + uri_encode_path(key);
  request.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                     {"x-amz-checksum-sha256", to_base64(sha256(body))}};
  request.headers.push_back(etag.empty() ? HttpHeader{"If-None-Match", "*"}
                                         : HttpHeader{"If-Match", std::string(etag)});
  request.body = std::move(body);
  return request;
}

HttpRequest make_head_bucket_request(const S3Address& address) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = address.origin + (address.path.empty() ? "/" : address.path);
  return request;
}

S3Listing parse_listing(std::string_view body) {
  const XmlElement root = parse_xml(body);
  if (root.name != "ListBucketResult") refuse_listing("is another document");
  const bool encoded = root.text_of("EncodingType") == "url";
  S3Listing listing;
  for (const XmlElement& entry : root.children) {
    if (entry.name != "Contents") continue;
    S3Object object = parse_entry(entry, encoded);
    const bool folder_marker = object.size == 0 && object.key.ends_with('/');
    if (!folder_marker) listing.objects.push_back(std::move(object));
  }
  if (root.text_of("IsTruncated") != "true") return listing;
  listing.next_token = root.text_of("NextContinuationToken");
  if (listing.next_token.empty()) refuse_listing("is cut off without a continuation token");
  return listing;
}

S3Content parse_content(const std::string& bucket, const S3Object& object, HttpResponse response) {
  const std::string what = "S3 get of s3://" + bucket + '/' + object.key + ": ";
  S3Content content{object.key, std::move(response.body),
                    std::string(find_header(response.headers, "ETag").value_or("")),
                    std::string(find_header(response.headers, "x-amz-version-id").value_or(""))};
  if (!object.etag.empty() && content.etag != object.etag) {
    throw Error(ErrorKind::kChanged, what + "it was replaced since it was listed. Run again",
                response.status);
  }
  if (content.body.size() != object.size) {
    throw Error(ErrorKind::kCorrupt,
                what + std::to_string(content.body.size()) + " bytes came, " +
                    std::to_string(object.size) + " were listed",
                response.status);
  }
  if (const auto mismatch = find_checksum_mismatch(response.headers, content.body)) {
    throw Error(ErrorKind::kCorrupt, what + "its bytes do not match its " + *mismatch + " checksum",
                response.status);
  }
  return content;
}

bool is_wrong_region(const HttpResponse& response) {
  if (response.status == 301 || response.status == 302 || response.status == 307) return true;
  if (response.status < 400) return false;
  const ServiceError error = parse_service_error(response);
  return error.code == "PermanentRedirect" || error.code == "IllegalLocationConstraintException" ||
         (error.code == "AuthorizationHeaderMalformed" && find_bucket_region(response));
}

std::optional<std::string> find_bucket_region(const HttpResponse& response) {
  std::string region(find_header(response.headers, "x-amz-bucket-region").value_or(""));
  if (region.empty()) region = parse_service_error(response).region;
  if (region.empty()) return std::nullopt;
  return region;
}

}  // namespace runtime
