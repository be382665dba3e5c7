#include "engine/pg_database.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <new>
#include <stdexcept>

#include "engine/connect_error.h"
#include "engine/number.h"
#include "engine/socket_wait.h"
#include "engine/sqlstate.h"

namespace engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kAttemptTime{10};      // one TCP connect, TLS handshake and authentication
constexpr seconds kNetworkPatience{15};  // how long a network that does not answer is asked again
constexpr seconds kCancelTime{1};
constexpr seconds kFlushPatience{3};              // for answers ahead of a Sync
constexpr const char* kPrefix = "dsql_migrate_";  // of prepared statements
constexpr const char* kNoCopy = "a migration has no data to copy; use INSERT";

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

// DSQL refuses most settings at startup, so nothing else is sent unless the caller asks for it.
constexpr std::pair<const char*, const char*> kDefaults[] = {{"application_name", "dsql-migrate"},
                                                             {"client_encoding", "UTF8"},
                                                             {"gssencmode", "disable"},
                                                             {"keepalives", "1"},
                                                             {"keepalives_idle", "30"},
                                                             {"keepalives_interval", "10"},
                                                             {"keepalives_count", "3"},
                                                             {"tcp_user_timeout", "30000"}};

struct StartArguments {
  std::vector<const char*> keywords;
  std::vector<const char*> values;

  void add(const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
};

// Points into `settings` and `password`. Of a keyword given twice libpq takes the last.
StartArguments make_start_arguments(const ConnectionSettings& settings,
                                    const std::string& password) {
  StartArguments arguments;
  for (const auto& [keyword, value] : kDefaults) arguments.add(keyword, value);
  for (const auto& [keyword, value] : settings.parameters) {
    arguments.add(keyword.c_str(), value.c_str());
  }
  if (!password.empty()) arguments.add("password", password.c_str());
  arguments.add(nullptr, nullptr);
  return arguments;
}

// libpq and servers do not repeat a password; this makes sure.
std::string hide(std::string text, const std::string& password) {
  constexpr std::size_t kTellable = 6;  // a shorter one would blot out ordinary words
  if (password.size() < kTellable) return text;
  for (auto at = text.find(password); at != std::string::npos; at = text.find(password, at)) {
    text.replace(at, password.size(), "[password]");
  }
  return text;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

std::string first_line(const char* text) {
  const std::string_view all = text == nullptr ? "" : text;
  return std::string(all.substr(0, all.find('\n')));
}

Error parse_error(const PGresult* result) {
  ServerError server;
  server.sqlstate = field(result, PG_DIAG_SQLSTATE);
  server.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  server.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  server.hint = field(result, PG_DIAG_MESSAGE_HINT);
  server.position = static_cast<int>(leading_integer(field(result, PG_DIAG_STATEMENT_POSITION)));
  if (server.message.empty()) server.message = first_line(PQresultErrorMessage(result));
  const auto kind = error_kind_of(server.sqlstate);
  const auto message = server.message;
  return Error(kind, message, std::move(server));
}

ResultSet parse_result(const PGresult* result) {
  ResultSet parsed;
  parsed.tag = PQcmdStatus(const_cast<PGresult*>(result));
  parsed.affected = leading_integer(PQcmdTuples(const_cast<PGresult*>(result)));
  const int columns = PQnfields(result);
  for (int i = 0; i < columns; ++i) parsed.columns.emplace_back(PQfname(result, i));
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values = parsed.rows.emplace_back();
    for (int i = 0; i < columns; ++i) {
      if (PQgetisnull(result, row, i) != 0) {
        values.emplace_back();
      } else {
        values.emplace_back(std::in_place, PQgetvalue(result, row, i),
                            static_cast<std::size_t>(PQgetlength(result, row, i)));
      }
    }
  }
  return parsed;
}

// As libpq takes them; they point into `parameters`.
std::vector<const char*> pointers_to(std::span<const Value> parameters) {
  std::vector<const char*> pointers;
  pointers.reserve(parameters.size());
  for (const auto& value : parameters) pointers.push_back(value ? value->c_str() : nullptr);
  return pointers;
}

// A server keeps answers back until Sync unless asked for them. A flight's last is waited for ahead
// of that; and after a cut or a time-out it counts which statement of a file it was, and which
// COMMIT was through.
bool asks_for_answers(std::span<const Query> queries, std::size_t at) {
  const auto is_own = [&](std::size_t i) {  // a word of the transaction, or the ledger's
    const auto& [sql, parameters, guard] = queries[i];
    return !parameters.empty() || sql == "BEGIN" || sql == "COMMIT";
  };
  return at + 1 == queries.size() || !is_own(at) || queries[at].sql == "COMMIT" || !is_own(at + 1);
}

#ifdef LIBPQ_HAS_ASYNC_CANCEL
void cancel(PGconn* connection, Deadline deadline) {
  PGcancelConn* request = PQcancelCreate(connection);
  if (request != nullptr && PQcancelStart(request) == 1) {
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
      const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
      if (wait_for(PQcancelSocket(request), events, deadline) == 0) break;
      state = PQcancelPoll(request);
      if (state == PGRES_POLLING_FAILED) break;
    }
  }
  PQcancelFinish(request);
}
#else
// Before libpq 17 a cancel request travels in clear text and blocks: not beside a TLS session,
// where closing the connection has to do, and only when the port answers: PQcancel cannot be
// bounded.
void cancel(PGconn* connection, Deadline deadline) {
  if (PQsslInUse(connection) != 0) return;
  if (!is_reachable(PQhostaddr(connection), PQport(connection), deadline)) return;
  PGcancel* request = PQgetCancel(connection);
  char ignored[256];
  if (request != nullptr) PQcancel(request, ignored, sizeof ignored);
  PQfreeCancel(request);
}
#endif

