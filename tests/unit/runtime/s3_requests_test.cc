#include "runtime/s3_requests.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "runtime/s3_checksum.h"

namespace {

using namespace runtime;

S3Address address() { return make_s3_address("", "bucket", "eu-west-1"); }

TEST(S3Requests, virtual_host_style_is_the_rule) {
  const S3Address place = address();
  EXPECT_EQ(place.origin, "https://bucket.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(place.path, "");
  EXPECT_EQ(make_s3_address("", "bucket", "cn-north-1").origin,
            "https://bucket.s3.cn-north-1.amazonaws.com.cn");
}

TEST(S3Requests, path_style_for_dots_and_for_an_endpoint_override) {
  EXPECT_EQ(make_s3_address("", "my.bucket", "eu-west-1").origin,
            "https://s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(make_s3_address("", "my.bucket", "eu-west-1").path, "/my.bucket");
  EXPECT_EQ(make_s3_address("http://127.0.0.1:5000", "bucket", "eu-west-1").origin,
            "http://127.0.0.1:5000");
  EXPECT_EQ(make_s3_address("http://127.0.0.1:5000", "bucket", "eu-west-1").path, "/bucket");
}

TEST(S3Requests, a_bucket_name_that_is_none_is_refused) {
  for (const char* name : {"", "ab", "Bucket", "evil.example/x", "b@d", "a b c",
                           "arn:aws:s3:us-east-1:1:accesspoint/a", "fast--use1-az4--x-s3"}) {
    EXPECT_THROW(make_s3_address("", name, "eu-west-1"), Error) << name;
  }
}

TEST(S3Requests, list_asks_for_url_encoding_and_encodes_prefix_and_token) {
  EXPECT_EQ(make_list_request(address(), "a b/+", "").url,
            "https://bucket.s3.eu-west-1.amazonaws.com/"
            "?list-type=2&encoding-type=url&prefix=a%20b%2F%2B");
  EXPECT_EQ(
      make_list_request({"http://h:1", "/bucket"}, "", "t/+=").url,
      "http://h:1/bucket?list-type=2&encoding-type=url&prefix=&continuation-token=t%2F%2B%3D");
}

TEST(S3Requests, get_is_pinned_asks_for_checksums_and_keeps_the_keys_slashes) {
  const HttpRequest request = make_get_request(address(), {"/a//../b c+~é", "\"e\"", 1}, 77);
  EXPECT_EQ(request.url, "https://bucket.s3.eu-west-1.amazonaws.com//a//../b%20c%2B~%C3%A9");
  EXPECT_EQ(find_header(request.headers, "If-Match"), "\"e\"");
  EXPECT_EQ(find_header(request.headers, "x-amz-checksum-mode"), "ENABLED");
  EXPECT_EQ(request.max_response_bytes, 77U);
}

TEST(S3Requests, put_replaces_what_was_listed_or_nothing_and_carries_its_checksum) {
  const HttpRequest request = make_put_request(address(), "m/a b", "\"e\"", "123456789");
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url, "https://bucket.s3.eu-west-1.amazonaws.com/m/a%20b");
  EXPECT_EQ(request.body, "123456789");
  EXPECT_EQ(find_header(request.headers, "If-Match"), "\"e\"");
  EXPECT_EQ(find_header(request.headers, "If-None-Match"), std::nullopt);
  EXPECT_EQ(find_header(request.headers, "x-amz-checksum-sha256"),
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");  // sha256sum's
  const HttpRequest first = make_put_request(address(), "m/a b", "", "");
  EXPECT_EQ(find_header(first.headers, "If-None-Match"), "*");
  EXPECT_EQ(find_header(first.headers, "If-Match"), std::nullopt);
}

std::string listing(const std::string& contents, const std::string& more = "") {
  return "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
         "<EncodingType>url</EncodingType>" +
         contents + more + "</ListBucketResult>";
}

std::string entry(const std::string& key, const std::string& size = "3") {
  return "<Contents><Key>" + key + "</Key><ETag>&quot;e&quot;</ETag><Size>" + size +
         "</Size><Owner><ID>x</ID></Owner></Contents>";
}

TEST(S3Requests, listing_is_decoded_and_folder_markers_are_left_out) {
  const S3Listing page = parse_listing(listing(entry("a+b%2Bc/%C3%A9.sql") + entry("folder/", "0") +
                                               entry("odd/", "5") + entry("empty", "0")));
  ASSERT_EQ(page.objects.size(), 3U);
  EXPECT_EQ(page.objects[0].key, "a b+c/é.sql");
  EXPECT_EQ(page.objects[0].etag, "\"e\"");
  EXPECT_EQ(page.objects[0].size, 3U);
  EXPECT_EQ(page.objects[1].key, "odd/");
  EXPECT_EQ(page.objects[2].key, "empty");
  EXPECT_EQ(page.next_token, "");
}

TEST(S3Requests, a_key_is_taken_as_it_is_when_the_server_did_not_encode) {
  const S3Listing page =
      parse_listing("<ListBucketResult>" + entry("a+b%2B&amp;") + "</ListBucketResult>");
  EXPECT_EQ(page.objects.at(0).key, "a+b%2B&");
}

TEST(S3Requests, a_truncated_listing_gives_its_token) {
  EXPECT_EQ(parse_listing(listing("",
                                  "<IsTruncated>true</IsTruncated>"
                                  "<NextContinuationToken>t/+=</NextContinuationToken>"))
                .next_token,
            "t/+=");
  EXPECT_THROW(parse_listing(listing("", "<IsTruncated>true</IsTruncated>")), Error);
}

TEST(S3Requests, what_is_not_a_listing_is_a_protocol_error) {
  for (const std::string& body :
       {std::string(), std::string("<Error><Code>X</Code></Error>"), std::string("<html></html>"),
        listing("<Contents><Size>1</Size></Contents>"), listing(entry("a", "")),
        listing(entry("a", "-1")), listing(entry("a", "1x")), listing(entry("a%zz"))}) {
    try {
      parse_listing(body);
      ADD_FAILURE() << body;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kProtocol);
    }
  }
}

ErrorKind content_failure(const S3Object& object, HttpResponse response) {
  try {
    parse_content("bucket", object, std::move(response));
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("s3://bucket/key"), std::string::npos);
    return error.kind();
  }
  ADD_FAILURE() << "accepted";
  return ErrorKind::kService;
}

TEST(S3Requests, content_keeps_etag_and_version) {
  const S3Content content = parse_content(
      "bucket", {"key", "\"e\"", 3}, {200, {{"etag", "\"e\""}, {"X-Amz-Version-Id", "v"}}, "abc"});
  EXPECT_EQ(content.key, "key");
  EXPECT_EQ(content.body, "abc");
  EXPECT_EQ(content.etag, "\"e\"");
  EXPECT_EQ(content.version_id, "v");
}

TEST(S3Requests, content_of_another_etag_length_or_checksum_is_refused) {
  const S3Object object{"key", "\"e\"", 3};
  EXPECT_EQ(content_failure(object, {200, {{"ETag", "\"other\""}}, "abc"}), ErrorKind::kChanged);
  EXPECT_EQ(content_failure(object, {200, {{"ETag", "\"e\""}}, "ab"}), ErrorKind::kCorrupt);
  EXPECT_EQ(content_failure(
                object, {200, {{"ETag", "\"e\""}, {"x-amz-checksum-crc32", "AAAAAA=="}}, "abc"}),
            ErrorKind::kCorrupt);
}

TEST(S3Requests, wrong_region_is_known_by_status_or_code) {
  const auto answer = [](int status, const std::string& inside) {
    return HttpResponse{status, {}, "<Error>" + inside + "</Error>"};
  };
  EXPECT_TRUE(is_wrong_region(answer(301, "<Code>PermanentRedirect</Code>")));
  EXPECT_TRUE(is_wrong_region(answer(302, "")));
  EXPECT_TRUE(is_wrong_region(answer(307, "<Code>TemporaryRedirect</Code>")));
  EXPECT_TRUE(is_wrong_region(answer(400, "<Code>IllegalLocationConstraintException</Code>")));
  EXPECT_TRUE(is_wrong_region(
      answer(400, "<Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region>")));
  EXPECT_FALSE(is_wrong_region(answer(400, "<Code>AuthorizationHeaderMalformed</Code>")));
  EXPECT_FALSE(is_wrong_region(answer(403, "<Code>AccessDenied</Code>")));
  EXPECT_FALSE(is_wrong_region(answer(200, "")));
}

TEST(S3Requests, region_comes_from_the_header_before_the_body) {
  const std::string body = "<Error><Region>eu-west-1</Region></Error>";
  EXPECT_EQ(find_bucket_region({301, {{"X-Amz-Bucket-Region", "eu-west-2"}}, body}), "eu-west-2");
  EXPECT_EQ(find_bucket_region({301, {}, body}), "eu-west-1");
  EXPECT_EQ(find_bucket_region({301, {}, ""}), std::nullopt);
}

TEST(S3Checksum, every_known_algorithm_accepts_its_own_value) {
  const std::vector<HttpHeader> headers = {
      {"x-amz-checksum-type", "FULL_OBJECT"},
      {"x-amz-checksum-crc32", "y/Q5Jg=="},
      {"x-amz-checksum-crc32c", "4waSgw=="},
      {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
      {"x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
      {"x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="}};
  EXPECT_EQ(find_checksum_mismatch(headers, "123456789"), std::nullopt);
}

TEST(S3Checksum, a_wrong_value_is_named_by_its_algorithm) {
  for (const std::string name : {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}) {
    const std::vector<HttpHeader> headers = {{"X-Amz-Checksum-" + name, "AAAA"}};
    EXPECT_EQ(find_checksum_mismatch(headers, "x"), name);
  }
}

TEST(S3Checksum, composite_and_unknown_checksums_are_passed_over) {
  EXPECT_EQ(
      find_checksum_mismatch(std::vector<HttpHeader>{{"x-amz-checksum-sha256", "AAAA-3"}}, "x"),
      std::nullopt);
  EXPECT_EQ(find_checksum_mismatch(std::vector<HttpHeader>{{"x-amz-checksum-type", "COMPOSITE"},
                                                           {"x-amz-checksum-crc32", "AAAA"}},
                                   "x"),
            std::nullopt);
  EXPECT_EQ(
      find_checksum_mismatch(std::vector<HttpHeader>{{"x-amz-checksum-xxhash3", "AAAA"}}, "x"),
      std::nullopt);
}

}  // namespace
