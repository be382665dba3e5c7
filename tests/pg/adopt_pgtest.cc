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

TEST(PgAdopt, half_applied_file_that_atlas_has_marked_by_hand_is_not_run_on) {
  PgTarget target;
  make_atlas_history(target, {"'1', 'a', 6, 0, 1, now(), 0, 'pq: no', 'INSERT', '', NULL"});
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\n"}};
  const auto refused = adopt(target, files);
  EXPECT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).code, "partial-left");
  ASSERT_EQ(adopt(target, files, accepting({"partial-left:1"})).status, Status::kAdopted);
  EXPECT_EQ(target.apply(files).status, Status::kUpToDate);
  EXPECT_EQ(target.ask("SELECT to_regclass('a') IS NULL"), "t");
}

TEST(PgAdopt, script_config_beside_an_adopted_file_is_heeded) {
  PgTarget target;
  const Files files = {{"V1__a.sql", "CREATE TABLE a (t text DEFAULT '${x}');"},
                       {"V1__a.sql.conf", "placeholderReplacement=false\n"}};
  make_flyway_history(target,
                      {"1, '1', 'a', 'SQL', 'V1__a.sql', " +
                       std::to_string(flyway_checksum(files[0].second)) + ", 'me', 5, true"});
  const auto report = adopt(target, files);
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(target.ask("SELECT total FROM dsql_migrate.revisions"), "1");
}

constexpr const char* kFlywayBaseline =
    "1, '3', '<< Flyway Baseline >>', 'BASELINE', 'x', NULL, 'me', 1, true";

TEST(PgAdopt, flyways_baseline_alone_is_gone_on_from_and_nothing_below_it_is_run) {
  PgTarget target;
  make_flyway_history(target, {kFlywayBaseline});
  const auto report = adopt(target, {{"V4__d.sql", "CREATE TABLE d (n bigint);"}});
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(report.current_version, "3");
  EXPECT_EQ(report.adopted->marked, 0);
  EXPECT_EQ(report.adopted->last_version, "");
  target.options.selection.out_of_order = OutOfOrder::kApply;
  const Files files = {{"V1__old.sql", "CREATE TABLE old (n bigint);"},
                       {"V4__d.sql", "CREATE TABLE d (n bigint);"}};
  const auto run = target.apply(files);
  ASSERT_EQ(run.status, Status::kApplied) << reason_of(run);
  EXPECT_EQ(run.migrations.size(), 1u);
  EXPECT_EQ(target.ask("SELECT to_regclass('old') IS NULL"), "t");
  EXPECT_EQ(adopt(target, files).status, Status::kUpToDate);
}

TEST(PgAdopt, flyway_table_that_only_says_the_schema_was_made_is_no_history) {
  PgTarget target;
  make_flyway_history(target, {"0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', 'x', NULL, "
                               "'me', 0, true"});
  EXPECT_EQ(target.apply({{"V1__a.sql", "SELECT 1;"}}).status, Status::kApplied);
}

TEST(PgAdopt, history_of_which_nothing_is_applied_any_more_is_gone_on_from) {
  PgTarget target;
  make_flyway_history(target, {"1, '1', 'a', 'SQL', 'x', 1, 'me', 1, true",
                               "2, '1', 'a', 'UNDO_SQL', 'x', 1, 'me', 1, true"});
  const Files files = {{"V1__a.sql", "SELECT 1;"}};
  EXPECT_EQ(target.apply(files).problems.at(0).code, "foreign-history");
  ASSERT_EQ(adopt(target, files).status, Status::kAdopted);
  EXPECT_EQ(target.apply(files).status, Status::kApplied);
}

TEST(PgAdopt, adopted_file_has_to_stay_and_one_below_the_baseline_need_not) {
  PgTarget target;
  const Files files = {
      {"V2__b.sql", "SELECT 2;"}, {"V4__d.sql", "SELECT 4;"}, {"V5__e.sql", "SELECT 5;"}};
  make_flyway_history(target, {kFlywayBaseline, "2, '4', 'd', 'SQL', 'x', NULL, 'me', 1, true",
                               "3, '5', 'e', 'SQL', 'x', NULL, 'me', 1, true"});
  ASSERT_EQ(adopt(target, files).status, Status::kAdopted);
  EXPECT_EQ(target.apply({files[1], files[2]}).status, Status::kUpToDate);
  const auto gone = target.apply({files[0], files[2]});
  ASSERT_EQ(gone.status, Status::kInvalid);
  EXPECT_EQ(gone.problems.at(0).code, "missing-file");
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

TEST(PgAdopt, renamed_table_that_is_not_there_is_named_by_adopt_and_in_the_first_apply) {
  PgTarget target;
  target.options.history = parse_history_choice("flyway:public.changes").value();
  target.options.history.said_in = "table in flyway.conf";
  const auto nothing = adopt(target, kBaselineFiles);
  ASSERT_EQ(nothing.status, Status::kInvalid) << reason_of(nothing);
  EXPECT_EQ(nothing.problems.at(0).message,
            "there is no table \"public\".\"changes\" (table in flyway.conf) of Flyway's");
  target.run("CREATE TABLE changes (version text, installed_rank int)");
  EXPECT_EQ(
      adopt(target, kBaselineFiles).problems.at(0).message,
      "the table \"public\".\"changes\" (table in flyway.conf) has no row: Flyway has applied "
      "nothing");
  target.run("DROP TABLE changes");
  const auto first = target.apply(kBaselineFiles);
  ASSERT_EQ(first.status, Status::kApplied) << reason_of(first);
  ASSERT_EQ(first.problems.size(), 1u) << "a database may be new";
  EXPECT_EQ(first.problems[0].code, "no-history");
  EXPECT_EQ(first.problems[0].severity, Severity::kWarning);
  EXPECT_TRUE(target.apply(kBaselineFiles).problems.empty());
}

TEST(PgAdopt, renamed_table_keeps_the_first_run_from_beginning) {
  PgTarget target;
  target.run("CREATE TABLE changes AS SELECT '1' AS version, 1 AS installed_rank");
  target.options.history = parse_history_choice("flyway:public.changes").value();
  const auto refused = target.apply(kBaselineFiles);
  ASSERT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).code, "foreign-history");
  EXPECT_NE(refused.problems[0].message.find("\"public\".\"changes\""), std::string::npos);
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
  target.options.history = parse_history_choice("flyway").value();
  EXPECT_EQ(adopt(target, kBaselineFiles).problems.at(0).code, "no-history");
  target.options.history = parse_history_choice("aurora:other.mine").value();
  const auto report = adopt(target, kBaselineFiles);
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
  target.options.selection.out_of_order = OutOfOrder::kApply;
  EXPECT_EQ(target.apply(files).problems.at(0).code, "marking-unfinished");
  EXPECT_EQ(adopt(target, files).adopted->marked, 241);
  EXPECT_EQ(target.ask("SELECT count(*) FROM dsql_migrate.revisions r JOIN aurora_schema_revisions "
                       "a ON a.id = r.version AND date_trunc('milliseconds', a.executed_at) = "
                       "date_trunc('milliseconds', r.finished_at)"),
            "441");
  EXPECT_EQ(target.apply(files).migrations.size(), 9u);
}

}  // namespace
}  // namespace engine
