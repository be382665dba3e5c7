#include "runtime/sigv4.h"

#include <gtest/gtest.h>

#include "runtime/time_text.h"

namespace {

using namespace runtime;

// The keys and requests of AWS's published examples: "Authenticating requests: using the
// Authorization header" and "... using query parameters" (S3), "Signing AWS requests" (IAM).
const Credentials kS3Keys{
    "AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret(), {}};
const Credentials kIamKeys{
    "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret(), {}};
const SigningScope kS3Scope{"us-east-1", "s3", *parse_iso8601("2013-05-24T00:00:00Z")};
const SigningScope kIamScope{"us-east-1", "iam", *parse_iso8601("2015-08-30T12:36:00Z")};

HttpRequest make_get(const std::string& url, std::vector<HttpHeader> headers = {}) {
  HttpRequest request;
  request.url = url;
  request.headers = std::move(headers);
  return request;
}

std::string line_of(const std::string& text, int line) {
  std::size_t begin = 0;
  for (int i = 0; i < line; ++i) begin = text.find('\n', begin) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string signed_path(const std::string& path, const std::string& service) {
  const SigningScope scope{"us-east-1", service, kS3Scope.now};
  return line_of(sign_request(make_get("https://h" + path), kS3Keys, scope).canonical_request, 1);
}

std::string signed_query(const std::string& query) {
  return line_of(sign_request(make_get("https://h/" + query), kS3Keys, kS3Scope).canonical_request,
                 2);
}

TEST(Sigv4, s3_get_object_example_stage_by_stage) {
  const SignedRequest done = sign_request(
      make_get("https://examplebucket.s3.amazonaws.com/test.txt", {{"Range", "bytes=0-9"}}),
      kS3Keys, kS3Scope);
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(done.canonical_request,
            "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
            "x-amz-content-sha256:" +
                empty +
                "\nx-amz-date:20130524T000000Z\n\n"
                "host;range;x-amz-content-sha256;x-amz-date\n" +
                empty);
  EXPECT_EQ(done.string_to_sign,
            "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
            "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
  EXPECT_EQ(done.signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(find_header(done.request.headers, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=" +
                done.signature);
}

TEST(Sigv4, s3_list_objects_example) {
  EXPECT_EQ(sign_request(make_get("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"),
                         kS3Keys, kS3Scope)
                .signature,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Sigv4, s3_presigned_example) {
  const SignedRequest done =
      presign_request(make_get("https://examplebucket.s3.amazonaws.com/test.txt"), kS3Keys,
                      kS3Scope, std::chrono::seconds{86400});
  EXPECT_EQ(done.signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  EXPECT_EQ(done.request.url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=" +
                done.signature);
}

TEST(Sigv4, iam_list_users_example) {
  EXPECT_EQ(
      sign_request(make_get("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                            {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}),
                   kIamKeys, kIamScope)
          .signature,
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(Sigv4, s3_path_is_signed_as_it_is_sent) {
  EXPECT_EQ(signed_path("/a//b/./c/../d%20e", "s3"), "/a//b/./c/../d%20e");
}

TEST(Sigv4, other_paths_are_normalised_and_encoded_again) {
  EXPECT_EQ(signed_path("/a//b/./c/../d%20e/", "sts"), "/a/b/d%2520e/");
  EXPECT_EQ(signed_path("/..", "sts"), "/");
  EXPECT_EQ(signed_path("", "sts"), "/");
}

TEST(Sigv4, query_is_sorted_by_encoded_name_then_value) {
  EXPECT_EQ(signed_query("?b=2&a=2&a=1&a-b=0&acl"), "a=1&a=2&a-b=0&acl=&b=2");
}

TEST(Sigv4, headers_are_trimmed_collapsed_and_joined) {
  const SignedRequest done =
      sign_request(make_get("https://h/", {{"My-Header", "  a   b\t c "}, {"my-header", "second"}}),
                   kS3Keys, kIamScope);
  EXPECT_EQ(line_of(done.canonical_request, 4), "my-header:a b c,second");
}

TEST(Sigv4, hop_by_hop_and_trace_headers_are_not_signed) {
  const SignedRequest done = sign_request(make_get("https://h/", {{"User-Agent", "x"},
                                                                  {"X-Amzn-Trace-Id", "y"},
                                                                  {"Connection", "z"},
                                                                  {"Transfer-Encoding", "t"}}),
                                          kIamKeys, kIamScope);
  EXPECT_NE(done.canonical_request.find("\n\nhost;x-amz-date\n"), std::string::npos);
  EXPECT_EQ(find_header(done.request.headers, "X-Amzn-Trace-Id"), "y");
}

TEST(Sigv4, session_token_is_sent_and_signed) {
  Credentials keys = kIamKeys;
  keys.session_token = Secret("to+ken/==");
  const SignedRequest header = sign_request(make_get("https://h/"), keys, kIamScope);
  EXPECT_NE(header.canonical_request.find("\nx-amz-security-token:to+ken/==\n"), std::string::npos);
  const SignedRequest query =
      presign_request(make_get("https://h/"), keys, kIamScope, std::chrono::seconds{60});
  EXPECT_NE(query.canonical_request.find("X-Amz-Security-Token=to%2Bken%2F%3D%3D"),
            std::string::npos);
  EXPECT_NE(query.request.url.find("X-Amz-Security-Token=to%2Bken%2F%3D%3D"), std::string::npos);
}

TEST(Sigv4, unsigned_payload_is_declared_in_header_and_canonical_request) {
  HttpRequest request = make_get("https://h/key");
  request.body = "content";
  const SignedRequest done = sign_request(request, kS3Keys, kS3Scope, PayloadHash::kUnsigned);
  EXPECT_EQ(find_header(done.request.headers, "X-Amz-Content-SHA256"), "UNSIGNED-PAYLOAD");
  EXPECT_TRUE(done.canonical_request.ends_with("\nUNSIGNED-PAYLOAD"));
}

TEST(Sigv4, a_port_other_than_the_default_is_part_of_the_host) {
  EXPECT_NE(sign_request(make_get("http://127.0.0.1:5000/"), kS3Keys, kS3Scope)
                .canonical_request.find("host:127.0.0.1:5000\n"),
            std::string::npos);
}

TEST(Sigv4, a_later_time_gives_another_signature) {
  SigningScope later = kS3Scope;
  later.now += std::chrono::seconds{1};
  EXPECT_NE(sign_request(make_get("https://h/"), kS3Keys, later).signature,
            sign_request(make_get("https://h/"), kS3Keys, kS3Scope).signature);
}

}  // namespace
