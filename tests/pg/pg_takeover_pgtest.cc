// One writer on plain PostgreSQL: owners that are killed or stopped, and outlive their lease.
#include <chrono>
#include <thread>

#include "tests/pg/child_run.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

Deadline soon() { return std::chrono::steady_clock::now() + 30s; }

void wait_until(Target& target, const std::string& condition) {
  while (target.ask("SELECT " + condition) != "t") std::this_thread::sleep_for(10ms);
}

RunOptions options_of(Target& target, const std::string& owner) {
  auto options = target.fresh_options();
  options.owner = owner;
  options.clock = make_system_clock();  // a forked one would draw the same numbers
  return options;
}

// The whole file is on the wire, and the server goes on with it.
TEST(PgTakeover, file_of_a_killed_owner_is_not_begun_by_another_while_the_server_is_at_it) {
  PgTarget target;
  const Files files = {{"1_a.sql",
                        "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                        "SELECT pg_advisory_xact_lock(7);\nUPDATE a SET n = n * 2 + 1;"}};
  PgDatabase gate(target.settings());
  gate.connect(soon());
  gate.execute("SELECT pg_advisory_lock(7)", {}, soon());
  ChildRun first([&] {
    PgDatabase database(target.settings());
    auto options = options_of(target, "first");
    options.lease = 200ms;
    return apply(database, make_directory(files), options, {});
  });
  wait_until(target, "EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)");
  first.kill();
  wait_until(target, "expires_at <= now() FROM dsql_migrate.lock");
  const auto locked = target.apply(files, options_of(target, "second"));
  ASSERT_EQ(locked.status, Status::kLocked);
  EXPECT_EQ(locked.lock->owner, "first");

  gate.execute("SELECT pg_advisory_unlock(7)", {}, soon());
  auto patient = options_of(target, "third");
  patient.lock_timeout = 30s;
  const auto third = target.apply(files, patient);
  EXPECT_TRUE(third.status == Status::kApplied || third.status == Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT string_agg(n::text, ',') FROM a"), "3");
}

// It cannot be in a transaction, so no fence of the server's stops it; its lease is as long as the
// time that it may take.
TEST(PgTakeover, statement_that_forbids_a_transaction_is_not_sent_after_its_lease) {
  PgTarget target;
  const Files files = {
      {"1_a.sql", "CREATE TABLE a (n bigint, m bigint);\nCREATE INDEX i ON a (n);"},
      {"2_b.sql", "DROP INDEX CONCURRENTLY i;\nCREATE INDEX CONCURRENTLY i ON a (m, n);"}};
  ChildRun first([&] {
    HookedDatabase database(target.settings());
    database.add({"DROP INDEX CONCURRENTLY", false, 0, [](auto&) { ChildRun::stop_here(); }});
    auto options = options_of(target, "first");
    options.deadline = std::chrono::steady_clock::now() + 2s;
    options.reserve = 400ms;
    options.lease = 100ms;
    return apply(database, make_directory(files), options, {});
  });
  ASSERT_TRUE(first.wait_for_stop());
  EXPECT_EQ(target.ask("SELECT expires_at > acquired_at + interval '0.5 s' FROM dsql_migrate.lock"),
            "t")
      << "as long as the statement may take";
  auto patient = options_of(target, "second");
  patient.lock_timeout = 30s;
  ASSERT_EQ(target.apply(files, patient).status, Status::kApplied);
  const auto index =
      "SELECT indexrelid || pg_get_indexdef(indexrelid) FROM pg_index "
      "WHERE indrelid = 'a'::regclass";
  const auto built = target.ask(index);
  first.go_on();
  const auto end = first.end();
  EXPECT_TRUE(end.starts_with("FAILED")) << end;
  EXPECT_EQ(target.ask(index), built);
  EXPECT_EQ(target.ask("SELECT string_agg(version || '=' || applied || in_doubt, ' ' ORDER BY "
                       "version) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL"),
            "1=20 2=20");
}

}  // namespace
}  // namespace engine
