#include "runtime/http.h"

#include <gtest/gtest.h>

#include "tests/support/fake_http.h"

namespace runtime {
namespace {

using test_support::FakeHttp;
using test_support::make_response;

TEST(Http, find_header_ignores_the_case_of_the_name_only) {
  const std::vector<HttpHeader> headers = {{"ETag", "\"Ab\""}, {"X-Other", "1"}};
  EXPECT_EQ(find_header(headers, "etag"), "\"Ab\"");
  EXPECT_EQ(find_header(headers, "x-OTHER"), "1");
  EXPECT_EQ(find_header(headers, "x-othe"), std::nullopt);
}

TEST(Http, find_header_returns_the_first_of_a_repeated_name) {
  const std::vector<HttpHeader> headers = {{"a", "1"}, {"A", "2"}};
  EXPECT_EQ(find_header(headers, "A"), "1");
}

TEST(Http, find_header_tells_an_empty_header_from_a_missing_one) {
  const std::vector<HttpHeader> headers = {{"a", ""}};
  EXPECT_EQ(find_header(headers, "a"), "");
  EXPECT_EQ(find_header(headers, "b"), std::nullopt);
}

TEST(Http, send_is_send_all_of_one_request) {
  FakeHttp http([](const HttpRequest& request) { return make_response(200, request.url); });
  const Deadline deadline{std::chrono::seconds{42}};
  const HttpOutcome outcome = http.send({.url = "http://h/p"}, deadline);
  EXPECT_EQ(std::get<HttpResponse>(outcome).body, "http://h/p");
  ASSERT_EQ(http.flights.size(), 1u);
  EXPECT_EQ(http.flights[0].deadline, deadline);
}

}  // namespace
}  // namespace runtime
