// One writer: owners that are killed or stopped, and outlive their lease.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "tests/pg/child_run.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

// What would show when it ran twice, late, or in another order.
const Files kFiles = {
    {"1_init.sql",
     "CREATE TABLE a (id bigint PRIMARY KEY, n bigint);\n"
     "INSERT INTO a VALUES (1, 1);\n"
     "CREATE TABLE b (id bigint PRIMARY KEY);\n"
     "INSERT INTO b VALUES (1);\n"
     "UPDATE a SET n = n * 3 + 1;\n"},
    {"2_again.sql",
     "DROP TABLE b;\nCREATE TABLE b (id bigint PRIMARY KEY, m bigint);\n"
     "INSERT INTO b VALUES (7, 0);\nCREATE INDEX b_m ON b (m);\n"
     "COMMENT ON TABLE b IS 'first';\nCOMMENT ON TABLE b IS 'second';\n"},
    {"3_more.sql",
     "ALTER TABLE a ADD COLUMN label text;\nALTER TABLE a RENAME COLUMN label TO name;\n"
     "DROP INDEX b_m;\nCREATE INDEX b_m ON b (m, id);\nUPDATE b SET m = m + 1;\n"
     "UPDATE a SET n = n + 1;"}};

constexpr const char* kState =
    "SELECT (SELECT string_agg(id || ':' || n, ',') FROM a) || ' ' || "
    "(SELECT string_agg(id || ':' || m, ',') FROM b) || ' ' || obj_description('b'::regclass) "
    "|| ' ' || (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute "
    "WHERE attrelid = 'a'::regclass AND attnum > 0 AND NOT attisdropped) || ' ' || "
    "(SELECT string_agg(indexrelid::regclass::text || indnatts || indisvalid, ',' "
    "ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'b'::regclass) || ' ' || "
    "(SELECT string_agg(version || '=' || applied || '/' || total || in_doubt || job_ids, ',' "
    "ORDER BY version) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL)";

constexpr const char* kExpected =
    "1:5 7:1 second id,n,name b_m2true,b_pkey1true 1=5/50,2=6/60,3=6/60";

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

// The PostgreSQL behind the double has locks, and keeps the heir out of what an open transaction
// has written; a cluster would let it in and refuse that transaction's COMMIT. So it is ended here,
// as a cluster ends one that is too old.
void end_transaction(DsqlTarget& target) {
  PgDatabase behind({{{"host", need_env("PGTEST_HOST")},
                      {"port", need_env("PGTEST_PORT")},
                      {"user", need_env("PGTEST_USER")},
                      {"dbname", "postgres"},
                      {"sslmode", "disable"}},
                     {}});
  behind.connect(std::chrono::steady_clock::now() + 20s);
  const auto open =
      behind.execute("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'", {},
                     std::chrono::steady_clock::now() + 20s);
  if (!open.rows.empty()) target.control("POST", "/cut");
}

void end_lease(DsqlTarget& target) {
  end_transaction(target);
  target.run("UPDATE dsql_migrate.lock SET expires_at = now() - interval '1 second'");
}

class DsqlTakeover : public testing::Test {
 protected:
  // Others' catalog changes are told, as a cluster does.
  DsqlTakeover() {
    target_.control("POST", "/settings", R"({"oc001": "others", "lock_timeout": 0.1})");
  }
  void TearDown() override { target_.control("POST", "/settings", R"({"lock_timeout": 1.0})"); }

  RunOptions options_of(const std::string& owner) {
    auto options = target_.fresh_options();
    options.owner = owner;
    options.lock_timeout = 20s;
    options.clock = make_system_clock();  // a forked one would draw the same numbers
    return options;
  }

  // A run that stops itself before its message of that number, the first being 0, of those that
  // contain `match`.
  RunReport apply_stopping(const std::string& owner, int message, const std::string& match = "") {
    HookedDatabase database(target_.settings());
    database.add({match, false, message, [](auto&) { ChildRun::stop_here(); }});
    return apply(database, make_directory(kFiles), options_of(owner), {});
  }

