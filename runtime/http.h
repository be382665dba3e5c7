// The one door to the network over HTTP: requests in, outcomes out.
//
// Pure builders make an HttpRequest, pure parsers read an HttpResponse; only an Http sends. The
// production implementation is CurlHttp (curl_http.h); tests use FakeHttp
// (tests/support/fake_http.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace runtime {

// The moment by which a blocking call must have returned. Deadline::max() means "no limit", which
// only the Runtime API's GET /next may use (the sandbox is frozen while it is open).
using Deadline = std::chrono::steady_clock::time_point;

struct HttpHeader {
  std::string name;  // as sent or received; compare case-insensitively (find_header)
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url{};  // sent byte for byte: no dot-segment removal, no re-encoding, no redirects
  std::vector<HttpHeader> headers{};
  std::string body{};
  // Over a new connection: one that was kept alive may be dead and not say so, which makes the next
  // attempt wait as long as the one before.
  bool fresh_connection = false;
  // A longer response body ends the transfer with TransportFailure::kTooLarge.
  std::size_t max_response_bytes = std::size_t{64} * 1024 * 1024;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers{};
  std::string body{};
};

// A transfer that ended without a response. `message` never holds the URL's query, a header or a
// body: it may be logged. Nothing was sent where the kind is kResolve, kConnect or kTls;
// kInterrupted is a connection that broke or fell silent after that.
struct TransportFailure {
  enum class Kind { kResolve, kConnect, kTls, kTimeout, kInterrupted, kTooLarge };
  Kind kind = Kind::kConnect;
  std::string message;
};

using HttpOutcome = std::variant<HttpResponse, TransportFailure>;

class Http {
 public:
  virtual ~Http() = default;

  // Sends every request, at most `max_parallel` at a time over kept-alive connections, and returns
  // one outcome per request in the same order. Returns no later than about `deadline`; what has
  // not finished by then is kTimeout. Never throws for what the network does.
  virtual std::vector<HttpOutcome> send_all(std::span<const HttpRequest> requests, int max_parallel,
                                            Deadline deadline) = 0;

  HttpOutcome send(const HttpRequest& request, Deadline deadline);
};

// The first header of that name, case-insensitively; nullopt when there is none.
std::optional<std::string_view> find_header(std::span<const HttpHeader> headers,
                                            std::string_view name);

}  // namespace runtime
