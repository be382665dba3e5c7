// Database in memory. FakeServer holds what a server would: the ledger's tables, the lock, objects,
// jobs, and which statements took effect; each FakeDatabase is a connection to it. It understands
// the statements the engine itself sends (compared with what engine/ledger_sql.h builds) and of
// migrations as much as a test needs: transactions, DSQL's one DDL statement a transaction, CREATE
// and DROP of tables, indexes and columns. Any other statement takes effect by being remembered.
// The question whether a statement took effect (engine/settlement.h) is answered from that memory.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/error.h"
#include "engine/ledger.h"

namespace engine {

// What a transaction sees and changes.
struct FakeState {
  std::set<std::string> relations;  // as their statements wrote them, ledger tables quoted
  std::map<std::string, Revision> revisions;
  std::optional<LockRow> lock;
  long long lock_until = 0;             // server milliseconds
  std::map<std::string, bool> indexes;  // name: valid
  std::vector<std::string> effects;     // migration statements that took effect, in order
};

struct FakeJob {
  std::string status = "completed";
  std::string details;
  std::string index;
};

class FakeServer {
 public:
  explicit FakeServer(std::string ledger_schema = "dsql_migrate")
      : schema(std::move(ledger_schema)) {}

  std::string schema;
  std::set<std::string> filled_ledgers;  // other schemas that have a ledger with rows
  bool plain = false;                    // PostgreSQL: any statements share a transaction
  FakeState state;
  long long now = 0;  // milliseconds
  // Jobs by id. A statement that starts one gets the next of these: its end, decided beforehand.
  std::map<std::string, FakeJob> jobs;
  std::vector<FakeJob> next_jobs;
  // Every text that was on its way here, whether it arrived or not.
  std::set<std::string> seen;
  // What a question about a statement is answered, instead of the truth.
  std::map<std::string, std::string> answers;

  // Called around every statement, and to be told of a connection (sql is "connect"). What it
  // throws is the answer: after kConnectionLost and kTimeout the connection is gone. Thrown before,
  // the statement has not run; thrown after, it has.
  enum class Moment { kBefore, kAfter };
  std::function<void(Moment, std::string_view sql)> hook;

  long long commits = 0;
};

class FakeDatabase final : public Database {
 public:
  explicit FakeDatabase(FakeServer& server) : server_(server) {}

  void connect(Deadline deadline) override;
  ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                    Deadline deadline) override;
  void launch(std::span<const Query> queries, Deadline deadline) override;
  std::vector<Outcome> land(Deadline deadline) override;
  bool is_connected() const override { return connected_; }
  std::string server_version() const override { return "16.0"; }
  void close() noexcept override;
  int round_trips() const override { return trips_; }

  std::vector<std::string> sent;  // every statement, in order

 private:
  using Parameters = std::span<const Value>;
  void call_hook(FakeServer::Moment moment, std::string_view sql);
  ResultSet run(const std::string& sql, Parameters parameters);
  ResultSet run_transaction_word(const std::string& sql);
  std::optional<ResultSet> run_ledger(const std::string& sql, Parameters parameters);
  std::optional<ResultSet> run_lock(const std::string& sql, Parameters parameters);
  std::optional<ResultSet> run_catalog(const std::string& sql, Parameters parameters);
  std::optional<ResultSet> run_question(const std::string& sql, Parameters parameters);
  std::string settle(const std::string& statement) const;
  ResultSet run_migration(const std::string& sql);
  ResultSet create(const std::string& sql);
  ResultSet read_ledger(bool with_lock) const;
  ResultSet read_revisions(Parameters versions) const;
  ResultSet start_build(const std::string& index);
  void check_transaction_rules(bool ddl);
  FakeState& state() { return transaction_ ? *transaction_ : server_.state; }
  const FakeState& state() const { return transaction_ ? *transaction_ : server_.state; }

  FakeServer& server_;
  ResultSet answer(std::string_view sql, Parameters parameters);

  bool connected_ = false;
  int trips_ = 0;
  std::deque<std::vector<Query>> launched_;  // none of it executed before the flight lands
  std::optional<FakeState> transaction_;
  long long snapshot_ = 0;
  bool aborted_ = false;
  int ddl_ = 0;
  int dml_ = 0;
};

}  // namespace engine
