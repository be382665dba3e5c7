#include "runtime/runtime_api.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "runtime/curl_http.h"
#include "runtime/runtime_requests.h"
#include "tests/http/mock_runtime_api.h"

namespace runtime {
namespace {

using nlohmann::json;
using test_support::LoopbackServer;
using test_support::MockRuntimeApi;
using test_support::ReceivedRequest;
using test_support::ServerReply;
using WhenEmpty = MockRuntimeApi::WhenEmpty;

int serve(MockRuntimeApi& api, const InvocationHandler& handler) {
  CurlHttp http;
  RuntimeApiOptions options;
  options.endpoint = api.server().authority();
  testing::internal::CaptureStdout();
  const int code = run_runtime_loop(http, options, handler);
  testing::internal::GetCapturedStdout();
  return code;
}

Answer echo(const Invocation& invocation) { return {invocation.payload, ""}; }

TEST(RuntimeApiLoop, answers_each_event_over_one_connection) {
  MockRuntimeApi api({{.id = "a", .payload = "1"}, {.id = "b", .payload = "\"é\""}},
                     WhenEmpty::kFail);
  EXPECT_EQ(serve(api, echo), 1);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].target, "/2018-06-01/runtime/invocation/a/response");
  EXPECT_EQ(answers[0].body, "1");
  EXPECT_EQ(answers[1].body, "\"é\"");
  EXPECT_EQ(find_header(answers[0].headers, "Content-Type"), "application/json");
  EXPECT_EQ(find_header(answers[0].headers, "User-Agent"), "dsql-migrate/" DSQL_MIGRATE_VERSION);
  EXPECT_EQ(find_header(answers[0].headers, "Expect"), std::nullopt);
  EXPECT_EQ(find_header(answers[0].headers, "Transfer-Encoding"), std::nullopt);
  EXPECT_EQ(api.server().connections(), 1);
}

TEST(RuntimeApiLoop, hands_the_handler_what_the_headers_say) {
  const auto in_a_minute = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::system_clock::now().time_since_epoch()) +
                           std::chrono::minutes(1);
  MockRuntimeApi api(
      {{.id = "a",
        .payload = "{}",
        .headers = {{"lambda-runtime-invoked-function-arn", "arn:x"},
                    {"LAMBDA-RUNTIME-TRACE-ID", "Root=1"},
                    {"Lambda-Runtime-Deadline-Ms", std::to_string(in_a_minute.count())}}}},
      WhenEmpty::kFail);
  std::optional<Invocation> seen;
  serve(api, [&](const Invocation& invocation) {
    seen = invocation;
    return Answer{"{}", ""};
  });
  unsetenv("_X_AMZN_TRACE_ID");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->function_arn, "arn:x");
  EXPECT_EQ(seen->trace_id, "Root=1");
  EXPECT_LE(seen->deadline, std::chrono::steady_clock::now() + std::chrono::minutes(1));
}

TEST(RuntimeApiLoop, an_exception_is_an_error_with_its_type_in_a_header) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kFail);
  serve(api, [](const Invocation&) -> Answer { throw std::runtime_error("oh"); });
  const auto answer = api.answers().at(0);
  EXPECT_EQ(answer.target, "/2018-06-01/runtime/invocation/a/error");
  EXPECT_EQ(find_header(answer.headers, "Lambda-Runtime-Function-Error-Type"),
            "Function.UnhandledException");
  EXPECT_EQ(json::parse(answer.body)["errorMessage"], "oh");
}

TEST(RuntimeApiLoop, an_answer_of_seven_megabytes_becomes_an_error_and_the_loop_goes_on) {
  MockRuntimeApi api({{.id = "a"}, {.id = "b", .payload = "2"}}, WhenEmpty::kFail);
  serve(api, [](const Invocation& invocation) {
    return Answer{invocation.request_id == "a" ? std::string(7'000'000, '1') : "2", ""};
  });
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(json::parse(answers[0].body)["errorType"], "Function.ResponseSizeTooLarge");
  EXPECT_EQ(answers[1].body, "2");
}

TEST(RuntimeApiLoop, an_answer_of_the_full_size_is_sent_whole) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kFail);
  serve(api, [](const Invocation&) { return Answer{std::string(kMaxAnswerBytes, '1'), ""}; });
  EXPECT_EQ(api.answers().at(0).body.size(), kMaxAnswerBytes);
}

TEST(RuntimeApiLoop, refusals_of_answers_do_not_end_it) {
  MockRuntimeApi api(
      {{.id = "a",
        .on_answer = {.status = 413, .body = R"({"errorType":"RequestEntityTooLarge"})"}},
       {.id = "b", .on_answer = {.status = 400, .body = R"({"errorType":"InvalidRequestID"})"}},
       {.id = "c", .on_answer = {.status = 400, .body = "closing", .close = true}},
       {.id = "d"}},
      WhenEmpty::kFail);
  EXPECT_EQ(serve(api, echo), 1);
  EXPECT_EQ(api.answers().back().target, "/2018-06-01/runtime/invocation/d/response");
}

