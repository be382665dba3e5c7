#include "runtime/runtime_api.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "runtime/log.h"
#include "runtime/runtime_requests.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace runtime {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::FakeHttp;
using test_support::FakeSurroundings;
using test_support::make_response;

const TransportFailure kRefused{TransportFailure::Kind::kConnect, "refused"};

// The Runtime API's twin: hands out what is queued for /next, takes answers for ids it has handed
// out, and ends the loop with the 500 of an API that is gone.
struct FakeRuntimeApi {
  std::deque<HttpOutcome> next;
  std::deque<HttpOutcome> on_post;  // what the next POSTs get instead of 202
  HttpOutcome on_register = make_response(404);
  std::vector<HttpRequest> answers{};

  HttpOutcome operator()(const HttpRequest& request) {
    if (request.url.ends_with("/extension/register")) return on_register;
    std::deque<HttpOutcome>& queue = request.method == "GET" ? next : on_post;
    if (request.method == "POST") answers.push_back(request);
    if (queue.empty()) return make_response(request.method == "GET" ? 500 : 202);
    HttpOutcome outcome = queue.front();
    queue.pop_front();
    return outcome;
  }
};

HttpOutcome event(const std::string& id, const std::string& payload = "{}",
                  const std::string& trace_id = {}) {
  HttpResponse response = make_response(200, payload, {{"Lambda-Runtime-Aws-Request-Id", id}});
  if (!trace_id.empty()) response.headers.push_back({"Lambda-Runtime-Trace-Id", trace_id});
  return response;
}

Answer echo(const Invocation& invocation) { return {invocation.payload, ""}; }

class RuntimeLoop : public testing::Test {
 protected:
  RuntimeLoop() { options_.endpoint = "api:9001"; }

  int run(const InvocationHandler& handler) {
    FakeHttp http([this](const HttpRequest& request) { return api_(request); });
    testing::internal::CaptureStdout();
    const int code = run_runtime_loop(http, options_, handler, surroundings_.view());
    logs_ = testing::internal::GetCapturedStdout();
    requests_ = http.requests;
    flights_ = http.flights;
    return code;
  }

  bool answered(std::size_t index, const std::string& ending) const {
    return api_.answers.at(index).url.ends_with(ending);
  }

  FakeRuntimeApi api_;
  RuntimeApiOptions options_;
  FakeSurroundings surroundings_;
  std::string logs_;
  std::vector<HttpRequest> requests_;
  std::vector<FakeHttp::Flight> flights_;
};

TEST_F(RuntimeLoop, each_invocation_is_answered_once_and_in_order) {
  api_.next = {event("a", "1"), event("b", "2")};
  EXPECT_EQ(run(echo), 1);
  ASSERT_EQ(api_.answers.size(), 2u);
  EXPECT_TRUE(answered(0, "/a/response"));
  EXPECT_EQ(api_.answers[0].body, "1");
  EXPECT_TRUE(answered(1, "/b/response"));
  EXPECT_EQ(api_.answers[1].body, "2");
}

TEST_F(RuntimeLoop, next_waits_for_ever_and_an_answer_does_not) {
  api_.next = {event("a")};
  run(echo);
  EXPECT_EQ(flights_.at(0).deadline, Deadline::max());
  EXPECT_EQ(flights_.at(1).deadline, surroundings_.steady + kAssumedTime);
}

TEST_F(RuntimeLoop, an_answer_after_the_deadline_is_still_sent) {
  api_.next = {event("a")};
  run([this](const Invocation&) {
    surroundings_.steady += kAssumedTime + seconds(1);
    return Answer{"{}", ""};
  });
  EXPECT_GT(flights_.at(1).deadline, surroundings_.steady);
}

TEST_F(RuntimeLoop, an_answer_with_an_error_type_is_an_error_and_the_loop_goes_on) {
  api_.next = {event("a"), event("b")};
  run([](const Invocation&) { return Answer{"{}", "Function.MigrationFailed"}; });
  EXPECT_TRUE(answered(0, "/a/error"));
  EXPECT_TRUE(answered(1, "/b/error"));
}

