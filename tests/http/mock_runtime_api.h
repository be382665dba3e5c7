// A Runtime API on a loopback port: hands out the queued events, records the answers, holds /next
// when the queue is empty.
#pragma once

#include <deque>
#include <mutex>
#include <string>

#include "tests/support/loopback_server.h"

namespace test_support {

struct MockEvent {
  std::string id;
  std::string payload = "{}";
  std::vector<runtime::HttpHeader> headers{};  // beside the request id
  ServerReply on_answer{.status = 202, .body = R"({"status":"OK"})"};
};

class MockRuntimeApi {
 public:
  enum class WhenEmpty { kHold, kRepeatLast, kFail };

  explicit MockRuntimeApi(std::deque<MockEvent> events, WhenEmpty when_empty,
                          bool has_extensions = true)
      : events_(std::move(events)),
        when_empty_(when_empty),
        has_extensions_(has_extensions),
        server_([this](const ReceivedRequest& request) { return respond(request); }) {}

  LoopbackServer& server() { return server_; }

  // The POSTs to /response and /error, in order.
  std::vector<ReceivedRequest> answers() const {
    std::vector<ReceivedRequest> posts;
    for (const auto& request : server_.requests()) {
      if (request.method == "POST" && request.target.starts_with(kInvocation)) {
        posts.push_back(request);
      }
    }
    return posts;
  }

  static constexpr const char* kInvocation = "/2018-06-01/runtime/invocation/";
  static constexpr const char* kNext = "/2018-06-01/runtime/invocation/next";
  static constexpr const char* kExtensionNext = "/2020-01-01/extension/event/next";

 private:
  ServerReply respond(const ReceivedRequest& request) {
    if (request.target == kNext) return next();
    if (request.target == kExtensionNext) {
      server_.hold();
      return {};
    }
    if (request.target == "/2020-01-01/extension/register") {
      if (!has_extensions_) return {.status = 404};
      return {.status = 200, .headers = {{"Lambda-Extension-Identifier", "ident-1"}}, .body = "{}"};
    }
    if (request.target.starts_with(kInvocation)) {
      const std::lock_guard lock(mutex_);
      return last_.on_answer;
    }
    return {.status = 404};
  }

  ServerReply next() {
    std::unique_lock lock(mutex_);
    if (!events_.empty()) {
      last_ = events_.front();
      events_.pop_front();
    } else if (when_empty_ == WhenEmpty::kFail) {
      return {.status = 500};
    } else if (when_empty_ == WhenEmpty::kHold) {
      lock.unlock();
      server_.hold();
      return {.status = 500};
    }
    std::vector<runtime::HttpHeader> headers = last_.headers;
    headers.push_back({"Lambda-Runtime-Aws-Request-Id", last_.id});
    return {.status = 200, .headers = std::move(headers), .body = last_.payload};
  }

  std::mutex mutex_;
  std::deque<MockEvent> events_;
  MockEvent last_;
  WhenEmpty when_empty_;
  bool has_extensions_;
  LoopbackServer server_;  // last: its threads use the members above
};

}  // namespace test_support
