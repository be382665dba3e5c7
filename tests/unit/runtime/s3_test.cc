#include "runtime/s3.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "runtime/time_text.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/s3_twin.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using namespace test_support;
using std::chrono::seconds;

// A client and the S3 it talks to, which agree on keys and time unless a test says otherwise.
class S3Test : public testing::Test {
 protected:
  S3Test() {
    twin.account = {"AKIDEXAMPLE",
                    Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                    Secret("session-token"),
                    {}};
    twin.now = surroundings.now;
    keys = twin.account;
  }

  S3& s3() {
    if (!client)
      client = std::make_unique<S3>(http, keys, environment, options, surroundings.view());
    return *client;
  }
  std::vector<S3Object> list(const std::string& bucket, const std::string& prefix = "") {
    return s3().list(bucket, prefix, surroundings.in(seconds{60}));
  }
  std::vector<S3Content> get(const std::string& bucket, std::span<const S3Object> objects) {
    std::vector<S3Content> contents;
    s3().get(bucket, objects, surroundings.in(seconds{60}),
             [&](S3Content content) { contents.push_back(std::move(content)); });
    return contents;
  }
  // The Error that `action` throws; its text holds nothing secret.
  Error error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      const std::string text = error.what();
      for (const char* secret : {"wJalr", "session-token", "TOP", "Signature=", "X-Amz-Date"}) {
        EXPECT_EQ(text.find(secret), std::string::npos) << text;
      }
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kService, ""};
  }

  FakeSurroundings surroundings;
  S3Twin twin;
  FakeHttp http{[this](const HttpRequest& request) { return twin(request); }};
  Credentials keys;
  Environment environment;
  S3Options options{"us-east-1", 16, 100};
  std::unique_ptr<S3> client;
};

TEST_F(S3Test, lists_a_prefix_in_order_and_reads_what_it_listed) {
  twin.put("bucket", "m/2.sql", "two");
  twin.put("bucket", "m/1.sql", "one");
  twin.put("bucket", "m/", "");
  twin.put("bucket", "other", "x");
  const auto objects = list("bucket", "m/");
  ASSERT_EQ(objects.size(), 2U);
  const auto contents = get("bucket", objects);
  EXPECT_EQ(contents[0].key, "m/1.sql");
  EXPECT_EQ(contents[0].body, "one");
  EXPECT_EQ(contents[1].body, "two");
  EXPECT_EQ(contents[1].etag, objects[1].etag);
}

TEST_F(S3Test, odd_keys_survive_listing_signing_and_reading) {
  const std::vector<std::string> odd = {"a b",
                                        "a+b",
                                        "a//b",
                                        "/lead",
                                        "./x",
                                        "a/../b",
                                        "~",
                                        "100%",
                                        "%41",
                                        "q?x=1&y",
                                        "h#f",
                                        "é",
                                        "日本語/🦤.sql",
                                        "'quoted\"<&>",
                                        "\x01",
                                        "tail ",
                                        "a=b;c,d:e@f!(g)*$"};
  for (const auto& key : odd) twin.put("bucket", key, "body of " + key);
  const auto objects = list("bucket");
  ASSERT_EQ(objects.size(), odd.size());
  for (const S3Content& content : get("bucket", objects)) {
    EXPECT_EQ(content.body, "body of " + content.key);
  }
}

TEST_F(S3Test, what_is_in_memory_at_a_time_is_bounded_by_bytes_and_by_number) {
  options.batch_bytes = 10;
  options.batch_objects = 3;
  const std::vector<std::size_t> sizes = {1, 1, 1, 1, 50, 5, 5, 5};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    twin.put("bucket", std::to_string(i), std::string(sizes[i], 'x'));
  }
  const auto objects = list("bucket");
  http.flights.clear();
  const auto contents = get("bucket", objects);
  ASSERT_EQ(contents.size(), sizes.size());
  std::vector<std::size_t> batches;
  for (const auto& flight : http.flights) batches.push_back(flight.size);
  EXPECT_EQ(batches, (std::vector<std::size_t>{3, 1, 1, 2, 1}));
}

TEST_F(S3Test, path_style_is_used_with_an_endpoint_override) {
  environment = make_environment({{"AWS_ENDPOINT_URL", "http://127.0.0.1:5000"}});
  twin.put("bucket", "a/../b c", "x");
  EXPECT_EQ(get("bucket", list("bucket"))[0].body, "x");
  EXPECT_EQ(http.requests[0].url,
            "http://127.0.0.1:5000/bucket?list-type=2&encoding-type=url&prefix=");
  EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:5000/bucket/a/../b%20c");
}

