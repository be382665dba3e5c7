// Database over libpq. The only file pair that knows libpq.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/database.h"
#include "engine/retry.h"

namespace engine {

struct ConnectionSettings {
  // libpq keywords and values: host, hostaddr, port, dbname, user, sslmode, sslrootcert, ...
  // (PostgreSQL documentation, "Parameter Key Words"). `password` is not among them. Passed as
  // arrays to PQconnectStartParams: a DSQL token is longer than a fixed buffer.
  std::vector<std::pair<std::string, std::string>> parameters;
  // Asked before every attempt, so that a reconnect has a fresh token. May throw; passed on.
  std::function<std::string()> password;
};

// Waits are poll() on the one socket, each bounded by the caller's deadline; only the look-up of
// the host name is libpq's own and blocks as long as the resolver does.
class PgDatabase final : public Database {
 public:
  explicit PgDatabase(ConnectionSettings settings, Clock clock = make_system_clock());
  ~PgDatabase() override;
  PgDatabase(const PgDatabase&) = delete;
  PgDatabase& operator=(const PgDatabase&) = delete;

  void connect(Deadline deadline) override;
  ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                    Deadline deadline) override;
  void launch(std::span<const Query> queries, Deadline deadline) override;
  std::vector<Outcome> land(Deadline deadline) override;
  bool accepts_launch() const override;
  bool is_connected() const override;
  void close() noexcept override;
  std::string server_version() const override;
  int round_trips() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace engine