TEST_F(RuntimeLoop, a_standard_exception_becomes_an_error_with_its_text) {
  api_.next = {event("a"), event("b")};
  run([](const Invocation& invocation) -> Answer {
    if (invocation.request_id == "a") throw Error(ErrorKind::kService, "broken \xff");
    return {"{}", ""};
  });
  ASSERT_TRUE(answered(0, "/a/error"));
  EXPECT_EQ(find_header(api_.answers[0].headers, "lambda-runtime-function-error-type"),
            "Function.UnhandledException");
  const json body = json::parse(api_.answers[0].body);
  EXPECT_EQ(body["errorMessage"], "broken \uFFFD");
  EXPECT_EQ(body["errorType"], "Function.UnhandledException");
  EXPECT_EQ(body["stackTrace"], json::array());
  EXPECT_TRUE(answered(1, "/b/response"));
}

TEST_F(RuntimeLoop, an_exception_of_any_type_becomes_an_error) {
  api_.next = {event("a"), event("b")};
  run([](const Invocation&) -> Answer { throw 42; });
  EXPECT_TRUE(answered(0, "/a/error"));
  EXPECT_TRUE(answered(1, "/b/error"));
}

TEST_F(RuntimeLoop, the_text_of_a_json_exception_quotes_the_event_and_is_not_passed_on) {
  api_.next = {event("a", R"({"password":"hunter2" oops)")};
  run([](const Invocation& invocation) -> Answer {
    return {json::parse(invocation.payload).dump(), ""};
  });
  EXPECT_EQ(api_.answers.at(0).body.find("hunter2"), std::string::npos);
  EXPECT_EQ(json::parse(api_.answers[0].body)["errorMessage"], "JSON exception 101");
  EXPECT_EQ(logs_.find("hunter2"), std::string::npos);
}

TEST_F(RuntimeLoop, an_answer_too_large_becomes_an_error_and_the_loop_goes_on) {
  api_.next = {event("a"), event("b")};
  run([](const Invocation& invocation) {
    return Answer{std::string(invocation.request_id == "a" ? 7'000'000 : 1, '1'), ""};
  });
  ASSERT_EQ(api_.answers.size(), 2u);
  EXPECT_TRUE(answered(0, "/a/error"));
  EXPECT_EQ(json::parse(api_.answers[0].body)["errorType"], "Function.ResponseSizeTooLarge");
  EXPECT_TRUE(answered(1, "/b/response"));
  EXPECT_NE(logs_.find("too large"), std::string::npos);
}

TEST_F(RuntimeLoop, an_answer_refused_as_too_large_is_followed_by_an_error) {
  api_.next = {event("a"), event("b")};
  api_.on_post = {make_response(413, R"({"errorType":"RequestEntityTooLarge"})"),
                  make_response(403, R"({"errorType":"InvalidStateTransition"})")};
  run(echo);
  ASSERT_EQ(api_.answers.size(), 3u);
  EXPECT_TRUE(answered(1, "/a/error"));
  EXPECT_TRUE(answered(2, "/b/response"));
  EXPECT_NE(logs_.find("RequestEntityTooLarge"), std::string::npos);
}

TEST_F(RuntimeLoop, any_other_refusal_of_an_answer_is_logged_and_the_loop_goes_on) {
  api_.next = {event("a"), event("b"), event("c"), event("d")};
  api_.on_post = {make_response(400, R"({"errorType":"InvalidRequestID"})"), make_response(410),
                  make_response(403)};
  run(echo);
  EXPECT_EQ(api_.answers.size(), 4u);
  EXPECT_NE(logs_.find("InvalidRequestID"), std::string::npos);
}

TEST_F(RuntimeLoop, a_500_for_an_answer_ends_the_loop) {
  api_.next = {event("a"), event("b")};
  api_.on_post = {make_response(500)};
  EXPECT_EQ(run(echo), 1);
  EXPECT_EQ(api_.answers.size(), 1u);
}

TEST_F(RuntimeLoop, an_answer_lost_on_the_way_is_sent_once_more) {
  api_.next = {event("a"), event("b")};
  api_.on_post = {kRefused, make_response(202), kRefused, kRefused};
  run(echo);
  ASSERT_EQ(api_.answers.size(), 4u);
  EXPECT_TRUE(answered(1, "/a/response"));
  EXPECT_TRUE(answered(3, "/b/response"));
}

TEST_F(RuntimeLoop, a_403_for_next_ends_the_loop_at_once) {
  api_.next = {make_response(403), event("a")};
  EXPECT_EQ(run(echo), 1);
  EXPECT_EQ(requests_.size(), 1u);
  EXPECT_TRUE(surroundings_.sleeps.empty());
}