TEST_F(S3Test, pages_are_followed_to_the_end) {
  twin.page_size = 10;
  for (int i = 0; i < 95; ++i) twin.put("bucket", "k" + std::to_string(100 + i), "x");
  const auto objects = list("bucket");
  ASSERT_EQ(objects.size(), 95U);
  EXPECT_EQ(objects.back().key, "k194");
  EXPECT_EQ(http.requests.size(), 10U);
}

TEST_F(S3Test, a_page_that_never_ends_is_a_protocol_error) {
  FakeHttp endless([](const HttpRequest&) {
    return make_response(200,
                         "<ListBucketResult><IsTruncated>true</IsTruncated>"
                         "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>");
  });
  S3 client_of_endless(endless, keys, environment, options, surroundings.view());
  EXPECT_EQ(
      error_of([&] { client_of_endless.list("bucket", "", surroundings.in(seconds{60})); }).kind(),
      ErrorKind::kProtocol);
}

TEST_F(S3Test, all_objects_go_out_in_one_flight_at_most_max_parallel_at_a_time) {
  for (int i = 0; i < 40; ++i) twin.put("bucket", "k" + std::to_string(i), "x");
  get("bucket", list("bucket"));
  ASSERT_EQ(http.flights.size(), 2U);
  EXPECT_EQ(http.flights[1].size, 40U);
  EXPECT_EQ(http.flights[1].max_parallel, 16);
}

