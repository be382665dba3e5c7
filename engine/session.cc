#include "engine/session.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace engine {
namespace {

constexpr std::chrono::seconds kConnectTime{60};  // an idle cluster needs some of it to wake up
constexpr const char* kDivisionByZero = "22012";
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

std::vector<Outcome> send_each(Database& database, std::span<const Query> queries,
                               Deadline deadline) {
  std::vector<Outcome> outcomes;
  try {
    for (const auto& query : queries) {
      outcomes.emplace_back(database.execute(query.sql, query.parameters, deadline));
    }
  } catch (const Error& error) {
    outcomes.emplace_back(error);
  }
  outcomes.resize(queries.size(), Unanswered{});
  return outcomes;
}

// Of a statement outside of a transaction.
bool is_write(std::string_view tag) {
  constexpr std::array<std::string_view, 7> kReads = {"SELECT", "SHOW",   "SET",     "RESET",
                                                      "BEGIN",  "COMMIT", "ROLLBACK"};
  return !tag.empty() &&
         std::find(kReads.begin(), kReads.end(), tag.substr(0, tag.find(' '))) == kReads.end();
}

void apply_guard(const Query::Guard& guard, Outcome* outcome) {
  const auto& error = std::get<Error>(*outcome);
  if (error.server().sqlstate != kDivisionByZero) return;
  *outcome = Error(guard.kind, guard.message, {"", guard.message, "", guard.hint, 0});
}

}  // namespace

// 0A: feature_not_supported; 08P01: protocol_violation; 26000, 42P05: a pooler that mixes up who
// prepared what. A statement refused for another reason is not worth a second attempt.
bool may_refuse_flights(const Error& error) {
  const auto& sqlstate = error.server().sqlstate;
  return sqlstate.starts_with("0A") || sqlstate == "08P01" || sqlstate == "26000" ||
         sqlstate == "42P05";
}

std::size_t find_error(std::span<const Outcome> outcomes) {
  const auto found = std::find_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return !std::holds_alternative<ResultSet>(outcome);
  });
  return static_cast<std::size_t>(found - outcomes.begin());
}

std::vector<Query> make_session_reset() {
  return {{"SET CONSTRAINTS ALL IMMEDIATE"},
          {"RESET SESSION AUTHORIZATION"},
          {"RESET ROLE"},
          {"RESET ALL"}};
}

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
  notify(Event::Level::kInfo, "connected",
         {{"ms", std::to_string(spent.count())}, {"server", database_.server_version()}});
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
      if (const auto action = kept_ahead_) action();  // which may put an end to itself
      for (const auto& statement : kept_) execute({statement});
      return;
    } catch (const Error& error) {
      const bool again = error.in_doubt() || error.kind() == ErrorKind::kConflict;
      if (!again || !backoff.wait()) throw;
    }
  }
}

ResultSet Session::execute(const Query& query, Deadline deadline) {
  connect_again();  // a flight may have had all its answers and lost the connection after them
  auto result = database_.execute(query.sql, query.parameters, deadline);
  if (is_write(result.tag)) ++commits_;
  return result;
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
      connect_again();
      return execute(query);
    } catch (const Error& error) {
      if (!recover(error, backoff)) throw;
    }
  }
}

// What a flight leaves unanswered is asked one by one.
std::vector<ResultSet> Session::repeat_all(std::span<const Query> queries) {
  std::vector<ResultSet> results;
  if (queries.size() > 1 && flights_ >= Flights::kSegments) {
    connect_again();
    for (auto& outcome : send_all(queries, deadline_)) {
      auto* result = std::get_if<ResultSet>(&outcome);
      if (result == nullptr) break;
      results.push_back(std::move(*result));
    }
  }
  while (results.size() < queries.size()) results.push_back(repeat(queries[results.size()]));
  return results;
}

void Session::lower_flights(Flights flights) {
  constexpr std::array kNames = {"messages", "statements", "segments", "sliding"};
  flights_ = std::min(flights_, flights);
  notify(Event::Level::kWarn, "the server refuses pipelines, going on with less in flight",
         {{"left", kNames.at(static_cast<std::size_t>(flights_))}});
}

std::vector<Outcome> Session::send_all(std::span<const Query> queries, Deadline deadline) {
  auto outcomes = flights_ == Flights::kMessages ? send_each(database_, queries, deadline)
                                                 : database_.execute_all(queries, deadline);
  take_in(queries, outcomes);
  return outcomes;
}

std::vector<Outcome> Session::land(std::span<const Query> queries, Deadline deadline) {
  auto outcomes = database_.land(deadline);
  take_in(queries, outcomes);
  return outcomes;
}

void Session::take_in(std::span<const Query> queries, std::span<Outcome> outcomes) {
  const auto at = find_error(outcomes);
  for (std::size_t i = 0; i < at; ++i) {
    if (queries[i].sql == "COMMIT") ++commits_;
  }
  if (at == outcomes.size()) return;
  if (const auto& guard = queries[at].guard) apply_guard(*guard, &outcomes[at]);
}

std::vector<Outcome> Session::commit(std::vector<Query> body, Deadline deadline,
                                     std::size_t* failed) {
  body.insert(body.begin(), {"BEGIN"});
  body.push_back({"COMMIT"});
  try {
    return commit_flight(body, deadline, failed);
  } catch (const Error& error) {
    if (flights_ == Flights::kMessages || !database_.is_connected()) throw;
    if (!may_refuse_flights(error)) throw;
    const auto before = std::exchange(flights_, Flights::kMessages);
    std::vector<Outcome> outcomes;
    try {
      outcomes = commit_flight(body, deadline, failed);  // refused again, or only as a flight?
    } catch (const Error&) {
      flights_ = before;
      throw;
    }
    lower_flights(Flights::kMessages);
    return outcomes;
  }
}

std::vector<Outcome> Session::commit_flight(std::span<const Query> flight, Deadline deadline,
                                            std::size_t* failed) {
  auto outcomes = send_all(flight, deadline);
  const auto at = find_error(outcomes);
  if (at == outcomes.size()) {
    if (std::get<ResultSet>(outcomes.back()).tag != "ROLLBACK") return outcomes;
    throw Error(ErrorKind::kStatement, "the transaction was rolled back at COMMIT");
  }
  if (failed != nullptr) *failed = at;
  if (at > 0)
    roll_back();  // after a COMMIT too: that it ended the transaction is not said everywhere
  throw Error(std::get<Error>(outcomes[at]));
}

void Session::roll_back() {
  if (!database_.is_connected()) return;
  try {
    execute({"ROLLBACK"});
  } catch (const Error&) {
    database_.close();
  }
}

}  // namespace engine