  std::string fencing() { return target_.ask("SELECT fencing FROM dsql_migrate.lock"); }

  DsqlTarget target_;
};

// By then there is a ledger, and the first owner has its lock.
bool has_lock(Target& target, const std::string& owner) {
  if (target.ask("SELECT to_regclass('dsql_migrate.lock')") == "NULL") return false;
  return target.ask("SELECT owner FROM dsql_migrate.lock") == owner;
}

// 1 visits every message, and takes minutes (make soak).
int stride() {
  const char* given = std::getenv("RACES_STRIDE");
  return given == nullptr ? 17 : std::atoi(given);
}

TEST_F(DsqlTakeover, owner_stopped_before_a_message_finds_the_work_done_and_does_nothing) {
  int cases = 0;
  for (int message = 0;; message += stride()) {
    target_.control("POST", "/reset");
    ChildRun stopped([&] { return apply_stopping("first", message); });
    if (!stopped.wait_for_stop()) break;
    const bool owned = has_lock(target_, "first");
    if (owned) {
      end_lease(target_);
    } else {
      end_transaction(target_);
    }
    const auto second = target_.apply(kFiles, options_of("second"));
    ASSERT_TRUE(second.status == Status::kApplied || second.status == Status::kUpToDate)
        << message << " " << why(second);
    ASSERT_EQ(target_.ask(kState), kExpected) << message;
    stopped.go_on();
    const auto end = stopped.end();
    if (owned && second.status == Status::kApplied) {
      // Cut in the flight that was to release the lock, with the two last statements, it cannot
      // know who did the rest of it.
      const bool last_flight = second.statements_applied <= 2;
      EXPECT_TRUE(end == "FAILED lease-lost" || (last_flight && end == "APPLIED"))
          << message << " " << end;
      ++cases;
    } else {
      EXPECT_TRUE(end == "UP_TO_DATE" || end == "APPLIED") << message << " " << end;
    }
    ASSERT_EQ(target_.ask(kState), kExpected) << message << ", after the first went on";
  }
  EXPECT_GT(cases, 3);
}

TEST_F(DsqlTakeover, owner_stopped_before_a_message_finds_another_at_work_and_does_nothing) {
  int cases = 0;
  for (int message = 20; message < 100; message += 2 * stride()) {
    target_.control("POST", "/reset");
    ChildRun first([&] { return apply_stopping("first", message); });
    ASSERT_TRUE(first.wait_for_stop());
    ASSERT_TRUE(has_lock(target_, "first"));
    end_lease(target_);
    // It has the lock and has begun with what is left, and has no transaction open: see end_lease.
    ChildRun second([&] { return apply_stopping("second", 2, "BEGIN"); });
    ASSERT_TRUE(second.wait_for_stop()) << message;
    ASSERT_EQ(fencing(), "2") << message;
    first.go_on();
    EXPECT_EQ(first.end(), "FAILED lease-lost") << message;
    second.go_on();
    EXPECT_EQ(second.end(), "APPLIED") << message;
    ASSERT_EQ(target_.ask(kState), kExpected) << message;
    EXPECT_EQ(fencing(), "2") << message;
    ++cases;
  }
  EXPECT_GT(cases, 1);
}

TEST_F(DsqlTakeover, lock_of_a_killed_owner_is_taken_over_with_the_next_fencing_number) {
  for (const int message : {26, 76}) {
    target_.control("POST", "/reset");
    ChildRun first([&] { return apply_stopping("first", message); });
    ASSERT_TRUE(first.wait_for_stop());
    first.kill();
    EXPECT_EQ(target_.ask("SELECT fencing || owner FROM dsql_migrate.lock"), "1first");
    auto impatient = options_of("second");
    impatient.lock_timeout = 0ms;
    const auto locked = target_.apply(kFiles, impatient);
    ASSERT_EQ(locked.status, Status::kLocked) << message << " " << why(locked);
    EXPECT_EQ(locked.lock->owner, "first");
    end_lease(target_);
    const auto second = target_.apply(kFiles, impatient);
    ASSERT_EQ(second.status, Status::kApplied) << message << " " << why(second);
    EXPECT_EQ(fencing(), "2");
    EXPECT_EQ(target_.ask(kState), kExpected) << message;
  }
}