TEST_F(RuntimeLoop, next_is_asked_again_with_growing_pauses_and_given_up_at_the_fifth_failure) {
  api_.next = {kRefused, make_response(503), make_response(200, "no id"), kRefused, kRefused};
  EXPECT_EQ(run(echo), 1);
  EXPECT_EQ(requests_.size(), 5u);
  EXPECT_EQ(surroundings_.sleeps,
            (std::vector<milliseconds>{milliseconds(50), milliseconds(100), milliseconds(200),
                                       milliseconds(400)}));
}

TEST_F(RuntimeLoop, a_served_invocation_forgives_earlier_failures_of_next) {
  api_.next = {kRefused, kRefused, kRefused, kRefused, event("a"),
               kRefused, kRefused, kRefused, kRefused, event("b")};
  run(echo);
  EXPECT_EQ(api_.answers.size(), 2u);
}

TEST_F(RuntimeLoop, the_same_id_again_gets_the_same_answer_without_a_second_run_and_with_a_pause) {
  for (int i = 0; i < 9; ++i) api_.next.push_back(event("a"));
  int runs = 0;
  run([&](const Invocation&) {
    ++runs;
    return Answer{"{\"run\":" + std::to_string(runs) + "}", ""};
  });
  EXPECT_EQ(runs, 1);
  ASSERT_EQ(api_.answers.size(), 9u);
  for (const auto& answer : api_.answers) EXPECT_EQ(answer.body, "{\"run\":1}");
  ASSERT_EQ(surroundings_.sleeps.size(), 8u);
  EXPECT_EQ(surroundings_.sleeps.front(), milliseconds(50));
  EXPECT_EQ(surroundings_.sleeps.back(), milliseconds(1000));
}

