#include "runtime/aws_client.h"

#include <gtest/gtest.h>

#include "tests/support/fake_http.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using namespace test_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Credentials kKeys{"AKIDEXAMPLE", Secret("secret"), Secret("session"), {}};

AwsRequest make_request(const std::string& path = "/") {
  HttpRequest http;
  http.url = "https://svc.eu-west-1.amazonaws.com" + path;
  return {http, "svc", "eu-west-1", false};
}

// A service that fails as told for each path, and then works.
struct Service {
  FakeSurroundings surroundings;
  std::map<std::string, std::vector<HttpOutcome>> failures;  // by URL's path, first one first
  FakeHttp http{[this](const HttpRequest& request) { return answer(request); }};

  HttpOutcome answer(const HttpRequest& request) {
    auto& left = failures[request.url.substr(request.url.rfind('/'))];
    if (left.empty()) return make_response(200, "ok");
    HttpOutcome next = left.front();
    left.erase(left.begin());
    return next;
  }
  AwsClient client(const Environment& environment = Environment()) {
    return {http, kKeys, environment, surroundings.view()};
  }
};

int status_of(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response == nullptr ? 0 : response->status;
}

TEST(AwsClient, retries_a_transient_failure_signed_with_the_new_time) {
  Service service;
  service.failures["/"] = {make_response(503), TransportFailure{}};
  EXPECT_EQ(status_of(service.client().send(make_request(), service.surroundings.in(seconds{60}))),
            200);
  ASSERT_EQ(service.http.requests.size(), 3U);
  EXPECT_FALSE(service.http.requests[0].fresh_connection);
  EXPECT_TRUE(service.http.requests[1].fresh_connection &&
              service.http.requests[2].fresh_connection)
      << "the one kept alive may be dead";
  // Half of 50 ms, then half of 100 ms.
  EXPECT_EQ(service.surroundings.sleeps, (std::vector{milliseconds{25}, milliseconds{50}}));
  for (const HttpRequest& request : service.http.requests) {
    EXPECT_TRUE(find_header(request.headers, "Authorization"));
    EXPECT_EQ(find_header(request.headers, "X-Amz-Security-Token"), "session");
  }
}

TEST(AwsClient, each_attempt_has_the_time_it_is_made_at) {
  Service service;
  service.failures["/"] = {make_response(503, "", {{"x-amz-retry-after", "2000"}})};
  service.client().send(make_request(), service.surroundings.in(seconds{60}));
  EXPECT_EQ(find_header(service.http.requests[0].headers, "X-Amz-Date"), "20261121T120000Z");
  EXPECT_EQ(find_header(service.http.requests[1].headers, "X-Amz-Date"), "20261121T120002Z");
}

TEST(AwsClient, gives_up_after_three_attempts_with_the_last_answer) {
  Service service;
  service.failures["/"] = {make_response(500), make_response(502), make_response(503),
                           make_response(200)};
  EXPECT_EQ(status_of(service.client().send(make_request(), service.surroundings.in(seconds{60}))),
            503);
  EXPECT_EQ(service.http.requests.size(), 3U);
}

TEST(AwsClient, a_refusal_is_not_retried) {
  Service service;
  service.failures["/"] = {make_response(403, "<Error><Code>AccessDenied</Code></Error>")};
  EXPECT_EQ(status_of(service.client().send(make_request(), service.surroundings.in(seconds{60}))),
            403);
  EXPECT_EQ(service.http.requests.size(), 1U);
}

TEST(AwsClient, throttling_waits_longer) {
  Service service;
  service.failures["/"] = {make_response(503, "<Error><Code>SlowDown</Code></Error>")};
  service.client().send(make_request(), service.surroundings.in(seconds{60}));
  EXPECT_EQ(service.surroundings.sleeps, std::vector{milliseconds{500}});
}

TEST(AwsClient, does_not_wait_beyond_the_deadline) {
  Service service;
  service.failures["/"] = {make_response(503, "", {{"x-amz-retry-after", "3000"}})};
  EXPECT_EQ(status_of(service.client().send(make_request(), service.surroundings.in(seconds{2}))),
            503);
  EXPECT_TRUE(service.surroundings.sleeps.empty());
}