TEST(RuntimeApiLoop, a_500_for_an_answer_ends_it) {
  MockRuntimeApi api({{.id = "a", .on_answer = {.status = 500}}, {.id = "b"}}, WhenEmpty::kFail);
  EXPECT_EQ(serve(api, echo), 1);
  EXPECT_EQ(api.answers().size(), 1u);
}

TEST(RuntimeApiLoop, an_api_that_is_gone_ends_it) {
  CurlHttp http;
  RuntimeApiOptions options;
  options.endpoint = MockRuntimeApi({}, WhenEmpty::kHold).server().authority();
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_runtime_loop(http, options, echo), 1);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("FATAL"), std::string::npos);
}

TEST(RuntimeApiLoop, proxy_variables_do_not_matter) {
  LoopbackServer proxy([](const ReceivedRequest&) { return ServerReply{.status = 502}; });
  const std::vector<const char*> names = {"http_proxy", "HTTP_PROXY", "all_proxy", "HTTPS_PROXY"};
  for (const char* name : names) setenv(name, proxy.url("").c_str(), 1);
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kFail);
  serve(api, echo);
  for (const char* name : names) unsetenv(name);
  EXPECT_EQ(api.answers().size(), 1u);
  EXPECT_EQ(proxy.connections(), 0);
}

// runtime_loop_program, running against a mock.
class Program {
 public:
  explicit Program(MockRuntimeApi& api) {
    std::string endpoint = "AWS_LAMBDA_RUNTIME_API=" + api.server().authority();
    std::string level = "AWS_LAMBDA_LOG_LEVEL=FATAL";
    std::string path = RUNTIME_LOOP_PROGRAM;
    char* arguments[] = {path.data(), nullptr};
    char* variables[] = {endpoint.data(), level.data(), nullptr};
    const int error = posix_spawn(&pid_, path.c_str(), nullptr, nullptr, arguments, variables);
    if (error != 0) throw std::runtime_error("cannot start " + path);
  }
  ~Program() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const { kill(pid_, signal); }

  // The exit code; -1 when a signal ended it.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
};

TEST(RuntimeLoopProgram, sigterm_ends_it_while_it_waits_for_an_event) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kHold);
  Program program(api);
  api.server().wait_for_requests(2, MockRuntimeApi::kNext);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(api.answers().size(), 1u);
}

TEST(RuntimeLoopProgram, sigterm_ends_it_while_the_handler_runs) {
  MockRuntimeApi api({{.id = "a", .payload = R"({"sleep":1})"}}, WhenEmpty::kHold);
  Program program(api);
  api.server().wait_for_requests(1, MockRuntimeApi::kNext);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_TRUE(api.answers().empty());
}

TEST(RuntimeLoopProgram, sigterm_ends_it_while_a_transfer_is_open) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest&) {
    self->hold();
    return ServerReply{};
  });
  self = &server;
  MockRuntimeApi api({{.id = "a", .payload = json({{"wait", server.url("/")}}).dump()}},
                     WhenEmpty::kHold);
  Program program(api);
  server.wait_for_requests(1);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST(RuntimeLoopProgram, sigterm_ends_it_while_the_same_event_keeps_coming) {
  MockRuntimeApi api({{.id = "a", .payload = R"({"count":1})"}}, WhenEmpty::kRepeatLast);
  Program program(api);
  api.server().wait_for_requests(4, MockRuntimeApi::kNext);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_GE(api.answers().size(), 3u);
  for (const auto& answer : api.answers()) EXPECT_EQ(answer.body, "1");
}

TEST(RuntimeLoopProgram, its_extension_waits_beside_next) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kHold);
  Program program(api);
  api.server().wait_for_requests(2, MockRuntimeApi::kNext);
  api.server().wait_for_requests(1, MockRuntimeApi::kExtensionNext);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  const auto requests = api.server().requests();
  EXPECT_EQ(requests.at(0).target, "/2020-01-01/extension/register");
  EXPECT_EQ(requests.at(0).body, R"({"events":[]})");
  for (const auto& request : requests) {
    if (request.target != MockRuntimeApi::kExtensionNext) continue;
    EXPECT_EQ(find_header(request.headers, "lambda-extension-identifier"), "ident-1");
  }
}

TEST(RuntimeLoopProgram, without_extensions_it_serves_all_the_same) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kHold, false);
  Program program(api);
  api.server().wait_for_requests(2, MockRuntimeApi::kNext);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(api.answers().size(), 1u);
}

TEST(RuntimeLoopProgram, an_unrecoverable_api_makes_it_exit_non_zero) {
  MockRuntimeApi api({{.id = "a"}}, WhenEmpty::kFail);
  Program program(api);
  EXPECT_EQ(program.wait(), 1);
}

}  // namespace
}  // namespace runtime
