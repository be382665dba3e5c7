// What engine/ throws when it cannot go on.
#pragma once

#include <stdexcept>
#include <string>

namespace engine {

enum class ErrorKind {
  kConfiguration,   // an option the engine cannot work with
  kConnect,         // no connection: DNS, TCP, TLS; also "waking up cluster" after all retries
  kAuthentication,  // refused credentials: token, user-to-action, password
  kConnectionLost,  // the connection went away with a statement on the wire: its outcome is unknown
  kConflict,        // 40001: nothing happened, the transaction may be run again
  kUnavailable,     // XX000 and other answers after which the outcome is unknown
  kStatement,       // any other SQLSTATE: the statement was refused and had no effect
  kTimeout,         // the deadline passed
  kLeaseLost,       // the lock is not ours any more
  kLedger,          // the ledger cannot be read or contradicts itself
  kSource,          // a migration file cannot be read any more, or is another one
};

// The parts of a server's error answer (PostgreSQL protocol, "Error and Notice Message Fields").
struct ServerError {
  std::string sqlstate;  // five characters, "" when there was none
  std::string message;
  std::string detail;
  std::string hint;
  int position = 0;  // 1-based code point in the statement sent, 0 when not given
};

// what() is safe to log and to answer: no password or token is in it.
class Error final : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, ServerError server = {})
      : std::runtime_error(message), kind_(kind), server_(std::move(server)) {}

  ErrorKind kind() const { return kind_; }
  const ServerError& server() const { return server_; }
  // Whether the statement may have taken effect although it is reported as failed.
  bool in_doubt() const {
    return kind_ == ErrorKind::kConnectionLost || kind_ == ErrorKind::kUnavailable ||
           kind_ == ErrorKind::kTimeout;
  }

 private:
  ErrorKind kind_;
  ServerError server_;
};

}  // namespace engine
