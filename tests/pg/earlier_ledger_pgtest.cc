// A ledger for each schema, where there was one for all of them.
#include <functional>
#include <utility>

#include "engine/adoption.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

Files make_files() {
  return {{"1_a.sql", "CREATE TABLE a (n bigint);"}, {"2_b.sql", "CREATE TABLE b (n bigint);"}};
}

using Act = std::function<RunReport(Database&, MigrationSource&, const RunOptions&)>;

RunReport run_apply(Database& database, MigrationSource& source, const RunOptions& options) {
  return apply(database, source, options, {});
}

// What is migrated in a schema of its own, with the ledger that the handler chooses for it.
class Tenant {
 public:
  Tenant(PgTarget& target, const std::string& schema) : target_(target), schema_(schema) {
    target_.run("CREATE SCHEMA \"" + schema + "\"");
    ledger = "dsql_migrate_" + schema;
  }

  RunReport run(const Act& act = run_apply) {
    auto settings = target_.settings();
    settings.parameters.emplace_back("options", "-c search_path=\"" + schema_ + "\"");
    PgDatabase database(settings);
    auto options = target_.fresh_options();
    options.ledger_schema = ledger;
    options.earlier_ledger_schema = earlier;
    auto source = make_directory(make_files());
    return act(database, source, options);
  }

  std::string ledger;
  std::string earlier = "dsql_migrate";

 private:
  PgTarget& target_;
  std::string schema_;
};

std::string tables_of(Target& target) {
  return target.ask(
      "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY schemaname, tablename) FROM "
      "pg_tables WHERE tablename IN ('a', 'b')");
}

TEST(PgEarlierLedger, the_same_files_in_two_schemas_are_applied_in_each) {
  PgTarget target;
  Tenant one(target, "one");
  Tenant two(target, "Two");
  for (auto* tenant : {&one, &two}) EXPECT_EQ(tenant->run().status, Status::kApplied);
  EXPECT_EQ(tables_of(target), "Two.a Two.b one.a one.b");
  for (auto* tenant : {&one, &two}) EXPECT_EQ(tenant->run().status, Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'dsql_migrate%'"),
            "2");
}

TEST(PgEarlierLedger, that_may_be_of_these_files_is_not_passed_over) {
  PgTarget target;
  Tenant tenant(target, "app");
  tenant.ledger = std::exchange(tenant.earlier, "");
  ASSERT_EQ(tenant.run().status, Status::kApplied) << "as it was before";
  tenant.earlier = std::exchange(tenant.ledger, "dsql_migrate_app");
  const std::vector<Act> acts = {
      run_apply,
      [](auto& d, auto& s, const auto& o) { return plan(d, s, o, {}); },
      [](auto& d, auto& s, const auto& o) { return status(d, s, o, {}); },
      [](auto& d, auto& s, const auto& o) { return validate(d, s, o, {}); },
      [](auto& d, auto& s, const auto& o) { return info(d, s, {}, o, {}); },
      [](auto& d, auto& s, const auto& o) { return undo(d, s, {}, o, {}); },
      [](auto& d, auto& s, const auto& o) { return repair(d, s, {"1", 1}, o, {}); },
      [](auto& d, auto& s, const auto& o) { return baseline(d, s, "1", o, {}); },
      [](auto& d, auto& s, const auto& o) { return adopt(d, s, {}, o, {}); }};
  for (const auto& act : acts) {
    const auto report = tenant.run(act);
    ASSERT_EQ(report.status, Status::kInvalid) << &act - acts.data();
    EXPECT_EQ(
        reason_of(report),
        "there is no ledger \"dsql_migrate_app\", and \"dsql_migrate\", which would have been "
        "that of these files before each schema had one, has rows");
  }
  target.run("ALTER SCHEMA dsql_migrate RENAME TO dsql_migrate_app");
  EXPECT_EQ(tenant.run().status, Status::kUpToDate);
}

TEST(PgEarlierLedger, of_others_is_left_to_them_once_ones_own_is_named) {
  PgTarget target;
  ASSERT_EQ(target.apply(make_files()).status, Status::kApplied);
  Tenant tenant(target, "app");
  EXPECT_EQ(tenant.run().status, Status::kInvalid);
  tenant.earlier = "";
  EXPECT_EQ(tenant.run().status, Status::kApplied);
  tenant.earlier = "dsql_migrate";
  EXPECT_EQ(tenant.run().status, Status::kUpToDate) << "it is there now";
}

TEST(PgEarlierLedger, without_rows_or_rights_is_not_that_of_these_files) {
  PgTarget target;
  ASSERT_EQ(target.baseline({{"1_a.sql", "SELECT 1;"}}, "1").status, Status::kAdopted);
  Tenant tenant(target, "app");
  ASSERT_EQ(tenant.run().status, Status::kInvalid);
  HookedDatabase database(target.settings());
  database.add({"SELECT EXISTS (SELECT 1 FROM", false, 0, [](HookedDatabase&) {
                  throw Error(ErrorKind::kStatement, "permission denied", {"42501", "", "", "", 0});
                }});
  auto options = target.fresh_options();
  options.ledger_schema = tenant.ledger;
  options.earlier_ledger_schema = tenant.earlier;
  auto source = make_directory(make_files());
  EXPECT_EQ(plan(database, source, options, {}).status, Status::kPlanned);
  target.run("DELETE FROM dsql_migrate.revisions");
  EXPECT_EQ(tenant.run().status, Status::kApplied);
}

}  // namespace
}  // namespace engine
