// The one door to a PostgreSQL server. PgDatabase (pg_database.h) is the production implementation
// over libpq; FakeDatabase (tests/support/fake_database.h) holds its state in memory.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/deadline.h"
#include "engine/error.h"

namespace engine {

using Value = std::optional<std::string>;  // text format; nullopt is SQL NULL

struct ResultSet {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::string tag;         // command tag: "CREATE TABLE", "UPDATE 3"
  long long affected = 0;  // the tag's row count, 0 when it has none
};

// A statement with its parameters, built by a pure function.
struct Query {
  std::string sql;
  std::vector<Value> parameters = {};

  // Of a check that divides by zero to stop the server when it does not hold: what that means.
  struct Guard {
    ErrorKind kind;
    std::string message;
    std::string hint = {};  // what to do, before it is run again
  };
  std::optional<Guard> guard = std::nullopt;
};

// Had no answer of its own. After an error that the server answered with: it was skipped. After a
// lost connection or a time-out: it may have been executed, or may be yet.
struct Unanswered {};

using Outcome = std::variant<ResultSet, Error, Unanswered>;

class Database {
 public:
  virtual ~Database() = default;

  // Opens a connection with a fresh password, closing an open one first. Retries what is worth it
  // ("waking up cluster", a refused TCP connect) until `deadline`. Throws Error.
  virtual void connect(Deadline deadline) = 0;

  // Sends one statement and reads its whole answer. Without parameters it goes out as a simple
  // Query, byte for byte as given; with them as an unnamed extended one ($1 ... as text).
  // Throws Error; after kConnectionLost and kTimeout the connection is closed. Nothing is sent
  // after the deadline.
  virtual ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                            Deadline deadline) = 0;

  // A flight: all of them sent as extended queries, ahead of the answers to any. Another may be
  // launched before it lands, while accepts_launch(): both are then one to the server, without a
  // Sync between them. Nothing
  // else may be executed meanwhile. Nothing is sent after the deadline. Throws only when there is
  // no connection to begin with.
  virtual void launch(std::span<const Query> queries, Deadline deadline) = 0;

  // The answers to the first flight that has not landed, read while what is behind it is sent. One
  // outcome each, in order; the first that is no ResultSet is an Error, and after it all are
  // Unanswered. The server executes them in order and skips what follows an error, but leaves a
  // transaction that the error was in to be rolled back: with an Error the flights behind it are
  // over, and have no outcomes. After kConnectionLost and kTimeout the connection is closed.
  virtual std::vector<Outcome> land(Deadline deadline) = 0;

  // Not behind a Sync, which goes out when nothing was answered for a while: a server, or what is
  // in front of it, may keep its answers back until then, whatever it is asked.
  virtual bool accepts_launch() const { return true; }

  // One flight and nothing behind it.
  std::vector<Outcome> execute_all(std::span<const Query> queries, Deadline deadline) {
    launch(queries, deadline);
    return land(deadline);
  }

  virtual bool is_connected() const = 0;

  // As the server told it at the login, without being asked: "16.15". Empty without a connection.
  virtual std::string server_version() const = 0;

  // Ends the session at once; never throws.
  virtual void close() noexcept = 0;

  // Messages sent and waited for since the start: each connect step that waits, each execute
  // and each flight that is launched with nothing on its way.
  virtual int round_trips() const = 0;
};

}  // namespace engine