// A flight on its way.
struct Launched {
  std::size_t queries;
  // For each command that went out the SQL it prepares, or nullptr for a query's own.
  std::vector<const std::string*> commands = {};
};

}  // namespace

struct PgDatabase::Impl {
  Impl(ConnectionSettings chosen, Clock given)
      : settings(std::move(chosen)), clock(std::move(given)) {}

  ConnectionSettings settings;
  Clock clock;
  Connection connection;
  std::map<std::string, std::string> prepared;  // on this connection: SQL to its name
  std::map<std::string, std::string> names;     // the same, and what is on its way to be prepared
  std::deque<Launched> launched;                // that have not landed
  std::optional<Error> lost;                    // why a launch failed
  bool synced = false;                          // behind the last of them
  int round_trips = 0;

  std::optional<ConnectFailure> open(Deadline deadline);
  std::string advance_connect(PGconn* attempt, Deadline deadline);
  void send(std::string_view sql, std::span<const Value> parameters);
  void send_flight(std::span<const Query> queries);
  void send_extended(const Query& query, const char* name);
  Outcome receive_command(Deadline deadline);
  bool receive_flight(Deadline deadline, std::vector<Outcome>* outcomes);
  void sync();
  void leave_pipeline(Deadline deadline);
  void forget_flights();
  Result next_result_of_flight(Deadline deadline);
  void flush(Deadline deadline);
  ResultSet receive(Deadline deadline);
  Result next_result(Deadline deadline);
  void end_copy(ExecStatusType status, Deadline deadline);
  short wait(short events, Deadline deadline);
  void forbid_late(Deadline deadline);
  [[noreturn]] void time_out();
  [[noreturn]] void lose(std::optional<Error> cause);
};

// One attempt; nullopt when the connection is open.
std::optional<ConnectFailure> PgDatabase::Impl::open(Deadline deadline) {
  auto password = settings.password ? settings.password() : std::string();
  const auto arguments = make_start_arguments(settings, password);
  Connection attempt(PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 0));
  if (!attempt) throw std::bad_alloc();
  const auto message = hide(advance_connect(attempt.get(), deadline), password);
  explicit_bzero(password.data(), password.size());
  if (!message.empty()) return parse_connect_failure(message);
  PQsetErrorVerbosity(attempt.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(attempt.get(), 1);
  connection = std::move(attempt);
  prepared.clear();
  forget_flights();
  return std::nullopt;
}

