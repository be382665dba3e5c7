#include "tests/pg/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

namespace engine {
namespace {

using namespace std::chrono_literals;

Deadline soon() { return std::chrono::steady_clock::now() + 30s; }

ConnectionSettings pg_settings(const std::string& database) {
  return {{{"host", need_env("PGTEST_HOST")},
           {"port", need_env("PGTEST_PORT")},
           {"user", need_env("PGTEST_USER")},
           {"dbname", database},
           {"sslmode", "disable"}},
          {}};
}

void run_on(const std::string& database, const std::string& sql) {
  PgDatabase connection(pg_settings(database));
  connection.connect(soon());
  connection.execute(sql, {}, soon());
}

std::string talk(int port, const std::string& request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (auto got = recv(socket, buffer, sizeof buffer, 0); got > 0;
         got = recv(socket, buffer, sizeof buffer, 0)) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(socket);
  return answer;
}

}  // namespace

std::string need_env(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

FakeSource make_directory(const Files& files) {
  std::vector<SourceFile> sources;
  for (const auto& [name, text] : files) sources.push_back({name, text, "test/" + name, ""});
  return FakeSource(std::move(sources));
}

std::string shown(const std::vector<MigrationResult>& migrations) {
  std::string text;
  for (const auto& migration : migrations) {
    text += (text.empty() ? "" : " ") + migration.version + ":" +
            std::to_string(migration.statements) + "/" + std::to_string(migration.total) +
            (migration.complete ? "" : "!");
  }
  return text;
}

std::string shown_pending(const RunReport& report) {
  std::string text;
  for (const auto& file : report.pending) {
    text += (text.empty() ? "" : " ") + file.version + ":" + std::to_string(file.applied) + "/" +
            std::to_string(file.total);
  }
  return text;
}

std::string reason_of(const RunReport& report) {
  if (report.failure) return report.failure->code + ": " + report.failure->message;
  return report.problems.empty() ? "no failure" : report.problems[0].message;
}

std::string Target::ask(const std::string& sql) {
  PgDatabase connection(settings());
  connection.connect(soon());
  for (int conflicts = 0;; ++conflicts) {
    try {
      const auto result = connection.execute(sql, {}, soon());
      return result.rows.empty() ? "" : result.rows[0].at(0).value_or("NULL");
    } catch (const Error& error) {
      // An index build that ended since the connection began is told as any other change is.
      if (error.kind() != ErrorKind::kConflict || conflicts == 5) throw;
    }
  }
}

Observer Target::observe() {
  return [this](const Event& event) {
    if (event.level != Event::Level::kDebug) events.push_back(event.message);
  };
}

RunOptions Target::fresh_options() const {
  auto fresh = options;
  fresh.deadline = soon() + 60s;
  return fresh;
}

RunReport Target::apply(const Files& files) { return apply(files, fresh_options()); }

RunReport Target::apply(const Files& files, const RunOptions& with) {
  PgDatabase database(settings());
  return engine::apply(database, make_directory(files), with, observe());
}

RunReport Target::status(const Files& files) {
  PgDatabase database(settings());
  return engine::status(database, make_directory(files), fresh_options(), observe());
}

RunReport Target::plan(const Files& files) {
  PgDatabase database(settings());
  auto source = make_directory(files);
  return engine::plan(database, source, fresh_options(), observe());
}

RunReport Target::undo(const Files& files, const std::string& to_version) {
  PgDatabase database(settings());
  return engine::undo(database, make_directory(files), {to_version, false}, fresh_options(),
                      observe());
}

RunReport Target::repair(const Files& files, const RepairRequest& request) {
  PgDatabase database(settings());
  return engine::repair(database, make_directory(files), request, fresh_options(), observe());
}

RunReport Target::baseline(const Files& files, const std::string& version) {
  PgDatabase database(settings());
  auto source = make_directory(files);
  return engine::baseline(database, source, version, fresh_options(), observe());
}

PgTarget::PgTarget() {
  static std::atomic<int> number{0};
  database_ = "t" + std::to_string(getpid()) + "_" + std::to_string(++number);
  run_on("postgres", "CREATE DATABASE " + database_);
  options.dialect = Dialect::kPostgres;
  options.owner = "test";
}

PgTarget::~PgTarget() { run_on("postgres", "DROP DATABASE " + database_ + " WITH (FORCE)"); }

ConnectionSettings PgTarget::settings() const { return pg_settings(database_); }

DsqlTarget::DsqlTarget() {
  control("POST", "/reset");
  control("POST", "/settings", R"({"latency": 0.0, "job_delay": 0.05, "oc001": "off"})");
  options.owner = "test";
  options.job_poll = 20ms;
}

ConnectionSettings DsqlTarget::settings() const {
  return {{{"host", need_env("DSQL_HOST")},
           {"hostaddr", need_env("DSQL_HOSTADDR")},
           {"port", need_env("DSQL_PORT")},
           {"user", "admin"},
           {"dbname", "postgres"},
           {"sslmode", "verify-full"},
           {"sslrootcert", need_env("DSQL_CA")}},
          [this] {
            const auto body = control("GET", "/token?user=admin");
            const auto start = body.find(": \"") + 3;
            return body.substr(start, body.rfind('"') - start);
          }};
}

std::string DsqlTarget::control(const std::string& method, const std::string& path,
                                const std::string& body) const {
  const auto url = need_env("DSQL_CONTROL");
  const int port = std::atoi(url.substr(url.rfind(':') + 1).c_str());
  const auto answer =
      talk(port, method + " " + path + " HTTP/1.1\r\nHost: double\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
  if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error(path + ": " + answer);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

void HookedDatabase::call_hooks(std::string_view sql, bool after) {
  for (auto& hook : hooks_) {
    if (hook.after != after || sql.find(hook.match) == std::string_view::npos) continue;
    if (hook.skip-- == 0) hook.action(*this);
  }
}

bool HookedDatabase::has_hook_for(std::string_view sql) const {
  return std::any_of(hooks_.begin(), hooks_.end(), [&](const Hook& hook) {
    return sql.find(hook.match) != std::string_view::npos && hook.skip >= 0;
  });
}

void HookedDatabase::launch(std::span<const Query> queries, Deadline) {
  if (!is_connected()) throw Error(ErrorKind::kConnect, "there is no open connection");
  launched_.emplace_back(queries.begin(), queries.end());
}

// In pieces around the statements that a hook waits for: explicit transactions go on over a Sync.
std::vector<Outcome> HookedDatabase::land(Deadline deadline) {
  const auto launched = std::move(launched_.front());
  launched_.pop_front();
  const std::span<const Query> queries = launched;
  std::vector<Outcome> outcomes;
  std::size_t from = 0;
  try {
    while (from < queries.size()) {
      std::size_t to = from;
      while (to < queries.size() && !has_hook_for(queries[to].sql))
        sent_.push_back(queries[to++].sql);
      if (to == from) {
        sent_.push_back(queries[to++].sql);
        call_hooks(sent_.back(), false);
      }
      const auto part = database_.execute_all(queries.subspan(from, to - from), deadline);
      if (to == from + 1) call_hooks(queries[from].sql, true);
      outcomes.insert(outcomes.end(), part.begin(), part.end());
      if (!std::holds_alternative<ResultSet>(outcomes.back())) break;
      from = to;
    }
  } catch (const Error& error) {
    outcomes.emplace_back(error);
  }
  outcomes.resize(queries.size(), Unanswered{});
  if (!std::holds_alternative<ResultSet>(outcomes.back())) launched_.clear();
  return outcomes;
}

ResultSet HookedDatabase::execute(std::string_view sql, std::span<const Value> parameters,
                                  Deadline deadline) {
  sent_.emplace_back(sql);
  call_hooks(sql, false);
  auto result = database_.execute(sql, parameters, deadline);
  call_hooks(sql, true);
  return result;
}

}  // namespace engine
