// One run's connection: a Database together with what a run knows about time, retries and whom to
// tell. Everything the engine sends goes through here.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/error.h"
#include "engine/observer.h"
#include "engine/retry.h"

namespace engine {

class Session {
 public:
  // Everything has to be over by `deadline`; the references must outlive the session.
  Session(Database& database, const Clock& clock, const Observer& observer, Deadline deadline);

  // The first connection. Throws Error; what the password callback throws is passed on, but at a
  // later connection is an Error too.
  void connect();

  // Reconnects when there is no connection.
  void connect_again() {
    if (!database_.is_connected()) reconnect();
  }

  // Sends once; nothing is retried but a connection that is gone before.
  ResultSet execute(const Query& query) { return execute(query, deadline_); }
  ResultSet execute(const Query& query, Deadline deadline);

  // Sends a statement that may safely run twice (a read, an absolute write in autocommit) until it
  // was answered: again after 40001; after a lost connection or XX000 on a new connection.
  ResultSet repeat(const Query& query);
  // The same of several reads, in one flight when the server takes flights.
  std::vector<ResultSet> repeat_all(std::span<const Query> queries);

  // One flight, or one message at a time up to the first error when the server takes no flights.
  // A Query::Guard has been applied to what it is of.
  std::vector<Outcome> send_all(std::span<const Query> queries, Deadline deadline);
  // The same in two steps, of a server that takes flights (Database::launch).
  void launch(std::span<const Query> queries, Deadline deadline) {
    database_.launch(queries, deadline);
  }
  std::vector<Outcome> land(std::span<const Query> queries, Deadline deadline);

  // ROLLBACK; a connection that does not take it is closed.
  void roll_back();

  // `body` between BEGIN and COMMIT in one flight: committed, or rolled back and Error thrown.
  // `failed`: which message it was, BEGIN being 0. Gives the answers to all of it, to BEGIN first.
  std::vector<Outcome> commit(std::vector<Query> body, Deadline deadline,
                              std::size_t* failed = nullptr);

  // How much goes out at once: a message, a statement with its record, a flight, flights behind
  // each other. Falls by itself, for the rest of the run, when the server refuses.
  enum class Flights { kMessages, kStatements, kSegments, kSliding };
  Flights flights() const { return flights_; }
  void lower_flights(Flights flights);

  // After `error`: pauses, and reconnects when the connection is of no use any more. False when
  // this error is not one to go on after, or time is up.
  bool recover(const Error& error, Backoff& backoff);

  // Statements a new connection has to be given before anything else (SET in a migration file); and
  // what is done ahead of those, by execute() alone. What that throws ends the reconnecting, but
  // for a connection that was lost again.
  void keep(std::vector<std::string> session_statements) { kept_ = std::move(session_statements); }
  void keep(const std::string& session_statement) { kept_.push_back(session_statement); }
  void keep_ahead(std::function<void()> action) { kept_ahead_ = std::move(action); }
  bool keeps_any() const { return !kept_.empty(); }

  void notify(Event::Level level, std::string message,
              std::vector<std::pair<std::string, std::string>> fields = {}) const;

  Database& database() { return database_; }
  const Clock& clock() const { return clock_; }
  Deadline deadline() const { return deadline_; }
  int retries() const { return retries_; }
  // Transactions that wrote and whose COMMIT was answered; a statement outside of one counts too.
  int commits() const { return commits_; }

 private:
  void reconnect();
  void take_in(std::span<const Query> queries, std::span<Outcome> outcomes);
  std::vector<Outcome> commit_flight(std::span<const Query> flight, Deadline deadline,
                                     std::size_t* failed);

  Database& database_;
  const Clock& clock_;
  const Observer& observer_;
  Deadline deadline_;
  std::function<void()> kept_ahead_;
  std::vector<std::string> kept_;
  Flights flights_ = Flights::kSliding;
  int retries_ = 0;
  int commits_ = 0;
};

// In a transaction behind a file's statements, ahead of what the engine adds: the session is as
// before them. What they deferred is done first, with the file's own settings.
std::vector<Query> make_session_reset();

// Not of one statement, but of many at once, or of a pooler between.
bool may_refuse_flights(const Error& error);

// The index of the first outcome that is no ResultSet (an Error, then), or the size.
std::size_t find_error(std::span<const Outcome> outcomes);

}  // namespace engine
