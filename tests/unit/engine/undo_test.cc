#include "engine/undo.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;
using Files = std::vector<std::pair<std::string, std::string>>;

FakeSource make_directory(const Files& files) {
  std::vector<SourceFile> sources;
  for (const auto& [name, text] : files) sources.push_back({name, text, "test/" + name, ""});
  return FakeSource(std::move(sources));
}

Revision row_of(const std::string& version, int applied = 2,
                const std::string& kind = "versioned") {
  Revision row;
  row.version = version;
  row.kind = kind;
  row.total = 2;
  row.applied = applied;
  if (applied == 2) row.finished_at = "2026-11-21T00:00:01.000Z";
  return row;
}

// "U3.sql U2.sql -> 1", or the first refusal's message.
std::string choose(const std::vector<std::string>& names, const std::vector<Revision>& rows,
                   const std::string& to_version = "") {
  std::vector<SourceEntry> entries;
  for (const auto& name : names) entries.push_back({name, "", "", 0});
  const auto choice = choose_undo(list_migrations(entries), rows, to_version);
  if (!choice.problems.empty()) return choice.problems.front().message;
  std::string shown;
  for (const auto& file : choice.files) shown += names[file.listed.entry] + " ";
  return shown + "-> " + choice.stays;
}

const std::vector<std::string> kNames = {"1_a.sql",      "2_b.sql",      "3_c.sql",
                                         "1_a.down.sql", "2_b.down.sql", "3_c.down.sql"};
const std::vector<Revision> kThree = {row_of("1"), row_of("2"), row_of("3")};

