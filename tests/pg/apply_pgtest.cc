// The plain target: a file is one transaction with its ledger row.
#include "tests/pg/target.h"

namespace engine {
namespace {

const Files kShop = {
    {"20260101_init.sql",
     "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);\n"
     "CREATE INDEX users_name ON users (name);\n"},
    {"20260102_seed.sql",
     "INSERT INTO users VALUES (1, 'a'), (2, 'b');\nSELECT count(*) FROM users;"},
};

TEST(PgApply, fresh_database_gets_ledger_and_files_and_a_second_run_does_nothing) {
  PgTarget target;
  const auto first = target.apply(kShop);
  EXPECT_EQ(first.status, Status::kApplied) << (first.failure ? first.failure->message : "");
  EXPECT_EQ(shown(first.migrations), "20260101:2/2 20260102:2/2");
  EXPECT_EQ(first.current_version, "20260102");
  EXPECT_TRUE(first.pending.empty());
  EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "2");

  const auto second = target.apply(kShop);
  EXPECT_EQ(second.status, Status::kUpToDate);
  EXPECT_EQ(second.statements_applied, 0);
  EXPECT_EQ(second.already_applied, 2);
  EXPECT_EQ(target.ask("SELECT count(*) FROM users"), "2");
  EXPECT_EQ(target.ask("SELECT fencing FROM dsql_migrate.lock"), "1");
}

}  // namespace
}  // namespace engine
