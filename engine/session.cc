#include "engine/session.h"

#include <algorithm>
#include <exception>

namespace engine {
namespace {

constexpr std::chrono::seconds kConnectTime{60};  // an idle cluster needs some of it to wake up
constexpr int kMaxUnavailable = 6;  // on plain PostgreSQL XX000 is a bug that will not go away

const char* reason_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kConflict:
      return "conflict with another transaction, trying again";
    case ErrorKind::kUnavailable:
      return "server unavailable, reconnecting";
    default:
      return "connection lost, reconnecting";
  }
}

}  // namespace

Session::Session(Database& database, const Clock& clock, const Observer& observer,
                 Deadline deadline)
    : database_(database), clock_(clock), observer_(observer), deadline_(deadline) {}

void Session::notify(Event::Level level, std::string message,
                     std::vector<std::pair<std::string, std::string>> fields) const {
  if (observer_) observer_({level, std::move(message), std::move(fields)});
}

void Session::connect() {
  const auto start = clock_.now();
  const auto limit = std::min(deadline_, start + kConnectTime);
  database_.connect(limit);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - start);
  notify(Event::Level::kInfo, "connected", {{"ms", std::to_string(spent.count())}});
}

void Session::reconnect() {
  Backoff backoff(clock_, deadline_);
  for (;;) {
    try {
      connect();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {  // of the password callback
      throw Error(ErrorKind::kConnect, std::string("no new connection: ") + error.what());
    }
    try {
      for (const auto& statement : kept_) execute({statement});
      return;
    } catch (const Error& error) {
      const bool again = error.in_doubt() || error.kind() == ErrorKind::kConflict;
      if (!again || !backoff.wait()) throw;
    }
  }
}

ResultSet Session::execute(const Query& query, Deadline deadline) {
  return database_.execute(query.sql, query.parameters, deadline);
}

bool Session::recover(const Error& error, Backoff& backoff) {
  const bool conflict = error.kind() == ErrorKind::kConflict;
  const bool unavailable = error.kind() == ErrorKind::kUnavailable;
  if (!conflict && !unavailable && error.kind() != ErrorKind::kConnectionLost) return false;
  if (unavailable && backoff.attempts() >= kMaxUnavailable) return false;
  if (!backoff.wait()) return false;
  ++retries_;
  notify(conflict ? Event::Level::kDebug : Event::Level::kWarn, reason_of(error),
         {{"attempt", std::to_string(backoff.attempts())},
          {"sqlstate", error.server().sqlstate},
          {"message", error.what()}});
  if (!conflict) reconnect();
  return true;
}

ResultSet Session::repeat(const Query& query) {
  Backoff backoff(clock_, deadline_);
  for (;;) {
    try {
      if (!database_.is_connected()) reconnect();
      return execute(query);
    } catch (const Error& error) {
      if (!recover(error, backoff)) throw;
    }
  }
}

void Session::transaction(const std::function<void()>& body) {
  execute({"BEGIN"});
  try {
    body();
    if (execute({"COMMIT"}).tag == "ROLLBACK") {
      throw Error(ErrorKind::kStatement, "the transaction was rolled back at COMMIT");
    }
  } catch (...) {
    if (database_.is_connected()) {
      try {
        execute({"ROLLBACK"});
      } catch (const Error&) {
        database_.close();
      }
    }
    throw;
  }
}

void Session::commit_once(const std::function<void()>& body, const std::function<bool()>& landed) {
  Backoff backoff(clock_, deadline_);
  for (;;) {
    try {
      if (!database_.is_connected()) reconnect();
      return transaction(body);
    } catch (const Error& error) {
      if (!recover(error, backoff)) throw;
      if (error.in_doubt() && landed()) return;
    }
  }
}

}  // namespace engine