// No clock but the server's: the lease ends by itself.
TEST_F(DsqlTakeover, lock_of_a_killed_owner_is_free_when_its_lease_is_over) {
  ChildRun first([&] {
    HookedDatabase database(target_.settings());
    database.add({"CREATE TABLE b", false, 0, [](auto&) { ChildRun::stop_here(); }});
    auto options = options_of("first");
    options.lease = 1s;
    return apply(database, make_directory(kFiles), options, {});
  });
  ASSERT_TRUE(first.wait_for_stop());
  first.kill();
  const auto lease_end = target_.ask("SELECT expires_at FROM dsql_migrate.lock");
  target_.control("POST", "/cut");
  target_.control("DELETE", "/journal");
  const auto second = target_.apply(kFiles, options_of("second"));
  ASSERT_EQ(second.status, Status::kApplied) << why(second);
  EXPECT_EQ(fencing(), "2");
  EXPECT_EQ(target_.ask(kState), kExpected);
  EXPECT_EQ(target_.ask("SELECT expires_at >= '" + lease_end + "' FROM dsql_migrate.lock"), "t");
}

// A flight on the wire that the server has come to the middle of.
class FlightOnTheWire : public DsqlTakeover, public testing::WithParamInterface<const char*> {
 protected:
  void hold() {
    target_.fault(R"({"kind": "hold", "match": ")" + std::string(GetParam()) + R"("})");
    first_ = std::make_unique<ChildRun>([&] {
      PgDatabase database(target_.settings());
      return apply(database, make_directory(kFiles), options_of("first"), {});
    });
    while (target_.control("GET", "/faults").find("\"fired\": 1") == std::string::npos) {
      std::this_thread::sleep_for(10ms);
    }
  }

  void take_over() {
    end_lease(target_);
    const auto second = target_.apply(kFiles, options_of("second"));
    ASSERT_EQ(second.status, Status::kApplied) << why(second);
    ASSERT_EQ(target_.ask(kState), kExpected);
    entries_ = count_entries("\"event\"");
  }

  // The server goes on with what it has of the first owner's.
  void let_go() {
    target_.control("DELETE", "/faults");
    first_.reset();
    while (count_entries("\"connect\"") > count_entries("\"disconnect\"")) {
      std::this_thread::sleep_for(10ms);
    }
  }

  std::size_t count_entries(const std::string& part) {
    const auto journal = target_.control("GET", "/journal");
    std::size_t count = 0;
    for (auto at = journal.find(part); at != std::string::npos; at = journal.find(part, at + 1)) {
      ++count;
    }
    return count;
  }

  std::unique_ptr<ChildRun> first_;
  std::size_t entries_ = 0;
};

TEST_P(FlightOnTheWire, of_a_killed_owner_changes_nothing_after_the_takeover) {
  hold();
  first_->kill();
  take_over();
  let_go();
  EXPECT_EQ(target_.ask(kState), kExpected);
}

TEST_P(FlightOnTheWire, of_a_stopped_owner_changes_nothing_after_the_takeover) {
  hold();
  first_->stop();
  ASSERT_TRUE(first_->wait_for_stop());
  take_over();
  target_.control("DELETE", "/faults");
  first_->go_on();
  EXPECT_EQ(first_->end(), "FAILED lease-lost");
  let_go();
  EXPECT_EQ(target_.ask(kState), kExpected);
}

// Where the transaction that is held has written nothing yet: see end_lease.
INSTANTIATE_TEST_SUITE_P(Held, FlightOnTheWire,
                         testing::Values("CREATE TABLE a", "DROP TABLE b", "IS 'first'",
                                         "RENAME COLUMN"),
                         [](const auto& each) { return "at_" + std::to_string(each.index); });

}  // namespace
}  // namespace engine
