#include "runtime/curl_http.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "runtime/error.h"
#include "tests/support/loopback_server.h"

namespace runtime {
namespace {

using test_support::LoopbackServer;
using test_support::ReceivedRequest;
using test_support::ServerReply;
using Kind = TransportFailure::Kind;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
Deadline soon() { return in(std::chrono::seconds(30)); }

ServerReply ok(const ReceivedRequest&) { return {.status = 200, .body = "fine"}; }

const HttpResponse& response_of(const HttpOutcome& outcome) {
  if (const auto* failure = std::get_if<TransportFailure>(&outcome)) {
    throw std::runtime_error(failure->message);
  }
  return std::get<HttpResponse>(outcome);
}

TransportFailure failure_of(const HttpOutcome& outcome) {
  return std::get<TransportFailure>(outcome);
}

std::vector<std::string> header_names(const ReceivedRequest& request) {
  std::vector<std::string> names;
  names.reserve(request.headers.size());
  for (const auto& header : request.headers) names.push_back(header.name);
  return names;
}

TEST(CurlHttp, requests_one_after_another_share_a_connection) {
  LoopbackServer server(ok);
  CurlHttp http;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(response_of(http.send({.url = server.url("/")}, soon())).body, "fine");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlHttp, a_kept_connection_that_died_is_replaced) {
  LoopbackServer server([](const ReceivedRequest&) {
    return ServerReply{.body = "x", .close = true};  // without saying so in a header
  });
  CurlHttp http;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        response_of(http.send({.method = "POST", .url = server.url("/"), .body = "b"}, soon()))
            .body,
        "x");
  }
}

TEST(CurlHttp, a_fresh_connection_is_a_new_one_and_is_kept_for_others) {
  LoopbackServer server(ok);
  CurlHttp http;
  http.send({.url = server.url("/")}, soon());
  http.send({.url = server.url("/"), .fresh_connection = true}, soon());
  EXPECT_EQ(server.connections(), 2);
  http.send({.url = server.url("/")}, soon());
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlHttp, outcomes_are_in_the_order_of_the_requests) {
  LoopbackServer server(
      [](const ReceivedRequest& request) { return ServerReply{.body = request.target}; });
  CurlHttp http;
  std::vector<HttpRequest> requests;
  requests.reserve(40);
  for (int i = 0; i < 40; ++i) requests.push_back({.url = server.url("/" + std::to_string(i))});
  const auto outcomes = http.send_all(requests, 7, soon());
  ASSERT_EQ(outcomes.size(), requests.size());
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(response_of(outcomes[static_cast<std::size_t>(i)]).body, "/" + std::to_string(i));
  }
}

TEST(CurlHttp, as_many_transfers_as_allowed_are_in_flight_and_no_more) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest&) {
    self->wait_for_requests(4);  // answered only once four are in flight
    return ServerReply{};
  });
  self = &server;
  CurlHttp http;
  const std::vector<HttpRequest> requests(12, HttpRequest{.url = server.url("/")});
  for (const auto& outcome : http.send_all(requests, 4, soon())) {
    EXPECT_EQ(response_of(outcome).status, 200);
  }
  EXPECT_EQ(server.most_in_flight(), 4);
  EXPECT_LE(server.connections(), 4);
}

TEST(CurlHttp, no_requests_give_no_outcomes) {
  EXPECT_TRUE(CurlHttp().send_all({}, 4, soon()).empty());
}

TEST(CurlHttp, what_is_unanswered_at_the_deadline_timed_out_and_the_rest_is_kept) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest& request) {
    if (request.target == "/slow") self->hold();
    return ServerReply{.body = "quick"};
  });
  self = &server;
  CurlHttp http;
  const std::vector<HttpRequest> requests = {{.url = server.url("/slow")},
                                             {.url = server.url("/quick")},
                                             {.url = server.url("/slow")},
                                             {.url = server.url("/never-started")}};
  const auto outcomes = http.send_all(requests, 2, in(std::chrono::milliseconds(500)));
  EXPECT_EQ(failure_of(outcomes[0]).kind, Kind::kTimeout);
  EXPECT_EQ(response_of(outcomes[1]).body, "quick");
  EXPECT_EQ(failure_of(outcomes[2]).kind, Kind::kTimeout);
  EXPECT_EQ(failure_of(outcomes[3]).kind, Kind::kTimeout);
}

