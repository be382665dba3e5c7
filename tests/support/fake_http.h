// Http's in-memory twin: a server that is a function, and the list of what it was asked.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http.h"

namespace test_support {

// Answers each request by calling `server` (which may hold state, as a real one does), in order and
// one at a time. What was asked, and how, stays in the public members.
class FakeHttp final : public runtime::Http {
 public:
  using Server = std::function<runtime::HttpOutcome(const runtime::HttpRequest&)>;

  explicit FakeHttp(Server server) : server_(std::move(server)) {}

  std::vector<runtime::HttpOutcome> send_all(std::span<const runtime::HttpRequest> batch,
                                             int max_parallel,
                                             runtime::Deadline deadline) override {
    flights.push_back({batch.size(), max_parallel, deadline});
    std::vector<runtime::HttpOutcome> outcomes;
    for (const runtime::HttpRequest& request : batch) {
      requests.push_back(request);
      outcomes.push_back(server_(request));
    }
    return outcomes;
  }

  struct Flight {
    std::size_t size;
    int max_parallel;
    runtime::Deadline deadline;
  };

  std::vector<runtime::HttpRequest> requests;  // every request, in order
  std::vector<Flight> flights;                 // every call of send_all

 private:
  Server server_;
};

inline runtime::HttpResponse make_response(int status, std::string body = {},
                                           std::vector<runtime::HttpHeader> headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

}  // namespace test_support