TEST_F(S3Test, reading_nothing_sends_nothing) {
  EXPECT_TRUE(get("bucket", {}).empty());
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(S3Test, a_bucket_of_another_region_is_found_once_and_remembered) {
  twin.put("bucket", "a", "x");
  twin.buckets["bucket"].region = "eu-west-1";
  EXPECT_EQ(get("bucket", list("bucket"))[0].body, "x");
  ASSERT_EQ(http.requests.size(), 3U);
  EXPECT_TRUE(http.requests[0].url.starts_with("https://bucket.s3.us-east-1."));
  EXPECT_TRUE(http.requests[1].url.starts_with("https://bucket.s3.eu-west-1."));
  EXPECT_TRUE(http.requests[2].url.starts_with("https://bucket.s3.eu-west-1."));
}

TEST_F(S3Test, head_bucket_tells_the_region_when_the_refusal_does_not) {
  twin.put("bucket", "a", "x");
  twin.buckets["bucket"].region = "eu-west-1";
  twin.buckets["bucket"].names_region = false;
  EXPECT_EQ(list("bucket").size(), 1U);
  EXPECT_EQ(http.requests[1].method, "HEAD");
}

TEST_F(S3Test, a_region_that_keeps_changing_is_followed_once) {
  FakeHttp wandering([](const HttpRequest& request) {
    const bool first = request.url.find("us-east-1") != std::string::npos;
    return make_response(301, "<Error><Code>PermanentRedirect</Code></Error>",
                         {{"x-amz-bucket-region", first ? "eu-west-1" : "eu-west-2"}});
  });
  S3 lost(wandering, keys, environment, options, surroundings.view());
  const Error error = error_of([&] { lost.list("bucket", "", surroundings.in(seconds{60})); });
  EXPECT_EQ(wandering.requests.size(), 2U);
  EXPECT_NE(std::string(error.what())
                .find("The bucket bucket is not in this region but in "
                      "eu-west-2: set the source's region"),
            std::string::npos)
      << error.what();
}

TEST_F(S3Test, an_object_deleted_since_it_was_listed_is_named_as_changed) {
  twin.put("bucket", "m/1.sql", "x");
  const auto objects = list("bucket");
  twin.buckets["bucket"].objects.clear();
  const Error error = error_of([&] { get("bucket", objects); });
  EXPECT_EQ(error.kind(), ErrorKind::kChanged);
  EXPECT_STREQ(error.what(),
               "S3 get of s3://bucket/m/1.sql: it was deleted since it was listed. Run again when "
               "the upload is complete");
}

TEST_F(S3Test, an_object_replaced_since_it_was_listed_is_named_as_changed) {
  twin.put("bucket", "m/1.sql", "x");
  const auto objects = list("bucket");
  twin.put("bucket", "m/1.sql", "y");
  EXPECT_EQ(error_of([&] { get("bucket", objects); }).kind(), ErrorKind::kChanged);
  twin.checks_if_match = false;  // a server that does not know If-Match
  const Error error = error_of([&] { get("bucket", objects); });
  EXPECT_EQ(error.kind(), ErrorKind::kChanged);
  EXPECT_NE(std::string(error.what()).find("s3://bucket/m/1.sql"), std::string::npos);
}

TEST_F(S3Test, an_object_is_found_by_its_whole_key) {
  twin.put("bucket", "m/a.sum.old", "x");
  EXPECT_FALSE(s3().find("bucket", "m/a.sum", surroundings.in(seconds{60})));
  twin.put("bucket", "m/a.sum", "y");
  const auto found = s3().find("bucket", "m/a.sum", surroundings.in(seconds{60}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size, 1U);
}

TEST_F(S3Test, an_object_is_put_where_none_is_and_in_the_place_of_the_listed_one) {
  twin.buckets["bucket"].region = "eu-west-1";
  const auto& objects = twin.buckets["bucket"].objects;
  const auto deadline = surroundings.in(seconds{60});
  s3().put("bucket", {"m/a b", "", 0}, "first", deadline);
  EXPECT_EQ(objects.at("m/a b").body, "first");
  const auto listed = list("bucket").at(0);
  s3().put("bucket", listed, "second", deadline);
  EXPECT_EQ(objects.at("m/a b").body, "second");
  const Error error = error_of([&] { s3().put("bucket", listed, "third", deadline); });
  EXPECT_EQ(error.kind(), ErrorKind::kChanged);
  EXPECT_STREQ(error.what(),
               "S3 put of s3://bucket/m/a b: it was written by somebody else since it was listed");
  EXPECT_EQ(error_of([&] { s3().put("bucket", {"m/a b", "", 0}, "x", deadline); }).kind(),
            ErrorKind::kChanged);
  EXPECT_EQ(objects.at("m/a b").body, "second");
  twin.buckets["bucket"].objects.clear();
  EXPECT_STREQ(error_of([&] { s3().put("bucket", listed, "x", deadline); }).what(),
               "S3 put of s3://bucket/m/a b: it was deleted since it was listed");
}

TEST_F(S3Test, a_write_that_meets_another_one_under_way_is_named_as_changed) {
  twin.put("bucket", "a", "x");
  twin.faults = {make_response(409, "<Error><Code>ConditionalRequestConflict</Code></Error>")};
  const Error error =
      error_of([&] { s3().put("bucket", {"a", "\"e\"", 1}, "y", surroundings.in(seconds{60})); });
  EXPECT_EQ(error.kind(), ErrorKind::kChanged);
}

TEST_F(S3Test, a_missing_permission_to_write_is_named_with_the_keys) {
  twin.buckets["bucket"];
  twin.permissions = {"s3:ListBucket", "s3:GetObject"};
  const Error error =
      error_of([&] { s3().put("bucket", {"m/a", "", 0}, "x", surroundings.in(seconds{60})); });
  EXPECT_EQ(error.kind(), ErrorKind::kAccessDenied);
  EXPECT_STREQ(error.what(),
               "S3 put of s3://bucket/m/a: HTTP 403 AccessDenied (about AccessDenied). The "
               "credentials need s3:PutObject on bucket/m/a, and kms:GenerateDataKey and "
               "kms:Decrypt on its key when the bucket encrypts with SSE-KMS");
}

TEST_F(S3Test, a_missing_bucket_is_named) {
  const Error error = error_of([&] { list("nobody-has-this", "p/"); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_STREQ(error.what(),
               "S3 list of s3://nobody-has-this/p/: HTTP 404 NoSuchBucket (about NoSuchBucket). "
               "Check the bucket's name in the source URL");
}

TEST_F(S3Test, a_missing_permission_is_named) {
  twin.put("bucket", "a", "x");
  const auto objects = list("bucket");
  twin.permissions = {};
  const Error on_list = error_of([&] { list("bucket", "p/"); });
  EXPECT_EQ(on_list.kind(), ErrorKind::kAccessDenied);
  EXPECT_EQ(on_list.http_status(), 403);
  EXPECT_NE(std::string(on_list.what()).find("s3:ListBucket on the bucket bucket"),
            std::string::npos);
  const Error on_get = error_of([&] { get("bucket", objects); });
  EXPECT_EQ(on_get.kind(), ErrorKind::kAccessDenied);
  EXPECT_NE(std::string(on_get.what()).find("s3:GetObject on bucket/*"), std::string::npos);
}

TEST_F(S3Test, a_wrong_secret_is_refused_and_said_plainly) {
  keys.secret_access_key = Secret("wJalr-other");
  twin.put("bucket", "a", "x");
  const Error error = error_of([&] { list("bucket"); });
  EXPECT_EQ(error.kind(), ErrorKind::kAccessDenied);
  EXPECT_STREQ(
      error.what(),
      "S3 list of s3://bucket/: HTTP 403 SignatureDoesNotMatch. The secret does not belong "
      "to the access key: check AWS_SECRET_ACCESS_KEY");
}

TEST_F(S3Test, an_unknown_key_is_refused_and_said_plainly) {
  keys.access_key_id = "AKIDOTHER";
  twin.put("bucket", "a", "x");
  EXPECT_NE(std::string(error_of([&] { list("bucket"); }).what()).find("check AWS_ACCESS_KEY_ID"),
            std::string::npos);
}

TEST_F(S3Test, a_clock_that_is_off_is_corrected) {
  twin.put("bucket", "a", "x");
  twin.now += std::chrono::minutes{40};
  const HttpResponse refusal =
      make_response(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>",
                    {{"Date", "Sat, 21 Nov 2026 12:40:00 GMT"}});
  twin.faults = {refusal};
  EXPECT_EQ(list("bucket").size(), 1U);
  EXPECT_EQ(find_header(http.requests[1].headers, "X-Amz-Date"), "20261121T124000Z");
}

TEST_F(S3Test, throttling_and_errors_with_status_200_are_retried) {
  twin.put("bucket", "a", "x");
  twin.faults = {make_response(503, "<Error><Code>SlowDown</Code></Error>"),
                 make_response(200,
                               "<?xml version=\"1.0\"?><Error><Code>InternalError</Code>"
                               "</Error>")};
  EXPECT_EQ(list("bucket").size(), 1U);
  EXPECT_EQ(http.requests.size(), 3U);
}

TEST_F(S3Test, an_object_that_is_an_error_document_is_content) {
  const std::string body = "<Error><Code>InternalError</Code></Error>";
  twin.put("bucket", "a", body);
  EXPECT_EQ(get("bucket", list("bucket"))[0].body, body);
}

TEST_F(S3Test, an_object_over_the_limit_is_refused_before_it_is_fetched) {
  twin.put("bucket", "big", std::string(101, 'x'));
  const auto objects = list("bucket");
  const Error error = error_of([&] { get("bucket", objects); });
  EXPECT_EQ(error.kind(), ErrorKind::kTooLarge);
  EXPECT_STREQ(error.what(), "S3 get of s3://bucket/big: 101 bytes, at most 100 are taken");
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(S3Test, a_checksum_that_does_not_match_is_corrupt) {
  twin.put("bucket", "a", "x", {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}});
  const auto objects = list("bucket");
  const Error error = error_of([&] { get("bucket", objects); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_STREQ(error.what(),
               "S3 get of s3://bucket/a: its bytes do not match its crc64nvme checksum");
}

TEST_F(S3Test, version_id_comes_with_the_content) {
  twin.put("bucket", "a", "x", {{"x-amz-version-id", "v7"}});
  EXPECT_EQ(get("bucket", list("bucket"))[0].version_id, "v7");
}

TEST_F(S3Test, no_answer_at_all_is_a_network_error_after_three_attempts) {
  const TransportFailure lost{TransportFailure::Kind::kConnect, "connection refused"};
  twin.faults = {lost, lost, lost};
  const Error error = error_of([&] { list("bucket", "p/"); });
  EXPECT_EQ(error.kind(), ErrorKind::kNetwork);
  EXPECT_STREQ(error.what(), "S3 list of s3://bucket/p/: connection refused");
}

TEST_F(S3Test, a_temporary_redirect_without_a_region_is_an_error) {
  FakeHttp redirecting([](const HttpRequest&) {
    return make_response(307, "<Error><Code>TemporaryRedirect</Code></Error>");
  });
  S3 lost(redirecting, keys, environment, options, surroundings.view());
  const Error error = error_of([&] { lost.list("bucket", "", surroundings.in(seconds{60})); });
  EXPECT_EQ(error.http_status(), 307);
  EXPECT_NE(std::string(error.what()).find("S3 does not say where it is"), std::string::npos);
}

}  // namespace