// "" when the connection is open, else libpq's message.
std::string PgDatabase::Impl::advance_connect(PGconn* attempt, Deadline deadline) {
  PQsetErrorVerbosity(attempt, PQERRORS_VERBOSE);  // the only way to the SQLSTATE
  PQsetNoticeProcessor(attempt, [](void*, const char*) {}, nullptr);
  if (PQstatus(attempt) == CONNECTION_BAD) return PQerrorMessage(attempt);
  auto state = PGRES_POLLING_WRITING;
  auto waited_for = state;
  ++round_trips;  // TCP
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return PQerrorMessage(attempt);
    if (state == PGRES_POLLING_READING && waited_for != state) ++round_trips;
    waited_for = state;
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (wait_for(PQsocket(attempt), events, deadline) == 0) {
      return "timeout expired while connecting to " + first_line(PQhost(attempt));
    }
    state = PQconnectPoll(attempt);
  }
  return "";
}

short PgDatabase::Impl::wait(short events, Deadline deadline) {
  const short ready = wait_for(PQsocket(connection.get()), events, deadline);
  if (ready == 0) time_out();
  return ready;
}

// A process that was stopped for long must not send what nobody expects of it any more.
void PgDatabase::Impl::forbid_late(Deadline deadline) {
  if (steady_clock::now() < deadline) return;
  connection.reset();
  throw Error(ErrorKind::kTimeout, "the deadline had passed before the statement was sent");
}

void PgDatabase::Impl::time_out() {
  cancel(connection.get(), steady_clock::now() + kCancelTime);
  connection.reset();
  throw Error(ErrorKind::kTimeout, "no answer from the server before the deadline");
}

void PgDatabase::Impl::lose(std::optional<Error> cause) {
  ServerError server = cause ? cause->server() : ServerError{};
  if (server.message.empty()) server.message = first_line(PQerrorMessage(connection.get()));
  connection.reset();
  const auto message = "the connection was lost: " + server.message;
  throw Error(ErrorKind::kConnectionLost, message, std::move(server));
}

void PgDatabase::Impl::send(std::string_view sql, std::span<const Value> parameters) {
  const std::string text(sql);
  int sent = 0;
  if (parameters.empty()) {
    sent = PQsendQuery(connection.get(), text.c_str());
  } else {
    const auto values = pointers_to(parameters);
    sent = PQsendQueryParams(connection.get(), text.c_str(), static_cast<int>(values.size()),
                             nullptr, values.data(), nullptr, nullptr, 0);
  }
  if (sent == 0) lose(std::nullopt);
}

// Buffered only, for the most part: PQflush under poll sends what libpq could not at once.
void PgDatabase::Impl::send_extended(const Query& query, const char* name) {
  auto* handle = connection.get();
  const auto values = pointers_to(query.parameters);
  const int count = static_cast<int>(values.size());
  const int sent =
      name != nullptr ? PQsendQueryPrepared(handle, name, count, values.data(), nullptr, nullptr, 0)
                      : PQsendQueryParams(handle, query.sql.c_str(), count, nullptr, values.data(),
                                          nullptr, nullptr, 0);
  if (sent == 0) lose(std::nullopt);
}

// A statement with parameters that is sent a second time is parsed and planned once a connection.
void PgDatabase::Impl::send_flight(std::span<const Query> queries) {
  auto* handle = connection.get();
  if (launched.size() == 1 && PQenterPipelineMode(handle) == 0) lose(std::nullopt);
  std::map<std::string_view, int> uses;
  for (const auto& query : queries) uses[query.sql] += query.parameters.empty() ? 0 : 1;
  auto& commands = launched.back().commands;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto& query = queries[i];
    auto known = names.find(query.sql);
    if (known == names.end() && uses[query.sql] > 1) {
      known = names.emplace(query.sql, kPrefix + std::to_string(names.size())).first;
      const char* name = known->second.c_str();
      if (PQsendPrepare(handle, name, query.sql.c_str(), 0, nullptr) == 0) lose(std::nullopt);
      commands.push_back(&known->first);
    }
    send_extended(query, known == names.end() ? nullptr : known->second.c_str());
    if (asks_for_answers(queries, i) && PQsendFlushRequest(handle) == 0) lose(std::nullopt);
    commands.push_back(nullptr);
  }
}

