// S3's REST API as pure values: the requests this program makes and how their answers read.
// Source: Amazon S3 API reference, ListObjectsV2, GetObject, PutObject, HeadBucket.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http.h"
#include "runtime/s3.h"

namespace runtime {

// A bucket's place: URLs are origin + path + "/" + key.
struct S3Address {
  std::string origin;  // "https://bucket.s3.eu-west-1.amazonaws.com"
  std::string path;    // "" (virtual-host style), or "/bucket" (path style)
};

// Path style for an endpoint override ("" for none) and for names that a wildcard certificate does
// not cover (dots); virtual-host style else. Throws Error(kConfiguration) for a bucket name that is
// none (an ARN, say), for directory buckets, and for a malformed region.
S3Address make_s3_address(std::string_view endpoint_override, const std::string& bucket,
                          std::string_view region);

// One page of up to 1,000 keys, percent-encoded by S3. `token` is "" for the first page.
HttpRequest make_list_request(const S3Address& address, std::string_view prefix,
                              std::string_view token);
HttpRequest make_get_request(const S3Address& address, const S3Object& object,
                             std::size_t max_bytes);
// Puts `body` at the key in place of the object with that ETag, or, with "", where none is.
HttpRequest make_put_request(const S3Address& address, std::string_view key, std::string_view etag,
                             std::string body);
HttpRequest make_head_bucket_request(const S3Address& address);

struct S3Listing {
  std::vector<S3Object> objects;  // folder markers (empty objects named ".../") left out
  std::string next_token;         // "" after the last page
};

// Throws Error(kProtocol) for anything but a complete ListBucketResult.
S3Listing parse_listing(std::string_view body);

// The object in a 200 answer to make_get_request. Throws Error: kChanged when its ETag is another,
// kCorrupt when its length or a whole-object checksum S3 sent does not match. `bucket` is for the
// message.
S3Content parse_content(const std::string& bucket, const S3Object& object, HttpResponse response);

// Whether this refusal may mean that the bucket is in another region, and where: nullopt when the
// answer does not say.
bool is_wrong_region(const HttpResponse& response);
std::optional<std::string> find_bucket_region(const HttpResponse& response);

}  // namespace runtime
