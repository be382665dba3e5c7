#include "runtime/runtime_requests.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_http.h"

namespace runtime {
namespace {

using nlohmann::json;
using test_support::make_response;

constexpr std::chrono::system_clock::time_point kNow{std::chrono::milliseconds{1'000'000}};
constexpr std::chrono::steady_clock::time_point kSteadyNow{std::chrono::hours{5}};

std::optional<std::string_view> header(const HttpRequest& request, std::string_view name) {
  return find_header(request.headers, name);
}

TEST(RuntimeRequests, next_is_a_plain_get_with_the_runtimes_name) {
  const HttpRequest request = make_next_request("127.0.0.1:9001");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(header(request, "User-Agent"), "dsql-migrate/" DSQL_MIGRATE_VERSION);
}

TEST(RuntimeRequests, an_answer_goes_to_response_as_json) {
  const HttpRequest request = make_answer_request("h:1", "id-1", {R"({"a":"é"})", ""});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://h:1/2018-06-01/runtime/invocation/id-1/response");
  EXPECT_EQ(request.body, R"({"a":"é"})");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_EQ(header(request, "Lambda-Runtime-Function-Error-Type"), std::nullopt);
}

TEST(RuntimeRequests, an_answer_with_an_error_type_goes_to_error) {
  const HttpRequest request =
      make_answer_request("h:1", "id-1", {"{}", "Function.MigrationFailed"});
  EXPECT_EQ(request.url, "http://h:1/2018-06-01/runtime/invocation/id-1/error");
  EXPECT_EQ(header(request, "Lambda-Runtime-Function-Error-Type"), "Function.MigrationFailed");
}

TEST(RuntimeRequests, an_answer_of_exactly_the_limit_is_sent_and_one_byte_more_is_an_error) {
  const std::string most(kMaxAnswerBytes, 'x');
  EXPECT_EQ(kMaxAnswerBytes, 6'291'556u);
  EXPECT_EQ(make_answer_request("h:1", "i", {most, ""}).body.size(), kMaxAnswerBytes);
  for (const char* type : {"", "Function.MigrationFailed"}) {
    const HttpRequest request = make_answer_request("h:1", "i", {most + "x", type});
    EXPECT_TRUE(request.url.ends_with("/i/error"));
    EXPECT_EQ(header(request, "Lambda-Runtime-Function-Error-Type"),
              "Function.ResponseSizeTooLarge");
    EXPECT_EQ(json::parse(request.body)["errorMessage"],
              "Response payload size exceeded maximum allowed payload size (6291556 bytes).");
  }
}

TEST(RuntimeRequests, the_limit_holds_for_the_body_as_sent) {
  // Each byte of invalid UTF-8 becomes three.
  const HttpRequest request =
      make_answer_request("h:1", "i", {std::string(kMaxAnswerBytes / 3 + 1, '\xff'), ""});
  EXPECT_TRUE(request.url.ends_with("/i/error"));
}

TEST(RuntimeRequests, an_answer_is_made_valid_utf8) {
  EXPECT_EQ(make_answer_request("h:1", "i", {"\"a\xff\"", ""}).body, "\"a\uFFFD\"");
}

TEST(RuntimeRequests, an_init_error_carries_type_and_message) {
  const HttpRequest request =
      make_init_error_request("h:1", make_error_answer("Runtime.BadConfig", "no target"));
  EXPECT_EQ(request.url, "http://h:1/2018-06-01/runtime/init/error");
  EXPECT_EQ(header(request, "Lambda-Runtime-Function-Error-Type"), "Runtime.BadConfig");
  EXPECT_EQ(json::parse(request.body), json({{"errorMessage", "no target"},
                                             {"errorType", "Runtime.BadConfig"},
                                             {"stackTrace", json::array()}}));
}

TEST(RuntimeRequests, an_error_message_is_made_valid_utf8) {
  EXPECT_EQ(json::parse(make_error_answer("Function.Bad", "a\xff").body)["errorMessage"],
            "a\uFFFD");
}

TEST(RuntimeRequests, error_types_are_those_the_api_keeps) {
  EXPECT_EQ(make_error_type("Function.MigrationFailed"), "Function.MigrationFailed");
  EXPECT_EQ(make_error_type("Runtime.Ab"), "Runtime.Ab");
  for (const char* bad :
       {"", "Function", "Function.", "Function.A", "Function.migration", "Function.Bad1",
        "Function.Bad\r\nX: y", "Other.Bad", "Function.Bad.Worse", "std::exception"}) {
    EXPECT_EQ(make_error_type(bad), "Function.Unknown") << bad;
  }
}

TEST(RuntimeRequests, the_extension_is_registered_for_no_events) {
  const HttpRequest request = make_register_request("h:1");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://h:1/2020-01-01/extension/register");
  EXPECT_EQ(request.body, R"({"events":[]})");
  EXPECT_TRUE(header(request, "Lambda-Extension-Name"));
  const HttpRequest next = make_extension_next_request("h:1", "ident");
  EXPECT_EQ(next.url, "http://h:1/2020-01-01/extension/event/next");
  EXPECT_EQ(header(next, "Lambda-Extension-Identifier"), "ident");
}

TEST(RuntimeRequests, an_invocation_is_read_with_headers_in_any_case) {
  const auto invocation =
      parse_invocation(make_response(200, R"({"command":"apply"})",
                                     {{"lambda-runtime-aws-request-id", "id-1"},
                                      {"LAMBDA-RUNTIME-DEADLINE-MS", "1003500"},
                                      {"Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x"},
                                      {"Lambda-Runtime-Trace-Id", "Root=1-2-3"}}),
                       kNow, kSteadyNow);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->request_id, "id-1");
  EXPECT_EQ(invocation->function_arn, "arn:aws:lambda:x");
  EXPECT_EQ(invocation->trace_id, "Root=1-2-3");
  EXPECT_EQ(invocation->payload, R"({"command":"apply"})");
  EXPECT_EQ(invocation->deadline, kSteadyNow + std::chrono::milliseconds(3500));
}

TEST(RuntimeRequests, optional_headers_may_be_missing) {
  const auto invocation = parse_invocation(
      make_response(200, "{}", {{"Lambda-Runtime-Aws-Request-Id", "id-1"}}), kNow, kSteadyNow);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->function_arn, "");
  EXPECT_EQ(invocation->trace_id, "");
  EXPECT_EQ(invocation->deadline, kSteadyNow + kAssumedTime);
}