TEST(CurlHttp, a_deadline_that_has_passed_sends_nothing) {
  LoopbackServer server(ok);
  CurlHttp http;
  const auto outcome = http.send({.url = server.url("/p?X-Amz-Signature=abc")}, Deadline{});
  EXPECT_EQ(failure_of(outcome).kind, Kind::kTimeout);
  EXPECT_EQ(failure_of(outcome).message,
            "GET http://" + server.authority() + ": no answer before the deadline");
  EXPECT_TRUE(server.requests().empty());
}

TEST(CurlHttp, after_a_deadline_the_next_call_works) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest& request) {
    if (request.target == "/slow") self->hold();
    return ServerReply{.body = "quick"};
  });
  self = &server;
  CurlHttp http;
  const auto late = http.send({.url = server.url("/slow")}, in(std::chrono::milliseconds(50)));
  EXPECT_EQ(failure_of(late).kind, Kind::kTimeout);
  EXPECT_EQ(response_of(http.send({.url = server.url("/quick")}, soon())).body, "quick");
}

TEST(CurlHttp, a_transfer_that_stalls_is_interrupted_before_the_deadline) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest&) {
    self->hold();
    return ServerReply{};
  });
  self = &server;
  CurlSettings settings;
  settings.stall_timeout = std::chrono::seconds(1);
  CurlHttp http(settings);
  EXPECT_EQ(failure_of(http.send({.url = server.url("/")}, soon())).kind, Kind::kInterrupted);
}

TEST(CurlHttp, the_path_and_the_query_go_out_byte_for_byte) {
  LoopbackServer server(ok);
  CurlHttp http;
  const std::string target = "/a/../b//c%20d/./%c3%BC/e+f~?x=%2f/../y&empty=&z";
  response_of(http.send({.url = server.url(target)}, soon()));
  EXPECT_EQ(server.requests().at(0).target, target);
}

