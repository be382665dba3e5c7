// Databases the tests migrate: a fresh one on a throwaway PostgreSQL
// (tests/support/with_postgres.py) and an emptied cluster of the DSQL double
// (tests/support/with_dsql.py).
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/migrator.h"
#include "engine/pg_database.h"
#include "tests/support/fake_source.h"

namespace engine {

// An environment variable that the test can do nothing without.
std::string need_env(const char* name);

using Files = std::vector<std::pair<std::string, std::string>>;
FakeSource make_directory(const Files& files);

// "version:applied/total" of each, for comparing.
std::string shown(const std::vector<MigrationResult>& migrations);

std::string shown_pending(const RunReport& report);  // the same
std::string reason_of(const RunReport& report);      // of its failure, or the first problem

// What a test asks its target, whichever it is.
class Target {
 public:
  virtual ~Target() = default;
  virtual ConnectionSettings settings() const = 0;

  // One value of one row, "" for none, on a connection of its own; asked again after a conflict,
  // as nothing has happened then.
  std::string ask(const std::string& sql);
  void run(const std::string& sql) { ask(sql); }

  // With 90 seconds from now, or what `with` says.
  RunReport apply(const Files& files);
  RunReport apply(const Files& files, const RunOptions& with);
  RunReport status(const Files& files);
  RunReport plan(const Files& files);
  RunReport undo(const Files& files, const std::string& to_version);
  RunReport repair(const Files& files, const RepairRequest& request);
  RunReport baseline(const Files& files, const std::string& version);

  RunOptions options;  // without a deadline
  RunOptions fresh_options() const;
  std::vector<std::string> events;  // messages at INFO and above, of all runs
  Observer observe();
};

class PgTarget final : public Target {
 public:
  PgTarget();
  ~PgTarget() override;
  ConnectionSettings settings() const override;

 private:
  std::string database_;
};

class DsqlTarget final : public Target {
 public:
  DsqlTarget();
  ConnectionSettings settings() const override;
  // The double's control port: answers with the body.
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body = "") const;
  void fault(const std::string& json) const { control("POST", "/faults", json); }
};

// Runs `hook` before or after each statement that contains `match`, once it has been seen `skip`
// times.
class HookedDatabase final : public Database {
 public:
  struct Hook {
    std::string match;
    bool after = false;
    int skip = 0;
    std::function<void(HookedDatabase&)> action;
  };
  explicit HookedDatabase(ConnectionSettings settings) : database_(std::move(settings)) {}

  void add(Hook hook) { hooks_.push_back(std::move(hook)); }
  const std::vector<std::string>& sent() const { return sent_; }
  Database& inner() { return database_; }

  void connect(Deadline deadline) override {
    launched_.clear();
    database_.connect(deadline);
  }
  ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                    Deadline deadline) override;
  // A hook in the middle of a flight finds what is before it executed, and nothing after it.
  void launch(std::span<const Query> queries, Deadline deadline) override;
  std::vector<Outcome> land(Deadline deadline) override;
  bool is_connected() const override { return database_.is_connected(); }
  void close() noexcept override { database_.close(); }
  std::string server_version() const override { return database_.server_version(); }
  int round_trips() const override { return database_.round_trips(); }

 private:
  bool has_hook_for(std::string_view sql) const;
  void call_hooks(std::string_view sql, bool after);

  PgDatabase database_;
  std::deque<std::vector<Query>> launched_;
  std::vector<Hook> hooks_;
  std::vector<std::string> sent_;
};

}  // namespace engine