TEST(RuntimeRequests, without_a_request_id_there_is_no_invocation) {
  EXPECT_FALSE(parse_invocation(make_response(200, "{}"), kNow, kSteadyNow));
  EXPECT_FALSE(parse_invocation(make_response(200, "{}", {{"Lambda-Runtime-Aws-Request-Id", ""}}),
                                kNow, kSteadyNow));
}

TEST(RuntimeRequests, an_unreadable_deadline_is_the_assumed_one_and_a_wild_one_is_clamped) {
  const auto deadline_of = [](const char* text) {
    return parse_invocation(make_response(200, "{}",
                                          {{"Lambda-Runtime-Aws-Request-Id", "i"},
                                           {"Lambda-Runtime-Deadline-Ms", text}}),
                            kNow, kSteadyNow)
        ->deadline;
  };
  for (const char* bad : {"", "soon", "12x", "-5", "99999999999999999999999"}) {
    EXPECT_EQ(deadline_of(bad), kSteadyNow + kAssumedTime) << bad;
  }
  EXPECT_EQ(deadline_of("9223372036854775807"), kSteadyNow + std::chrono::hours(24));
  EXPECT_EQ(deadline_of("999000"), kSteadyNow - std::chrono::seconds(1));
}

TEST(RuntimeRequests, a_refusal_is_read_where_there_is_one) {
  EXPECT_EQ(parse_refusal(make_response(400, R"({"errorType":"InvalidRequestID"})")),
            "InvalidRequestID");
  for (const char* other : {"", "<html>", "[]", "{}", R"({"errorType":1})", "\"x\""}) {
    EXPECT_EQ(parse_refusal(make_response(400, other)), "") << other;
  }
}

}  // namespace
}  // namespace runtime
