// What runtime/ throws when it cannot go on. Expected endings (a missing optional header, an empty
// listing) are values instead.
#pragma once

#include <stdexcept>
#include <string>

namespace runtime {

enum class ErrorKind {
  kConfiguration,  // an environment variable or argument is missing or malformed; user must fix it
  kNetwork,        // no response after all retries
  kTimeout,        // the deadline passed
  kAccessDenied,   // 401/403, bad signature, expired credentials
  kNotFound,       // no such bucket, key, secret, version
  kChanged,        // the object is no longer what was listed (412, or gone between list and get)
  kCorrupt,        // a checksum or length does not match
  kTooLarge,       // over a documented limit
  kService,        // any other refusal by a service
  kProtocol,       // an answer that does not parse
};

// Says what the catcher can do. what() is safe to log and to answer: no secret, token, query or
// body is in it.
class Error final : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, int http_status = 0, std::string code = {})
      : std::runtime_error(message),
        kind_(kind),
        http_status_(http_status),
        code_(std::move(code)) {}

  ErrorKind kind() const { return kind_; }
  int http_status() const { return http_status_; }   // 0 when there was no response
  const std::string& code() const { return code_; }  // the service's own code ("NoSuchKey"), or ""

 private:
  ErrorKind kind_;
  int http_status_;
  std::string code_;
};

}  // namespace runtime
