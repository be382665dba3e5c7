// Http over libcurl's multi interface. This pair is the only one that includes curl.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/http.h"

namespace runtime {

struct CurlSettings {
  std::string ca_file;      // trusted authorities (PEM); "" for libcurl's own default
  std::string https_proxy;  // for https only; "" for none. Plain http never goes through a proxy
  std::string no_proxy;     // hosts reached directly, as in NO_PROXY
  std::string user_agent = "dsql-migrate/" DSQL_MIGRATE_VERSION;  // unless a request has its own
  std::chrono::milliseconds connect_timeout{10'000};              // name, TCP and TLS together
  // Under a deadline, a transfer without a byte for so long is kInterrupted. 0 for never.
  std::chrono::seconds stall_timeout{30};
};

// ca_file from find_amazon_ca_bundle; https_proxy and no_proxy from HTTPS_PROXY and NO_PROXY or
// their lower-case forms. HTTP_PROXY and ALL_PROXY are not read: the Runtime API and the container
// credentials endpoint are plain http and must be reached directly.
CurlSettings make_curl_settings(const Environment& environment);

// Sends what the request says and nothing of curl's own making: the path as it is, HTTP/1.1, a
// body always with its exact Content-Length, no Expect, Accept or Content-Type that was not given,
// no redirects. A header given with an empty value is sent, empty. Only http and https; no
// credentials in the URL. A TransportFailure names method and origin, never path or query.
//
// Connections are kept alive for this object's life and reused by any request to the same origin;
// one that was closed in between is replaced without the caller noticing. One that died without a
// word (the sandbox was frozen) is found out by the stall: ask again with fresh_connection.
// Not thread-safe. Constructing one sets SIGPIPE to ignored for the process, because TLS writes to
// a closed connection would raise it.
//
// Throws Error(kConfiguration) for a URL of another scheme or without a host, and for a method or
// header with a control character in it.
class CurlHttp final : public Http {
 public:
  explicit CurlHttp(CurlSettings settings = {});
  ~CurlHttp() override;
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  std::vector<HttpOutcome> send_all(std::span<const HttpRequest> requests, int max_parallel,
                                    Deadline deadline) override;

  // A request that nobody waits for: it is begun by the next send_all, after that one's own
  // requests, which so have the connection that is open already; it goes on during later calls, and
  // its outcome is dropped. For the internal extension's GET event/next, which stays open for ever.
  void start_detached(HttpRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