TEST(UndoChoice, the_last_applied_version_or_down_to_one_that_stays) {
  EXPECT_EQ(choose(kNames, kThree), "3_c.down.sql -> 2");
  EXPECT_EQ(choose(kNames, kThree, "1"), "3_c.down.sql 2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, kThree, "3"), "-> 3");
  EXPECT_EQ(choose(kNames, kThree, "none"), "3_c.down.sql 2_b.down.sql 1_a.down.sql -> ");
  EXPECT_EQ(choose(kNames, {}), "-> ");
  EXPECT_EQ(choose(kNames, {}, "none"), "-> ");
}

TEST(UndoChoice, what_the_database_began_with_stays) {
  const std::vector<Revision> rows = {row_of("2"), row_of("start:1", 2, "start")};
  EXPECT_EQ(choose(kNames, rows, "1"), "2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, {rows[1]}), "-> 1");
}

TEST(UndoChoice, baseline_whose_row_is_taken_back_is_not_where_the_database_is) {
  const std::vector<Revision> rows = {row_of("1", 2, "baseline"), row_of("2", 2, "baseline"),
                                      row_of("start:2", 2, "start")};
  EXPECT_EQ(choose(kNames, rows), "2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, {rows[0], row_of("2", 2, "undo"), rows[2]}), "1_a.down.sql -> ");
}

TEST(UndoChoice, flyways_undo_files_are_found_whatever_the_zeros) {
  const std::vector<std::string> names = {"V1__a.sql", "V1.2__b.sql", "sub/U1.02__b.sql"};
  EXPECT_EQ(choose(names, {row_of("1"), row_of("1.2")}), "sub/U1.02__b.sql -> 1");
}

TEST(UndoChoice, version_taken_back_before_is_out_of_the_way) {
  EXPECT_EQ(choose(kNames, {row_of("1"), row_of("2"), row_of("3", 2, "undo")}),
            "2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, {row_of("1"), row_of("2", 2, "undo")}, "2"), "version 2 is not applied");
}

TEST(UndoChoice, undo_under_way_is_finished_and_nothing_more) {
  const std::vector<Revision> rows = {row_of("1"), row_of("2"), row_of("3", 1, "undo")};
  EXPECT_EQ(choose(kNames, rows), "3_c.down.sql -> 2");
  EXPECT_EQ(choose(kNames, rows, "1"), "3_c.down.sql 2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, rows, "3"), "version 3 is not applied");
}

TEST(UndoChoice, baseline_with_an_undo_file_is_taken_back_too) {
  EXPECT_EQ(choose(kNames, {row_of("1"), row_of("2", 2, "baseline")}), "2_b.down.sql -> 1");
}

TEST(UndoChoice, what_the_database_began_with_is_not_taken_back) {
  const std::vector<std::string> names = {"B2__all.sql", "V3__c.sql", "U2__all.sql", "U3__c.sql"};
  const std::vector<Revision> rows = {row_of("2", 2, "baseline-file"), row_of("3")};
  EXPECT_EQ(choose(names, rows), "U3__c.sql -> 2");
  EXPECT_EQ(choose(names, rows, "none"),
            "version 2 is what the database began with, and has no undo");
}

TEST(UndoChoice, version_in_the_way_without_an_undo_file_is_named) {
  const std::vector<std::string> names = {"1_a.sql", "2_b.sql", "3_c.sql", "3_c.down.sql"};
  EXPECT_EQ(choose(names, kThree), "3_c.down.sql -> 2");
  EXPECT_EQ(choose(names, kThree, "1"), "version 2 has no undo file");
  EXPECT_EQ(choose({"v1/a.sql"}, {row_of("1/a.sql")}), "version 1/a.sql has no undo file");
}

TEST(UndoChoice, version_with_two_undo_files_is_refused) {
  EXPECT_EQ(choose({"1_a.sql", "1_a.down.sql", "01_b.down.sql"}, {row_of("1")}),
            "version 1 has two undo files");
}

TEST(UndoChoice, version_to_go_back_to_has_to_be_applied) {
  EXPECT_EQ(choose(kNames, kThree, "7"), "version 7 is not applied");
  EXPECT_EQ(choose(kNames, {row_of("1"), row_of("3")}, "2"), "version 2 is not applied");
  EXPECT_EQ(choose(kNames, {row_of("2")}, "1"), "version 1 is not applied");
}

TEST(UndoChoice, partly_applied_version_is_refused) {
  EXPECT_EQ(choose(kNames, {row_of("1"), row_of("2", 1)}),
            "version 2 is partly applied (1 of 2 statements), and its undo file takes back all of "
            "it");
}

TEST(UndoChoice, version_nothing_of_which_was_applied_is_passed_over_on_the_way_to_another) {
  const std::vector<Revision> rows = {row_of("1"), row_of("2"), row_of("3", 0)};
  EXPECT_EQ(choose(kNames, rows, "1"), "2_b.down.sql -> 1");
  EXPECT_EQ(choose(kNames, rows), "version 3 failed before anything of it was applied");
}

TEST(UndoChoice, files_of_several_formats_are_refused) {
  EXPECT_NE(choose({"1_a.sql", "V2__b.sql"}, {}).find("several formats fit"), std::string::npos);
}

const Files kFiles = {{"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);"},
                      {"2_b.sql", "CREATE TABLE b (n bigint);\nUPDATE a SET n = 2;"},
                      {"2_b.down.sql", "UPDATE a SET n = 1;\nDROP TABLE b;\nDELETE FROM c;"},
                      {"1_a.down.sql", "DROP TABLE a;"}};
const std::vector<std::string> kEffects = {"CREATE TABLE a (n bigint)",
                                           "INSERT INTO a VALUES (1)",
                                           "CREATE TABLE b (n bigint)",
                                           "UPDATE a SET n = 2",
                                           "UPDATE a SET n = 1",
                                           "DROP TABLE b",
                                           "DELETE FROM c",
                                           "DROP TABLE a"};

class UndoTest : public testing::Test {
 protected:
  UndoTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
  }

  RunReport undo(const std::string& to_version = "", bool dry_run = false,
                 const Files& files = kFiles) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto report =
        engine::undo(database, make_directory(files), {to_version, dry_run}, options_, {});
    sent_ = database.sent;
    return report;
  }
  RunReport apply(const Files& files = kFiles) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    return engine::apply(database, make_directory(files), options_, {});
  }
  const Revision& row(const std::string& version) { return server_.state.revisions.at(version); }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<std::string> sent_;
};

TEST_F(UndoTest, what_is_undone_is_pending_again) {
  apply();
  const auto report = undo("1");
  ASSERT_EQ(report.status, Status::kUndone);
  EXPECT_EQ(report.undone.at(0).file, "2_b.down.sql");
  EXPECT_EQ(report.undone.at(0).statements, 3);
  EXPECT_EQ(report.current_version, "1");
  EXPECT_EQ(report.target_version, "1");
  EXPECT_TRUE(report.migrations.empty());
  EXPECT_TRUE(row("2").is_undone());
  EXPECT_EQ(undo("1").status, Status::kUpToDate);
  const auto again = apply();
  EXPECT_EQ(again.status, Status::kApplied);
  EXPECT_EQ(again.already_applied, 1);
  EXPECT_EQ(again.current_version, "2");
  EXPECT_FALSE(row("2").is_undo());
  EXPECT_TRUE(row("2").complete());
  EXPECT_EQ(row("2").total, 2);
}

TEST_F(UndoTest, placeholders_are_replaced_in_undo_files_too) {
  const Files files = {{"V1__a.sql", "CREATE TABLE a (n bigint);"},
                       {"U1__a.sql", "DROP TABLE ${t};"}};
  options_.format.placeholders.values["t"] = "a";
  options_.format.placeholders.replaced = true;
  ASSERT_EQ(apply(files).status, Status::kApplied);
  ASSERT_EQ(undo("", false, files).status, Status::kUndone);
  EXPECT_EQ(server_.state.effects.back(), "DROP TABLE a");
  ASSERT_EQ(apply(files).status, Status::kApplied);
  options_.format.placeholders.values.clear();
  EXPECT_EQ(undo("none", false, files).problems.at(0).file, "U1__a.sql");
}

TEST_F(UndoTest, dry_run_shows_the_statements_and_sends_none) {
  apply();
  const auto report = undo("none", true);
  EXPECT_EQ(report.status, Status::kPlanned);
  ASSERT_EQ(report.plan->steps.size(), 2U);
  EXPECT_EQ(report.plan->steps[0].migration.file, "2_b.down.sql");
  EXPECT_EQ(report.plan->steps[0].statements.at(1).text, "DROP TABLE b");
  EXPECT_EQ(server_.state.effects.size(), 4U);
}

TEST_F(UndoTest, undo_file_with_what_the_target_refuses_stops_before_anything_is_sent) {
  auto files = kFiles;
  files[2].second += "TRUNCATE a;";
  apply(files);
  const auto report = undo("1", false, files);
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.at(0).file, "2_b.down.sql");
  EXPECT_EQ(server_.state.effects.size(), 4U);
}

TEST_F(UndoTest, invocation_that_is_delivered_again_undoes_nothing_more) {
  apply();
  EXPECT_EQ(undo().status, Status::kUndone);
  EXPECT_EQ(undo().status, Status::kUpToDate);
  EXPECT_EQ(server_.state.effects.size(), 7U);
  options_.owner = "another";
  EXPECT_EQ(undo().status, Status::kUndone);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(UndoTest, failed_undo_is_named_by_apply_and_status_and_goes_on_after_what_is_done) {
  apply();
  server_.hook = [](Moment moment, std::string_view sql) {
    if (moment == Moment::kBefore && sql == "DROP TABLE b") {
      throw Error(ErrorKind::kStatement, "refused", {"2BP01", "refused", "", "", 0});
    }
  };
  const auto failed = undo("none");
  EXPECT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.failure->file, "2_b.down.sql");
  EXPECT_EQ(failed.failure->statement_number, 2);
  EXPECT_EQ(failed.undone.at(0).statements, 1);
  EXPECT_EQ(failed.current_version, "1");
  server_.hook = {};
  const auto refused = apply();
  EXPECT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).message,
            "version 2 is partly taken back (1 of 3 statements of its undo file); the last attempt "
            "failed: refused");
  EXPECT_EQ(undo("none").status, Status::kUndone);
  EXPECT_EQ(server_.state.effects, kEffects);
}