// Writes what is left to write while it waits: neither side may stand with full buffers.
Result PgDatabase::Impl::next_result_of_flight(Deadline deadline) {
  auto* handle = connection.get();
  while (PQisBusy(handle) != 0) {
    const auto events = static_cast<short>(PQflush(handle) == 1 ? POLLIN | POLLOUT : POLLIN);
    const auto patience = steady_clock::now() + kFlushPatience;
    const bool may_sync = !synced && patience < deadline;
    if (wait_for(PQsocket(handle), events, may_sync ? patience : deadline) == 0) {
      if (!may_sync) time_out();
      sync();
      continue;
    }
    if (PQconsumeInput(handle) == 0) break;
  }
  Result result(PQgetResult(handle));
  if (PQstatus(handle) == CONNECTION_BAD) {
    lose(result ? std::optional(parse_error(result.get())) : std::nullopt);
  }
  return result;
}

// The next command's: its results end with a null one. What refuses to be prepared is refused in
// the query's place.
Outcome PgDatabase::Impl::receive_command(Deadline deadline) {
  std::optional<Outcome> outcome;
  for (;;) {
    const auto result = next_result_of_flight(deadline);
    if (!result && outcome) return std::move(*outcome);
    if (!result) lose(std::nullopt);  // libpq has nothing more to come
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_ABORTED:
        outcome = Unanswered{};
        break;
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE: {
        auto error = parse_error(result.get());
        if (error.kind() == ErrorKind::kConnectionLost) lose(std::move(error));
        outcome = std::move(error);
        break;
      }
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:  // nothing can end it in a pipeline but the connection's end
        connection.reset();
        throw Error(ErrorKind::kStatement, kNoCopy, {"", kNoCopy, "", "", 0});
      default:
        outcome = parse_result(result.get());
    }
  }
}

void PgDatabase::Impl::sync() {
  if (!std::exchange(synced, true) && PQpipelineSync(connection.get()) == 0) lose(std::nullopt);
}

// What was skipped after an error is read over; the Sync has one result and no null one after it.
void PgDatabase::Impl::leave_pipeline(Deadline deadline) {
  sync();
  for (bool over = false; !over;) {
    const auto result = next_result_of_flight(deadline);
    over = result && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
  }
  PQexitPipelineMode(connection.get());
}

void PgDatabase::Impl::forget_flights() {
  launched.clear();
  lost.reset();
  synced = false;
  names = prepared;
}

// Up to the first that is no ResultSet; whether there was none.
bool PgDatabase::Impl::receive_flight(Deadline deadline, std::vector<Outcome>* outcomes) {
  for (const auto* sql : launched.front().commands) {
    auto outcome = receive_command(deadline);
    const bool answered = std::holds_alternative<ResultSet>(outcome);
    if (sql == nullptr || !answered) outcomes->push_back(std::move(outcome));
    if (!answered) return false;
    if (sql != nullptr) prepared.emplace(*sql, names.at(*sql));
  }
  return true;
}

// Reads while it writes: a server that answers early must not be left with a full buffer.
void PgDatabase::Impl::flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(connection.get());
    if (left < 0) return;  // the answer, or its absence, tells why
    if (left == 0) return;
    const short ready = wait(POLLIN | POLLOUT, deadline);
    if ((ready & POLLIN) != 0 && PQconsumeInput(connection.get()) == 0) return;
  }
}

Result PgDatabase::Impl::next_result(Deadline deadline) {
  while (PQisBusy(connection.get()) != 0) {
    wait(POLLIN, deadline);
    if (PQconsumeInput(connection.get()) == 0) break;
  }
  return Result(PQgetResult(connection.get()));
}

// A migration has no data to copy in, and nobody to copy out to.
void PgDatabase::Impl::end_copy(ExecStatusType status, Deadline deadline) {
  if (status == PGRES_COPY_BOTH) lose(std::nullopt);
  if (status == PGRES_COPY_IN) {
    PQputCopyEnd(connection.get(), kNoCopy);
    flush(deadline);
    return;
  }
  for (;;) {
    char* row = nullptr;
    const int length = PQgetCopyData(connection.get(), &row, 1);
    PQfreemem(row);
    if (length < 0) return;
    if (length > 0) continue;
    wait(POLLIN, deadline);
    if (PQconsumeInput(connection.get()) == 0) lose(std::nullopt);
  }
}