TEST(AwsClient, only_the_failed_ones_of_a_batch_are_sent_again) {
  Service service;
  service.failures["/b"] = {make_response(500)};
  const std::vector requests = {make_request("/a"), make_request("/b"), make_request("/c")};
  const auto outcomes =
      service.client().send_all(requests, 7, service.surroundings.in(seconds{60}));
  for (const HttpOutcome& outcome : outcomes) EXPECT_EQ(status_of(outcome), 200);
  ASSERT_EQ(service.http.flights.size(), 2U);
  EXPECT_EQ(service.http.flights[0].size, 3U);
  EXPECT_EQ(service.http.flights[0].max_parallel, 7);
  EXPECT_EQ(service.http.flights[1].size, 1U);
}

TEST(AwsClient, learns_the_clock_from_a_refusal_and_tries_once_more) {
  Service service;
  const std::vector<HttpHeader> date = {{"Date", "Sat, 21 Nov 2026 13:00:00 GMT"}};
  const std::string body = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
  service.failures["/a"] = {make_response(403, body, date)};
  service.failures["/b"] = {make_response(403, body, date)};
  const std::vector requests = {make_request("/a"), make_request("/b")};
  AwsClient client = service.client();
  for (const auto& outcome : client.send_all(requests, 2, service.surroundings.in(seconds{60}))) {
    EXPECT_EQ(status_of(outcome), 200);
  }
  EXPECT_EQ(find_header(service.http.requests[3].headers, "X-Amz-Date"), "20261121T130000Z");
  client.send(make_request("/c"), service.surroundings.in(seconds{60}));
  EXPECT_EQ(find_header(service.http.requests[4].headers, "X-Amz-Date"), "20261121T130000Z");
  EXPECT_TRUE(service.surroundings.sleeps.empty());
}

TEST(AwsClient, a_second_refusal_for_the_clock_is_final) {
  Service service;
  const auto refusal = [](const char* date) {
    return make_response(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", {{"Date", date}});
  };
  service.failures["/"] = {refusal("Sat, 21 Nov 2026 13:00:00 GMT"),
                           refusal("Sat, 21 Nov 2026 14:00:00 GMT"),
                           refusal("Sat, 21 Nov 2026 15:00:00 GMT")};
  EXPECT_EQ(status_of(service.client().send(make_request(), service.surroundings.in(seconds{60}))),
            403);
  EXPECT_EQ(service.http.requests.size(), 2U);
}

TEST(AwsClient, an_error_document_with_status_200_is_a_retryable_500_where_that_may_be) {
  Service service;
  const HttpOutcome broken = make_response(200, "<Error><Code>InternalError</Code></Error>");
  service.failures["/"] = {broken, broken, broken};
  AwsRequest request = make_request();
  request.error_with_200 = true;
  EXPECT_EQ(status_of(service.client().send(request, service.surroundings.in(seconds{60}))), 500);
  EXPECT_EQ(service.http.requests.size(), 3U);
  service.failures["/"] = {broken};
  request.error_with_200 = false;
  EXPECT_EQ(status_of(service.client().send(request, service.surroundings.in(seconds{60}))), 200);
}

TEST(AwsClient, passes_the_trace_header_on_in_lambda_only_and_unsigned) {
  Service service;
  const std::string trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
  service.client(make_environment({{"_X_AMZN_TRACE_ID", trace}}))
      .send(make_request(), service.surroundings.in(seconds{60}));
  EXPECT_FALSE(find_header(service.http.requests[0].headers, "X-Amzn-Trace-Id"));
  service
      .client(Environment(
          {{"_X_AMZN_TRACE_ID", trace + "\r\nX: y"}, {"AWS_LAMBDA_FUNCTION_NAME", "f"}}))
      .send(make_request(), service.surroundings.in(seconds{60}));
  const HttpRequest& sent = service.http.requests[1];
  EXPECT_EQ(find_header(sent.headers, "X-Amzn-Trace-Id"), trace + "X:y");
  EXPECT_EQ(find_header(sent.headers, "Authorization")->find("trace-id"), std::string_view::npos);
}

TEST(AwsClient, sends_unsigned_without_a_service) {
  Service service;
  AwsRequest request = make_request();
  request.service.clear();
  service.client().send(request, service.surroundings.in(seconds{60}));
  EXPECT_TRUE(service.http.requests[0].headers.empty());
}

}  // namespace