// In flights of a statement and of all, the request or the answer lost at each message.
TEST_F(UndoTest, every_statement_takes_effect_once_whatever_message_is_lost) {
  for (const bool plain : {false, true}) {
    for (const int flight : {0, 100}) {
      options_.flight = flight;
      options_.dialect = plain ? Dialect::kPostgres : Dialect::kDsql;
      server_.plain = plain;
      server_.state = {};
      apply();
      const auto applied = server_.state;
      bool reached = true;
      for (int at = 0; reached; ++at) {
        for (const auto lost : {Moment::kBefore, Moment::kAfter}) {
          server_.state = applied;
          int left = at;
          reached = false;
          server_.hook = [&](Moment moment, std::string_view sql) {
            if (moment != lost || sql == "connect" || reached || left-- > 0) return;
            reached = true;
            throw Error(ErrorKind::kConnectionLost, "lost", {"", "lost", "", "", 0});
          };
          const auto report = undo("none");
          ASSERT_EQ(report.status, Status::kUndone)
              << plain << flight << " at " << at << ": "
              << (report.failure ? report.failure->message : "");
          ASSERT_EQ(server_.state.effects, kEffects) << plain << flight << " at " << at;
          ASSERT_TRUE(row("1").is_undone() && row("2").is_undone());
        }
      }
      server_.hook = {};
    }
  }
}

}  // namespace
}  // namespace engine