// Every result of the statement; the first error wins over what came before and after it.
ResultSet PgDatabase::Impl::receive(Deadline deadline) {
  ResultSet last;
  std::optional<Error> error;
  while (const auto result = next_result(deadline)) {
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!error) error = parse_error(result.get());
    } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      end_copy(status, deadline);
    } else {
      last = parse_result(result.get());
    }
    if (PQstatus(connection.get()) == CONNECTION_BAD) lose(std::move(error));
  }
  if (PQstatus(connection.get()) == CONNECTION_BAD) lose(std::move(error));
  if (error && error->kind() == ErrorKind::kConnectionLost) lose(std::move(error));
  if (error) throw Error(*error);
  return last;
}

PgDatabase::PgDatabase(ConnectionSettings settings, Clock clock)
    : impl_(new Impl(std::move(settings), std::move(clock))) {}

PgDatabase::~PgDatabase() = default;

void PgDatabase::connect(Deadline deadline) {
  close();
  Backoff backoff(impl_->clock, deadline);
  const auto impatient = steady_clock::now() + kNetworkPatience;
  for (;;) {
    const auto failure = impl_->open(std::min(deadline, steady_clock::now() + kAttemptTime));
    if (!failure) return;
    const bool network = failure->retry == ConnectFailure::Retry::kBriefly;
    if (failure->retry == ConnectFailure::Retry::kNo) throw Error(failure->error);
    if (network && steady_clock::now() >= impatient) throw Error(failure->error);
    if (!backoff.wait()) throw Error(failure->error);
  }
}

ResultSet PgDatabase::execute(std::string_view sql, std::span<const Value> parameters,
                              Deadline deadline) {
  if (!is_connected()) throw Error(ErrorKind::kConnect, "there is no open connection");
  if (!impl_->launched.empty()) throw std::logic_error("a flight is on its way");
  impl_->forbid_late(deadline);
  ++impl_->round_trips;
  impl_->send(sql, parameters);
  impl_->flush(deadline);
  return impl_->receive(deadline);
}

void PgDatabase::launch(std::span<const Query> queries, Deadline deadline) {
  if (!is_connected()) throw Error(ErrorKind::kConnect, "there is no open connection");
  if (impl_->synced) throw std::logic_error("a flight behind a Sync");
  if (impl_->launched.empty()) ++impl_->round_trips;
  impl_->launched.push_back({queries.size()});
  try {
    impl_->forbid_late(deadline);
    impl_->send_flight(queries);
  } catch (const Error& error) {
    impl_->lost = error;
  }
}

// A lost connection is the outcome of the first statement without an answer.
std::vector<Outcome> PgDatabase::land(Deadline deadline) {
  const auto size = impl_->launched.at(0).queries;
  bool last = impl_->launched.size() == 1;
  std::vector<Outcome> outcomes;
  try {
    if (impl_->lost) throw Error(*impl_->lost);
    if (!is_connected()) throw Error(ErrorKind::kConnectionLost, "the connection was closed");
    if (last) impl_->sync();  // ahead of the answers: it is no round trip of its own
    if (!impl_->receive_flight(deadline, &outcomes)) last = true;
    if (last) impl_->leave_pipeline(deadline);
  } catch (const Error& error) {
    last = true;
    const bool answered = !outcomes.empty() && std::holds_alternative<Error>(outcomes.back());
    if (!answered && outcomes.size() < size) outcomes.emplace_back(error);
  }
  if (last) {
    impl_->forget_flights();
  } else {
    impl_->launched.pop_front();
  }
  outcomes.resize(size, Unanswered{});
  return outcomes;
}

bool PgDatabase::accepts_launch() const { return !impl_->synced; }

bool PgDatabase::is_connected() const { return impl_->connection != nullptr; }

std::string PgDatabase::server_version() const {
  const char* version =
      is_connected() ? PQparameterStatus(impl_->connection.get(), "server_version") : nullptr;
  return version != nullptr ? version : "";
}

void PgDatabase::close() noexcept { impl_->connection.reset(); }

int PgDatabase::round_trips() const { return impl_->round_trips; }

}  // namespace engine