TEST(CurlHttp, plain_http_ignores_every_proxy_variable) {
  LoopbackServer server(ok);
  LoopbackServer proxy(ok);
  const char* names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"};
  for (const char* name : names) setenv(name, proxy.url("").c_str(), 1);
  CurlHttp http(make_curl_settings(Environment::of_process()));
  response_of(http.send({.url = server.url("/")}, soon()));
  for (const char* name : names) unsetenv(name);
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(CurlHttp, https_goes_through_the_proxy_of_the_settings) {
  LoopbackServer proxy([](const ReceivedRequest&) { return ServerReply{.status = 403}; });
  CurlHttp http(make_curl_settings(Environment({{"HTTPS_PROXY", proxy.url("")}})));
  const auto outcome = http.send({.url = "https://s3.example.invalid/key?secret=1"}, soon());
  EXPECT_NE(std::get_if<TransportFailure>(&outcome), nullptr);
  EXPECT_EQ(proxy.requests().at(0).method, "CONNECT");
  EXPECT_EQ(proxy.requests().at(0).target, "s3.example.invalid:443");
}

TEST(CurlHttp, https_to_a_host_in_no_proxy_is_direct) {
  LoopbackServer proxy(ok);
  LoopbackServer server(ok);
  CurlSettings settings =
      make_curl_settings(Environment({{"https_proxy", proxy.url("")}, {"no_proxy", "127.0.0.1"}}));
  settings.connect_timeout = std::chrono::milliseconds(300);  // the server speaks no TLS
  const auto outcome =
      CurlHttp(settings).send({.url = "https://" + server.authority() + "/"}, soon());
  EXPECT_NE(std::get_if<TransportFailure>(&outcome), nullptr);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(CurlHttp, a_redirect_is_an_answer_like_any_other) {
  LoopbackServer server([](const ReceivedRequest&) {
    return ServerReply{.status = 301, .headers = {{"Location", "/elsewhere"}}, .body = "moved"};
  });
  CurlHttp http;
  const auto response = response_of(http.send({.url = server.url("/")}, soon()));
  EXPECT_EQ(response.status, 301);
  EXPECT_EQ(response.body, "moved");
  EXPECT_EQ(find_header(response.headers, "location"), "/elsewhere");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(CurlHttp, a_get_carries_host_and_user_agent_and_what_was_given) {
  LoopbackServer server(ok);
  CurlHttp http;
  response_of(http.send({.url = server.url("/"), .headers = {{"X-One", "1"}}}, soon()));
  const auto request = server.requests().at(0);
  EXPECT_EQ(header_names(request), (std::vector<std::string>{"Host", "User-Agent", "X-One"}));
  EXPECT_EQ(find_header(request.headers, "Host"), server.authority());
  EXPECT_EQ(find_header(request.headers, "User-Agent"), "dsql-migrate/" DSQL_MIGRATE_VERSION);
}

TEST(CurlHttp, a_put_has_its_exact_length_and_no_type_of_curls_making) {
  LoopbackServer server(ok);
  CurlHttp http;
  const std::string body = std::string(2'000'000, 'x') + '\0' + "end";  // above Expect's limit
  response_of(http.send({.method = "PUT", .url = server.url("/"), .body = body}, soon()));
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(header_names(request),
            (std::vector<std::string>{"Host", "User-Agent", "Content-Length"}));
  EXPECT_EQ(find_header(request.headers, "Content-Length"), std::to_string(body.size()));
  EXPECT_TRUE(request.body == body);
}

TEST(CurlHttp, an_empty_content_type_is_sent_empty) {
  LoopbackServer server(ok);
  CurlHttp http;
  response_of(http.send(
      {.method = "PUT", .url = server.url("/"), .headers = {{"Content-Type", ""}}, .body = "{}"},
      soon()));
  EXPECT_EQ(find_header(server.requests().at(0).headers, "content-type"), "");
}

TEST(CurlHttp, an_empty_post_says_length_zero) {
  LoopbackServer server(ok);
  CurlHttp http;
  response_of(http.send({.method = "POST", .url = server.url("/")}, soon()));
  EXPECT_EQ(find_header(server.requests().at(0).headers, "Content-Length"), "0");
}

TEST(CurlHttp, delete_and_head_go_out_under_their_own_names_without_a_body) {
  LoopbackServer server(ok);
  CurlHttp http;
  response_of(http.send({.method = "DELETE", .url = server.url("/")}, soon()));
  EXPECT_EQ(response_of(http.send({.method = "HEAD", .url = server.url("/")}, soon())).body, "");
  EXPECT_EQ(server.requests().at(0).method, "DELETE");
  EXPECT_EQ(server.requests().at(1).method, "HEAD");
  EXPECT_EQ(find_header(server.requests().at(0).headers, "Content-Length"), std::nullopt);
}

TEST(CurlHttp, a_header_with_a_line_break_is_refused_before_anything_is_sent) {
  LoopbackServer server(ok);
  CurlHttp http;
  const HttpRequest request{.url = server.url("/"), .headers = {{"X", "a\r\nInjected: 1"}}};
  EXPECT_THROW(http.send(request, soon()), Error);
  EXPECT_EQ(server.connections(), 0);
}

TEST(CurlHttp, a_url_of_another_scheme_is_refused_without_being_named) {
  CurlHttp http;
  for (const char* url :
       {"ftp://h/secret", "file:///secret", "http:///secret", "https://", "secret", ""}) {
    try {
      http.send({.url = url}, soon());
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "a URL must be http:// or https:// and a host");
    }
  }
}

TEST(CurlHttp, headers_of_an_interim_response_are_dropped) {
  LoopbackServer server([](const ReceivedRequest&) {
    return ServerReply{.raw =
                           "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nX-Late:  2 \r\nContent-Length: 2\r\n\r\nhi"};
  });
  CurlHttp http;
  const auto response = response_of(http.send({.url = server.url("/")}, soon()));
  ASSERT_EQ(response.headers.size(), 2u);
  EXPECT_EQ(response.headers[0].name, "X-Late");
  EXPECT_EQ(response.headers[0].value, "2");
}

TEST(CurlHttp, a_chunked_response_is_put_together) {
  LoopbackServer server([](const ReceivedRequest&) {
    return ServerReply{.raw =
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
  });
  CurlHttp http;
  EXPECT_EQ(response_of(http.send({.url = server.url("/")}, soon())).body, "abcde");
}

TEST(CurlHttp, a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_too_large) {
  LoopbackServer server([](const ReceivedRequest&) { return ServerReply{.body = "0123456789"}; });
  CurlHttp http;
  HttpRequest request{.url = server.url("/"), .max_response_bytes = 10};
  EXPECT_EQ(response_of(http.send(request, soon())).body, "0123456789");
  request.max_response_bytes = 9;
  const auto failure = failure_of(http.send(request, soon()));
  EXPECT_EQ(failure.kind, Kind::kTooLarge);
  EXPECT_EQ(failure.message,
            "GET http://" + server.authority() + ": the answer is longer than 9 bytes");
}

TEST(CurlHttp, a_connection_cut_in_mid_body_is_interrupted) {
  LoopbackServer server([](const ReceivedRequest&) {
    return ServerReply{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .close = true};
  });
  CurlHttp http;
  EXPECT_EQ(failure_of(http.send({.url = server.url("/")}, soon())).kind, Kind::kInterrupted);
}

TEST(CurlHttp, failures_name_the_origin_and_neither_path_nor_query_nor_credentials) {
  CurlHttp http;
  const std::string closed = [] {
    LoopbackServer server(ok);
    return server.authority();
  }();
  const std::string secret = "/path-secret?X-Amz-Signature=query-secret";
  for (const std::string& url :
       {"http://" + closed + secret, "http://user-secret:pw-secret@" + closed + secret,
        "http://host.invalid" + secret, "http://[::1" + secret}) {
    const auto failure = failure_of(http.send({.url = url}, soon()));
    EXPECT_EQ(failure.message.find("secret"), std::string::npos) << failure.message;
    EXPECT_TRUE(failure.kind == Kind::kConnect || failure.kind == Kind::kResolve)
        << failure.message;
  }
}

TEST(CurlHttp, a_detached_request_is_sent_while_another_is_waited_for) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest& request) {
    if (request.target == "/detached") self->hold();
    if (request.target == "/next") self->wait_for_requests(1, "/detached");
    return ServerReply{.body = request.target};
  });
  self = &server;
  CurlHttp http;
  http.start_detached({.url = server.url("/detached")});
  EXPECT_EQ(response_of(http.send({.url = server.url("/next")}, soon())).body, "/next");
  EXPECT_EQ(response_of(http.send({.url = server.url("/other")}, soon())).body, "/other");
}

TEST(CurlHttp, a_detached_request_leaves_the_open_connection_to_the_next_that_is_waited_for) {
  LoopbackServer* self = nullptr;
  LoopbackServer server([&self](const ReceivedRequest& request) {
    if (request.target == "/detached") self->hold();
    if (request.target == "/next") self->wait_for_requests(1, "/detached");
    return ServerReply{.body = std::to_string(request.connection)};
  });
  self = &server;
  CurlHttp http;
  const std::string first = response_of(http.send({.url = server.url("/register")}, soon())).body;
  http.start_detached({.url = server.url("/detached")});
  EXPECT_EQ(response_of(http.send({.url = server.url("/next")}, soon())).body, first);
}

TEST(CurlHttp, a_detached_request_that_ends_is_forgotten) {
  LoopbackServer server([](const ReceivedRequest& request) {
    return ServerReply{.status = request.target == "/detached" ? 500 : 200};
  });
  CurlHttp http;
  http.start_detached({.url = server.url("/detached")});
  http.start_detached({.url = "http://host.invalid/"});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(response_of(http.send({.url = server.url("/")}, soon())).status, 200);
  }
}

}  // namespace
}  // namespace runtime
