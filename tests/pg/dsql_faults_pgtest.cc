// One fault at a message of a run, every so many in turn; whatever happens, what is there in the
// end is what an undisturbed run leaves.
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

const Files kFiles = {
    {"1_init.sql",
     "CREATE TABLE a (id bigint PRIMARY KEY, n bigint);\n"
     "INSERT INTO a VALUES (1, 1), (2, 2);\n"
     "ALTER TABLE a ADD COLUMN m text;\n"
     "UPDATE a SET n = n * 3 + 1;\n"
     "CREATE INDEX a_n ON a (n);\n"},
    {"2_more.sql",
     "ALTER TABLE a RENAME COLUMN m TO label;\nCREATE VIEW v AS SELECT n FROM a;\n"
     "DELETE FROM a WHERE id = 2;\nUPDATE a SET n = n + 1;"}};

constexpr const char* kState =
    "SELECT (SELECT string_agg(id || ':' || n, ',') FROM v JOIN a USING (n)) || ' ' || "
    "(SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute "
    "WHERE attrelid = 'a'::regclass AND attnum > 0 AND NOT attisdropped) || ' ' || "
    "(SELECT string_agg(indexrelid::regclass::text || indisvalid, ',' ORDER BY indexrelid) "
    "FROM pg_index WHERE indrelid = 'a'::regclass) || ' ' || "
    "(SELECT string_agg(version || '=' || applied || '/' || total || in_doubt || job_ids, ',' "
    "ORDER BY version) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL)";

constexpr const char* kExpected = "1:5 id,n,label a_pkeytrue,a_ntrue 1=5/50,2=4/40";

// 1 visits every message, and takes minutes.
constexpr int kStride = 8;

std::string why(const RunReport& report) {
  return report.failure ? report.failure->code + ": " + report.failure->message : "no failure";
}

// The process is gone: not an exception anybody would catch.
struct Killed {};

class EveryMessage : public testing::TestWithParam<const char*> {};

TEST_P(EveryMessage, fault_once_and_the_run_ends_as_if_nothing_had_been) {
  DsqlTarget target;
  int message = static_cast<int>(std::string(GetParam()).size()) % kStride;
  int cases = 0;
  for (bool fired = true; fired; message += kStride, ++cases) {
    target.control("POST", "/reset");
    target.fault(R"({"kind": ")" + std::string(GetParam()) + R"(", "skip": )" +
                 std::to_string(message) + "}");
    const auto report = target.apply(kFiles);
    ASSERT_EQ(report.status, Status::kApplied) << "message " << message << ": " << why(report);
    fired = target.control("GET", "/faults").find("\"fired\": 1") != std::string::npos;
    target.control("DELETE", "/faults");
    ASSERT_EQ(target.ask(kState), kExpected) << "message " << message;
  }
  EXPECT_GT(cases, 2);
}

INSTANTIATE_TEST_SUITE_P(DsqlFaults, EveryMessage,
                         testing::Values("cut_before", "cut_after", "cut_message", "oc000", "oc001",
                                         "unavailable", "unavailable_after"),
                         [](const auto& each) { return std::string(each.param); });

// Of one that was killed in a statement that may be long, which this does not wait for.
void end_long_lease(Target& target) {
  const auto there = target.ask(
      "SELECT count(*) FROM pg_tables WHERE schemaname = 'dsql_migrate' AND tablename = 'lock'");
  if (there == "0") return;
  target.run(
      "UPDATE dsql_migrate.lock SET expires_at = now() WHERE expires_at > now() + interval '30 s'");
}

class KilledAt : public testing::TestWithParam<bool> {};

TEST_P(KilledAt, a_message_and_the_next_run_ends_as_if_nothing_had_been) {
  const bool after = GetParam();
  DsqlTarget target;
  target.options.lease = 200ms;
  target.options.lock_timeout = 20s;
  int message = after ? 0 : kStride / 2;
  int cases = 0;
  for (bool killed = true; killed; message += kStride, ++cases) {
    target.control("POST", "/reset");
    HookedDatabase database(target.settings());
    database.add({"", after, message, [](HookedDatabase& dying) {
                    dying.inner().close();
                    throw Killed();
                  }});
    killed = false;
    try {
      apply(database, make_directory(kFiles), target.fresh_options(), {});
    } catch (const Killed&) {
      killed = true;
    }
    end_long_lease(target);
    const auto report = target.apply(kFiles);
    ASSERT_TRUE(report.status == Status::kApplied || report.status == Status::kUpToDate)
        << "message " << message << ": " << why(report);
    ASSERT_EQ(target.ask(kState), kExpected) << "message " << message;
  }
  EXPECT_GT(cases, 6);
}

INSTANTIATE_TEST_SUITE_P(DsqlFaults, KilledAt, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "after" : "before");
});

}  // namespace
}  // namespace engine
