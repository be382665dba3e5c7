// Flyway's and Atlas's advisory locks, which a run has while it is at work where their tables are.
#include "engine/foreign_lock.h"

#include "tests/pg/adopt_cases.h"

namespace engine {
namespace {

constexpr const char* kFlywayKey = "77433833903597";  // of public.flyway_schema_history
constexpr const char* kAtlasKey = "2686470616";

// A ledger, and a table of Flyway's.
void prepare(PgTarget& target) {
  target.run("CREATE TABLE flyway_schema_history (version text)");
  ASSERT_EQ(target.baseline(kBaselineFiles, "1").status, Status::kAdopted);
}

// Somebody who asks for the lock and, if it is free, holds it until this ends. A server lets go of
// a session's locks some time after its client has closed the connection: where the one before is
// just gone, take() waits for it.
class OtherTool {
 public:
  OtherTool(const Target& target, const std::string& key)
      : database_(target.settings()), key_(key) {
    database_.connect(Deadline::max());
    holds_ = ask("SELECT pg_try_advisory_lock(" + key + ")::text") == "true";
  }
  bool holds() const { return holds_; }
  bool take() {
    if (!holds_) {
      ask("SELECT set_config('lock_timeout', '30s', false)");
      ask("SELECT pg_advisory_lock(" + key_ + ")::text");
      holds_ = true;
    }
    return holds_;
  }
  std::string ask(const std::string& sql) {
    return database_.execute(sql, {}, Deadline::max()).rows.at(0).at(0).value_or("");
  }

