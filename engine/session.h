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

// A statement with its parameters, built by a pure function, sent by Session.
struct Query {
  std::string sql;
  std::vector<Value> parameters = {};
};

class Session {
 public:
  // Everything has to be over by `deadline`; the references must outlive the session.
  Session(Database& database, const Clock& clock, const Observer& observer, Deadline deadline);

  // The first connection. Throws Error; what the password callback throws is passed on, but at a
  // later connection is an Error too.
  void connect();

  // Sends once; nothing is retried.
  ResultSet execute(const Query& query) { return execute(query, deadline_); }
  ResultSet execute(const Query& query, Deadline deadline);

  // Sends a statement that may safely run twice (a read, an absolute write in autocommit) until it
  // was answered: again after 40001; after a lost connection or XX000 on a new connection.
  ResultSet repeat(const Query& query);

  // Runs `body` inside BEGIN and COMMIT until it has committed exactly once. After 40001 nothing
  // had happened: again. After an answer that did not arrive `landed` reads, on a new connection,
  // whether the transaction did commit. Anything else: ROLLBACK, and the error is thrown.
  void commit_once(const std::function<void()>& body, const std::function<bool()>& landed);

  // After `error`: pauses, and reconnects when the connection is of no use any more. False when
  // this error is not one to go on after, or time is up.
  bool recover(const Error& error, Backoff& backoff);

  // Statements a new connection has to be given before anything else (SET in a migration file).
  void keep(std::vector<std::string> session_statements) { kept_ = std::move(session_statements); }
  void keep(const std::string& session_statement) { kept_.push_back(session_statement); }
  bool keeps_any() const { return !kept_.empty(); }

  void notify(Event::Level level, std::string message,
              std::vector<std::pair<std::string, std::string>> fields = {}) const;

  Database& database() { return database_; }
  const Clock& clock() const { return clock_; }
  Deadline deadline() const { return deadline_; }
  int retries() const { return retries_; }

 private:
  void reconnect();
  void transaction(const std::function<void()>& body);

  Database& database_;
  const Clock& clock_;
  const Observer& observer_;
  Deadline deadline_;
  std::vector<std::string> kept_;
  int retries_ = 0;
};

}  // namespace engine