TEST_F(RuntimeLoop, an_id_that_keeps_coming_is_run_again_half_a_minute_after_its_last_end) {
  for (int i = 0; i < 100; ++i) api_.next.push_back(event("a"));  // 95 seconds of it
  int runs = 0;
  run([&](const Invocation&) {
    ++runs;
    return Answer{"{}", ""};
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(api_.answers.size(), 100u);
}

TEST_F(RuntimeLoop, refusal_of_the_answer_to_a_repetition_does_not_end_the_loop) {
  api_.next = {event("a"), event("a"), event("b")};
  api_.on_post = {make_response(202), make_response(400), make_response(202)};
  run(echo);
  EXPECT_EQ(api_.answers.size(), 3u);
  EXPECT_TRUE(answered(2, "/b/response"));
}

TEST_F(RuntimeLoop, the_retry_of_an_asynchronous_invocation_keeps_its_id_and_is_run) {
  FakeHttp http([this](const HttpRequest& request) {
    if (request.method == "GET") surroundings_.now += seconds(60);
    return api_(request);
  });
  api_.next = {event("a"), event("a"), event("a")};
  run_runtime_loop(http, options_, echo, surroundings_.view());
  EXPECT_EQ(api_.answers.size(), 3u);
}

TEST_F(RuntimeLoop, a_long_run_does_not_make_its_own_repetition_look_like_a_retry) {
  api_.next = {event("a"), event("a")};
  int runs = 0;
  run([&](const Invocation&) {
    surroundings_.now += seconds(600);
    ++runs;
    return Answer{"{}", ""};
  });
  EXPECT_EQ(runs, 1);
}

TEST_F(RuntimeLoop, another_id_in_between_is_served) {
  api_.next = {event("a"), event("a"), event("b"), event("b"), event("c")};
  run(echo);
  ASSERT_EQ(api_.answers.size(), 5u);
  EXPECT_TRUE(answered(4, "/c/response"));
}

TEST_F(RuntimeLoop, the_trace_variable_is_set_for_its_invocation_and_unset_for_one_without) {
  api_.next = {event("a", "{}", "Root=1"), event("b"), event("c", "{}", "Root=3")};
  std::vector<std::string> seen;
  run([&](const Invocation&) {
    const char* value = getenv("_X_AMZN_TRACE_ID");
    seen.push_back(value == nullptr ? "unset" : value);
    return Answer{"{}", ""};
  });
  unsetenv("_X_AMZN_TRACE_ID");
  EXPECT_EQ(seen, (std::vector<std::string>{"Root=1", "unset", "Root=3"}));
}

TEST_F(RuntimeLoop, the_environment_is_left_alone_when_told_so) {
  options_.set_trace_variable = false;
  setenv("_X_AMZN_TRACE_ID", "mine", 1);
  api_.next = {event("a", "{}", "Root=1"), event("b")};
  run(echo);
  EXPECT_STREQ(getenv("_X_AMZN_TRACE_ID"), "mine");
  unsetenv("_X_AMZN_TRACE_ID");
}

TEST_F(RuntimeLoop, log_lines_of_an_invocation_carry_its_id) {
  api_.next = {event("id-of-a")};
  run([](const Invocation&) {
    log(LogLevel::kInfo, "inside");
    return Answer{"{}", ""};
  });
  EXPECT_EQ(json::parse(logs_.substr(0, logs_.find('\n')))["requestId"], "id-of-a");
}

TEST_F(RuntimeLoop, the_payload_is_in_no_log_line) {
  configure_log(Environment(Environment::Variables{{"AWS_LAMBDA_LOG_LEVEL", "TRACE"}}));
  api_.next = {event("a", "\"payload-secret\""), event("a", "\"payload-secret\"")};
  api_.on_post = {make_response(413), make_response(400)};
  run(echo);
  configure_log(Environment());
  EXPECT_NE(logs_, "");
  EXPECT_EQ(logs_.find("payload-secret"), std::string::npos);
}

TEST_F(RuntimeLoop, the_extension_is_registered_before_the_first_next_and_left_waiting) {
  std::vector<HttpRequest> detached;
  options_.start_detached = [&](HttpRequest request) { detached.push_back(std::move(request)); };
  api_.on_register = make_response(200, "{}", {{"lambda-extension-identifier", "ident"}});
  run(echo);
  EXPECT_TRUE(requests_.at(0).url.ends_with("/extension/register"));
  EXPECT_TRUE(requests_.at(1).url.ends_with("/invocation/next"));
  ASSERT_EQ(detached.size(), 1u);
  EXPECT_EQ(find_header(detached[0].headers, "Lambda-Extension-Identifier"), "ident");
}

TEST_F(RuntimeLoop, an_api_without_extensions_is_not_an_error_and_costs_no_pause) {
  options_.start_detached = [](const HttpRequest&) { ADD_FAILURE(); };
  for (const HttpOutcome& refusal :
       {HttpOutcome(make_response(404)), HttpOutcome(make_response(403)), HttpOutcome(kRefused),
        HttpOutcome(make_response(200))}) {
    api_ = FakeRuntimeApi{.next = {event("a")}, .on_post = {}, .on_register = refusal};
    run(echo);
    EXPECT_EQ(api_.answers.size(), 1u);
    EXPECT_TRUE(surroundings_.sleeps.empty());
    EXPECT_EQ(logs_.find("WARN"), std::string::npos);
  }
}

TEST(RuntimeApi, is_found_by_its_variable) {
  EXPECT_FALSE(find_runtime_api(Environment()));
  const auto options =
      find_runtime_api(Environment(Environment::Variables{{"AWS_LAMBDA_RUNTIME_API", "h:1"}}));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->endpoint, "h:1");
  EXPECT_TRUE(options->set_trace_variable);
}

TEST(RuntimeApi, several_invocations_at_a_time_leave_the_environment_alone) {
  const auto sets_trace = [](const std::string& concurrency) {
    return find_runtime_api(
               Environment(Environment::Variables{{"AWS_LAMBDA_RUNTIME_API", "h:1"},
                                                  {"AWS_LAMBDA_MAX_CONCURRENCY", concurrency}}))
        ->set_trace_variable;
  };
  EXPECT_TRUE(sets_trace("1"));
  EXPECT_FALSE(sets_trace("2"));
  EXPECT_FALSE(sets_trace("64"));
  EXPECT_TRUE(sets_trace("many"));
}

TEST(RuntimeApi, an_init_error_is_posted_and_its_refusal_is_no_exception) {
  for (const HttpOutcome& outcome :
       {HttpOutcome(make_response(202)), HttpOutcome(make_response(403)), HttpOutcome(kRefused)}) {
    FakeHttp http([&](const HttpRequest&) { return outcome; });
    RuntimeApiOptions options;
    options.endpoint = "h:1";
    testing::internal::CaptureStdout();
    report_init_error(http, options, "Runtime.BadConfig", "no target");
    testing::internal::GetCapturedStdout();
    EXPECT_TRUE(http.requests.at(0).url.ends_with("/2018-06-01/runtime/init/error"));
  }
}

}  // namespace
}  // namespace runtime