 private:
  PgDatabase database_;
  std::string key_;
  bool holds_ = false;
};

HookedDatabase::Hook cut_once_at(const std::string& sql, std::function<void()> meanwhile = [] {}) {
  return {sql, true, 0, [=](HookedDatabase& hooked) {
            hooked.inner().close();
            meanwhile();
            throw Error(ErrorKind::kConnectionLost, "cut");
          }};
}

TEST(PgForeignLock, tool_at_work_locks_a_run_out_and_is_named) {
  PgTarget target;
  prepare(target);
  target.run("CREATE TABLE atlas_schema_revisions (version text)");
  for (const auto& [key, name] : {std::pair{kFlywayKey, "Flyway"}, std::pair{kAtlasKey, "Atlas"}}) {
    OtherTool tool(target, key);
    ASSERT_TRUE(tool.take());
    const auto report = target.apply(kBaselineFiles);
    ASSERT_EQ(report.status, Status::kLocked) << reason_of(report);
    EXPECT_TRUE(report.lock->owner.starts_with(std::string(name) + " (user "))
        << report.lock->owner;
    EXPECT_FALSE(report.lock->since.empty());
    EXPECT_EQ(target.ask("SELECT nonce FROM dsql_migrate.lock"), "") << "our own is free again";
    EXPECT_EQ(target.ask("SELECT count(*) FROM pg_class WHERE relname = 'b'"), "0");
  }
}

TEST(PgForeignLock, renamed_table_that_is_configured_has_a_key_of_its_own) {
  const auto key = std::to_string(77430305656995);
  PgTarget target;
  target.run("CREATE TABLE changes (version text)");
  ASSERT_EQ(target.baseline(kBaselineFiles, "1").status, Status::kAdopted);
  target.options.history = parse_history_choice("flyway:public.changes").value();
  for (const int flight : {250, 0}) {
    target.options.flight = flight;
    OtherTool tool(target, key);
    ASSERT_TRUE(tool.take());
    const auto report = target.apply(kBaselineFiles);
    ASSERT_EQ(report.status, Status::kLocked) << reason_of(report);
    EXPECT_TRUE(report.lock->owner.starts_with("Flyway (user ")) << report.lock->owner;
  }
  bool held = true;
  HookedDatabase database(target.settings());
  database.add(
      {"CREATE TABLE b", true, 0, [&](HookedDatabase&) { held = OtherTool(target, key).holds(); }});
  auto source = make_directory(kBaselineFiles);
  EXPECT_EQ(apply(database, source, target.fresh_options(), {}).status, Status::kApplied);
  EXPECT_FALSE(held);
}

TEST(PgForeignLock, run_waits_for_a_tool_as_long_as_it_may) {
  PgTarget target;
  prepare(target);
  auto flyway = std::make_optional<OtherTool>(target, kFlywayKey);
  target.options.lock_timeout = std::chrono::seconds{30};
  target.options.clock.sleep = [&](std::chrono::milliseconds) { flyway.reset(); };
  EXPECT_EQ(target.apply(kBaselineFiles).status, Status::kApplied);
}

TEST(PgForeignLock, tool_cannot_begin_while_a_run_is_at_work_but_another_run_can) {
  PgTarget target;
  prepare(target);
  RunReport other;
  bool held = true;
  HookedDatabase database(target.settings());
  database.add({"CREATE TABLE b", true, 0, [&](HookedDatabase&) {
                  held = OtherTool(target, kFlywayKey).holds();
                  auto options = target.fresh_options();
                  options.ledger_schema = "another";
                  options.ignore_history = true;
                  other = target.apply({{"1_z.sql", "CREATE TABLE z (n bigint);"}}, options);
                }});
  auto source = make_directory(kBaselineFiles);
  ASSERT_EQ(apply(database, source, target.fresh_options(), {}).status, Status::kApplied);
  EXPECT_FALSE(held);
  EXPECT_EQ(other.status, Status::kApplied) << reason_of(other);
  EXPECT_TRUE(OtherTool(target, kFlywayKey).take()) << "free when the run is over";
}

TEST(PgForeignLock, is_held_again_after_the_connection_was_lost) {
  PgTarget target;
  prepare(target);
  bool held = true;
  HookedDatabase database(target.settings());
  database.add(cut_once_at("CREATE TABLE b"));
  database.add({"CREATE TABLE b", true, 0,
                [&](HookedDatabase&) { held = OtherTool(target, kFlywayKey).holds(); }});
  auto source = make_directory(kBaselineFiles);
  const auto report = apply(database, source, target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_FALSE(held);
}

// Once the server has noticed that the run's connection is gone.
void begin(std::optional<OtherTool>& tool, const Target& target) {
  tool.emplace(target, kFlywayKey);
  tool->take();
}

TEST(PgForeignLock, tool_that_came_between_two_connections_is_waited_for) {
  PgTarget target;
  prepare(target);
  target.options.lock_timeout = std::chrono::seconds{30};
  std::optional<OtherTool> flyway;
  std::string at_work;
  HookedDatabase database(target.settings());
  database.add(cut_once_at("CREATE TABLE b", [&] {
    begin(flyway, target);
    flyway->ask("SELECT set_config('idle_session_timeout', '300ms', false)");
  }));
  database.add({"CREATE TABLE b", false, 1, [&](HookedDatabase&) {
                  at_work = target.ask(
                      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND "
                      "mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE "
                      "datname = current_database())");
                }});
  auto source = make_directory(kBaselineFiles);
  const auto report = apply(database, source, target.fresh_options(), {});
  ASSERT_EQ(report.status, Status::kApplied) << reason_of(report);
  EXPECT_EQ(at_work, "0");
}

// The statement that is cut off goes in a flight, as a whole file's, and by itself.
TEST(PgForeignLock, tool_that_came_between_two_connections_and_stays_locks_the_run_out) {
  const auto run = [](int flight, const std::string& before) {
    PgTarget target;
    prepare(target);
    target.options.flight = flight;
    auto files = kBaselineFiles;
    files[1].second = before + files[1].second;
    std::optional<OtherTool> flyway;
    HookedDatabase database(target.settings());
    database.add(cut_once_at("CREATE TABLE b", [&] { begin(flyway, target); }));
    auto source = make_directory(files);
    const auto report = apply(database, source, target.fresh_options(), {});
    ASSERT_EQ(report.status, Status::kLocked) << reason_of(report);
    EXPECT_FALSE(report.failure);
    EXPECT_TRUE(report.lock->owner.starts_with("Flyway (user ")) << report.lock->owner;
    EXPECT_EQ(target.ask("SELECT nonce FROM dsql_migrate.lock"), "") << "our own is free";
    EXPECT_EQ(target.ask("SELECT count(*) FROM pg_class WHERE relname = 'b'"), "0");
    flyway.reset();
    const auto later = target.apply(files);
    EXPECT_EQ(later.status, Status::kApplied) << reason_of(later);
  };
  run(250, "");
  run(0, "");
  run(0, "-- migrate:transaction none\n");
}

TEST(PgForeignLock, costs_no_message) {
  PgTarget plain;
  PgTarget with;
  ASSERT_EQ(plain.baseline(kBaselineFiles, "1").status, Status::kAdopted);
  prepare(with);
  EXPECT_EQ(with.apply(kBaselineFiles).round_trips, plain.apply(kBaselineFiles).round_trips);
}

// Of names in UTF-8, which Java counts in UTF-16.
TEST(PgForeignLock, keys_are_those_of_flyway_and_atlas) {
  PgTarget target;
  for (const char* schema : {"public", "sales", "größe"}) {
    target.run(std::string("CREATE SCHEMA IF NOT EXISTS \"") + schema + "\"");
    target.run(std::string("CREATE TABLE \"") + schema + "\".flyway_schema_history (v text)");
  }
  target.run("CREATE TABLE atlas_schema_revisions (version text)");
  PgDatabase database(target.settings());
  database.connect(Deadline::max());
  database.execute(make_take_keys().sql, {}, Deadline::max());
  EXPECT_EQ(target.ask(
                "SELECT string_agg(key::text, ' ' ORDER BY key) FROM (SELECT (classid::bigint << "
                "32) + objid::bigint AS key FROM pg_locks WHERE locktype = 'advisory' AND database "
                "= (SELECT oid FROM pg_database WHERE datname = current_database())) k"),
            "2686470616 77430981104713 77432094460334 77433833903597");
}

}  // namespace
}  // namespace engine
