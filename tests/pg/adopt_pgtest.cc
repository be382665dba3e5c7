// Another tool's history, adopted on PostgreSQL.
#include "tests/pg/adopt_cases.h"

namespace engine {
namespace {

TEST(PgAdopt, auroras_history_is_gone_on_with) {
  PgTarget target;
  adopt_aurora(target);
}

TEST(PgAdopt, atlas_history_is_gone_on_with) {
  PgTarget target;
  adopt_atlas(target);
}

TEST(PgAdopt, half_applied_file_is_resumed_and_its_next_statement_settled) {
  for (const bool done : {false, true}) {
    PgTarget target;
    adopt_half_applied(target, done);
  }
}

TEST(PgAdopt, insert_that_was_not_counted_is_left_to_the_user) {
  PgTarget target;
  adopt_an_insert_in_doubt(target);
}

TEST(PgAdopt, flyways_history_is_gone_on_with) {
  PgTarget target;
  adopt_flyway(target);
}

TEST(PgAdopt, sequelizes_history_is_gone_on_with) {
  PgTarget target;
  adopt_sequelize(target);
}

TEST(PgAdopt, difference_keeps_everything_from_being_written_until_it_is_accepted) {
  PgTarget target;
  make_aurora_history(target);
  target.run("UPDATE aurora_schema_revisions SET description = 'z' WHERE id = '2'");
  const auto refused = adopt(target, kBaselineFiles);
  EXPECT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).code, "description-differs");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_migrate'"), "0");
  const auto report = adopt(target, kBaselineFiles, accepting({"description-differs:2"}));
  EXPECT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(report.problems.at(0).severity, Severity::kWarning);
}

TEST(PgAdopt, one_of_several_histories_has_to_be_named) {
  PgTarget target;
  EXPECT_EQ(adopt(target, kBaselineFiles).problems.at(0).code, "no-history");
  make_aurora_history(target);
  target.run("CREATE SCHEMA other");
  target.run("CREATE TABLE other.aurora_schema_revisions AS SELECT * FROM aurora_schema_revisions");
  const auto several = adopt(target, kBaselineFiles);
  EXPECT_EQ(several.problems.at(0).code, "several-histories");
  target.run("ALTER TABLE other.aurora_schema_revisions RENAME TO mine");
  EXPECT_EQ(adopt(target, kBaselineFiles, history_named("flyway")).problems.at(0).code,
            "no-history");
  const auto report = adopt(target, kBaselineFiles, history_named("aurora:other.mine"));
  EXPECT_EQ(report.status, Status::kAdopted) << reason_of(report);
}

TEST(PgAdopt, history_that_goes_on_meanwhile_is_refused) {
  PgTarget target;
  make_aurora_history(target);
  HookedDatabase database(target.settings());
  database.add({"SET owner = $1", true, 0, [&](HookedDatabase&) {
                  target.run(
                      "INSERT INTO aurora_schema_revisions VALUES ('3', 'c', 2, 2, NULL, NULL, "
                      "now(), 1)");
                }});
  auto source = make_directory(kBaselineFiles);
  const auto report = adopt(database, source, {}, target.fresh_options(), {});
  EXPECT_EQ(report.problems.at(0).code, "history-changed") << reason_of(report);
  EXPECT_EQ(target.ask("SELECT count(*) FROM dsql_migrate.revisions"), "0");
  EXPECT_EQ(adopt(target, kBaselineFiles).adopted->marked, 3);
}

TEST(PgAdopt, one_cut_off_between_its_transactions_lets_no_run_begin_and_is_finished) {
  PgTarget target;
  Files files;
  for (int i = 1000; i < 1450; ++i) files.push_back({std::to_string(i) + "_x.sql", "SELECT 1;"});
  make_aurora_history(target);
  target.run("TRUNCATE aurora_schema_revisions");
  target.run(
      "INSERT INTO aurora_schema_revisions SELECT n::text, 'x', 2, 2, NULL, NULL, now(), 1 FROM "
      "generate_series(1000, 1440) n");
  HookedDatabase database(target.settings());
  database.add({"BEGIN", false, 1, [&](HookedDatabase&) {
                  target.run("UPDATE dsql_migrate.lock SET nonce = 'n', fencing = fencing + 1");
                }});
  {
    HookedDatabase first(target.settings());  // makes the ledger
    first.add({"SET owner = $1", true, 0,
               [](HookedDatabase&) { throw Error(ErrorKind::kTimeout, "cut"); }});
    auto source = make_directory(files);
    ASSERT_EQ(adopt(first, source, {}, target.fresh_options(), {}).status, Status::kFailed);
    target.run("UPDATE dsql_migrate.lock SET nonce = '', owner = ''");
  }
  auto source = make_directory(files);
  const auto cut = adopt(database, source, {}, target.fresh_options(), {});
  ASSERT_EQ(cut.status, Status::kFailed) << reason_of(cut);
  target.run("UPDATE dsql_migrate.lock SET nonce = ''");
  EXPECT_EQ(target.ask("SELECT min(version) || ' ' || count(*) FROM dsql_migrate.revisions"),
            "1241 200");
  EXPECT_EQ(target.apply(files).problems.at(0).code, "out-of-order");
  EXPECT_EQ(adopt(target, files).adopted->marked, 241);
  EXPECT_EQ(target.apply(files).migrations.size(), 9u);
}

}  // namespace
}  // namespace engine
