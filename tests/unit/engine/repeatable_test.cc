// Repeatable migrations, baseline files and Atlas' checkpoints in whole runs against a server in
// memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/executor.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;
using Files = std::vector<std::pair<std::string, std::string>>;
using Texts = std::vector<std::string>;

const std::pair<std::string, std::string> kTable = {"V1__a.sql", "CREATE TABLE r (n bigint);"};
// None of these statements may run twice.
const Files kFiles = {kTable,
                      {"R__b.sql",
                       "DROP TABLE r;\nCREATE TABLE r (n bigint);\n"
                       "INSERT INTO r VALUES (${n});\nINSERT INTO r VALUES (2);"},
                      {"R__a.sql", "INSERT INTO a VALUES ('${flyway:filename}');"}};

class RepeatableTest : public testing::Test {
 protected:
  RepeatableTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.lock_timeout = 75s;
    set("1");
  }

  void set(const std::string& n) { options_.format.placeholders.values["n"] = n; }

  FakeSource make_source(const Files& files) const {
    std::vector<SourceFile> sources;
    for (const auto& [name, text] : files) {
      sources.push_back({name, text, "test/" + name, "", "etag of " + text});
    }
    return FakeSource(std::move(sources));
  }

  // What took effect in this run is in effects().
  RunReport apply(const Files& files) {
    server_.state.effects.clear();
    return go_on(files);
  }
  RunReport go_on(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto source = make_source(files);
    auto report = engine::apply(database, source, options_, {});
    reads_ = source.reads;
    return report;
  }
  Plan plan(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto source = make_source(files);
    return engine::plan(database, source, options_, {}).plan.value_or(Plan{});
  }

  const Texts& effects() const { return server_.state.effects; }
  const Revision& row(const std::string& version) { return server_.state.revisions.at(version); }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  Texts reads_;
};

Texts effects_with(const std::string& n) {
  return {"DROP TABLE r", "CREATE TABLE r (n bigint)", "INSERT INTO r VALUES (" + n + ")",
          "INSERT INTO r VALUES (2)"};
}

TEST_F(RepeatableTest, they_run_after_the_versions_in_the_order_of_their_descriptions) {
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kApplied);
  auto expected = effects_with("1");
  expected.insert(expected.begin(), {kTable.second.substr(0, kTable.second.size() - 1),
                                     "INSERT INTO a VALUES ('R__a.sql')"});
  EXPECT_EQ(effects(), expected);
  EXPECT_EQ(report.current_version, "1");
  EXPECT_EQ(report.target_version, "1");
  EXPECT_EQ(row("R:a").kind, "repeatable");
  EXPECT_EQ(report.migrations.at(1).version, "R:a");
}

TEST_F(RepeatableTest, they_run_again_when_their_text_or_a_value_in_it_changed) {
  apply(kFiles);
  EXPECT_EQ(apply(kFiles).status, Status::kUpToDate);
  set("7");
  ASSERT_EQ(plan(kFiles).steps.size(), 1U);
  EXPECT_TRUE(plan(kFiles).steps[0].reruns);
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(effects(), effects_with("7"));
  auto files = kFiles;
  files[2].second += "INSERT INTO a VALUES ('more');";
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(effects(),
            (Texts{"INSERT INTO a VALUES ('R__a.sql')", "INSERT INTO a VALUES ('more')"}));
  EXPECT_EQ(row("R:a").total, 2);
  EXPECT_EQ(apply(files).status, Status::kUpToDate);
}

TEST_F(RepeatableTest, what_has_no_placeholder_is_not_read_when_nothing_says_that_it_changed) {
  const Files files = {kTable, {"R__x.sql", "INSERT INTO r VALUES (1);"}, kFiles[1]};
  apply(files);
  apply(files);
  EXPECT_EQ(reads_, (Texts{"R__b.sql"}));
}

TEST_F(RepeatableTest, lost_message_or_answer_runs_nothing_twice_and_leaves_nothing_out) {
  for (const bool plain : {false, true}) {
    for (const int flight : {0, 100}) {
      for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
        options_.flight = flight;
        options_.dialect = plain ? Dialect::kPostgres : Dialect::kDsql;
        server_.plain = plain;
        for (int message = 0, sent = message + 1; sent > message; ++message) {
          server_.state = {};
          set("1");
          apply(kFiles);
          set("7");
          sent = 0;
          server_.hook = [&](Moment when, std::string_view) {
            if (when != moment || sent++ != message) return;
            throw Error(ErrorKind::kConnectionLost, "cut", {"", "cut", "", "", 0});
          };
          const auto report = apply(kFiles);
          server_.hook = {};
          if (report.status != Status::kApplied) go_on(kFiles);
          ASSERT_EQ(effects(), effects_with("7")) << message << " " << flight << " " << plain;
          ASSERT_TRUE(row("R:b").complete());
        }
      }
    }
  }
}

// A run that ends at a statement, as one that is killed or refused there.
class HalfAppliedTest : public RepeatableTest {
 protected:
  HalfAppliedTest() {
    apply({kTable});
    server_.hook = [](Moment when, std::string_view sql) {
      if (when != Moment::kBefore || sql != "INSERT INTO r VALUES (2)") return;
      throw Error(ErrorKind::kStatement, "refused", {"23505", "refused", "", "", 0});
    };
    EXPECT_EQ(apply(kRepeatable).status, Status::kFailed);
    server_.hook = {};
    EXPECT_EQ(row("R:b").applied, 3);
  }

  const Files kRepeatable = {kTable, kFiles[1]};
};

TEST_F(HalfAppliedTest, goes_on_when_what_is_applied_is_as_it_was) {
  auto files = kRepeatable;
  files[1].second.replace(files[1].second.rfind("(2)"), 3, "(3)");
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO r VALUES (3)"}));
}

TEST_F(HalfAppliedTest, begins_again_when_a_part_that_is_applied_changed) {
  set("8");
  EXPECT_EQ(apply(kRepeatable).status, Status::kApplied);
  EXPECT_EQ(effects(), effects_with("8"));
}

TEST_F(HalfAppliedTest, is_only_a_warning_without_its_file) {
  const auto report = apply({kTable});
  EXPECT_EQ(report.status, Status::kUpToDate);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].code, "missing-file");
  EXPECT_EQ(report.problems[0].severity, Severity::kWarning);
}

TEST_F(HalfAppliedTest, is_refused_while_a_job_of_the_text_before_may_be_at_work) {
  server_.state.revisions.at("R:b").job_ids = {"1:job"};
  set("8");
  const auto report = apply(kRepeatable);
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.at(0).code, "partial-file-edited");
}

TEST_F(RepeatableTest, versioned_file_half_applied_keeps_the_values_it_began_with) {
  const Files files = {{"V1__a.sql",
                        "CREATE TABLE r (n bigint);\nINSERT INTO r VALUES (${n});\n"
                        "INSERT INTO r VALUES (2);"}};
  server_.hook = [](Moment when, std::string_view sql) {
    if (when != Moment::kBefore || sql != "INSERT INTO r VALUES (2)") return;
    throw Error(ErrorKind::kStatement, "refused", {"23505", "refused", "", "", 0});
  };
  ASSERT_EQ(apply(files).status, Status::kFailed);
  server_.hook = {};
  set("8");
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.at(0).code, "partial-file-edited");
  EXPECT_EQ(report.problems[0].line, 2);
  EXPECT_NE(report.problems[0].hint.find("placeholder"), std::string::npos);
  set("1");
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO r VALUES (2)"}));
}

const Files kWithBaseline = {
    {"V1__a.sql", "INSERT INTO a VALUES (1);"},
    {"V2__b.sql", "INSERT INTO a VALUES (2);"},
    {"B1__old.sql", "INSERT INTO a VALUES (-1);"},
    {"B2__all.sql", "INSERT INTO a VALUES (0);\nINSERT INTO a VALUES (9);"},
    {"V3__c.sql", "INSERT INTO a VALUES (3);"}};

TEST_F(RepeatableTest, newest_baseline_file_stands_for_all_before_it_on_an_empty_ledger) {
  const auto report = apply(kWithBaseline);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (0)", "INSERT INTO a VALUES (9)",
                              "INSERT INTO a VALUES (3)"}));
  EXPECT_EQ(row("2").kind, "baseline-file");
  EXPECT_FALSE(server_.state.revisions.contains("1"));
  const auto again = apply(kWithBaseline);
  EXPECT_EQ(again.status, Status::kUpToDate);
  EXPECT_TRUE(again.problems.empty());
  EXPECT_EQ(apply({kWithBaseline[0], kWithBaseline[4]}).status, Status::kUpToDate)
      << "it may go when it is applied";
}

TEST_F(RepeatableTest, baseline_file_above_the_version_asked_for_is_left_out) {
  options_.selection.to_version = "1";
  ASSERT_EQ(apply(kWithBaseline).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (-1)"}));
}

TEST_F(RepeatableTest, version_asked_for_below_all_baseline_files_runs_the_versions_themselves) {
  options_.selection.to_version = "1";
  ASSERT_EQ(apply({kWithBaseline[0], kWithBaseline[1], kWithBaseline[3]}).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (1)"}));
}

TEST_F(RepeatableTest, version_asked_for_below_the_baseline_file_that_was_applied_runs_nothing) {
  ASSERT_EQ(apply(kWithBaseline).status, Status::kApplied);
  effects();
  options_.selection.to_version = "1";
  const auto report = apply(kWithBaseline);
  EXPECT_EQ(report.status, Status::kUpToDate);
  EXPECT_EQ(report.problems.at(0).code, "below-baseline");
  EXPECT_EQ(effects(), Texts{});
}

TEST_F(RepeatableTest, baseline_files_are_not_for_a_database_that_has_begun_without) {
  apply({kWithBaseline[0]});
  EXPECT_EQ(apply(kWithBaseline).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (2)", "INSERT INTO a VALUES (3)"}));
}

TEST_F(RepeatableTest, half_applied_baseline_file_is_finished) {
  server_.hook = [](Moment when, std::string_view sql) {
    if (when != Moment::kBefore || sql != "INSERT INTO a VALUES (9)") return;
    throw Error(ErrorKind::kStatement, "refused", {"23505", "refused", "", "", 0});
  };
  ASSERT_EQ(apply(kWithBaseline).status, Status::kFailed);
  server_.hook = {};
  EXPECT_EQ(apply({kWithBaseline[0]}).problems.at(0).code, "missing-file");
  EXPECT_EQ(apply(kWithBaseline).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (9)", "INSERT INTO a VALUES (3)"}));
}

TEST_F(RepeatableTest, changed_baseline_file_is_refused) {
  apply(kWithBaseline);
  auto files = kWithBaseline;
  files[3].second += "SELECT 1;";
  EXPECT_EQ(apply(files).problems.at(0).code, "checksum-mismatch");
}

const Files kWithCheckpoint = {{"1_a.sql", "INSERT INTO a VALUES (1); SELECT 'open"},
                               {"2_all.sql", "-- atlas:checkpoint v1\n\nINSERT INTO a VALUES (0);"},
                               {"3_b.sql", "INSERT INTO a VALUES (3);"}};

TEST_F(RepeatableTest, checkpoint_stands_for_all_before_it_on_an_empty_ledger) {
  ASSERT_EQ(apply(kWithCheckpoint).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (0)", "INSERT INTO a VALUES (3)"}));
  EXPECT_EQ(row("2").kind, "baseline-file");
  const auto again = apply(kWithCheckpoint);
  EXPECT_EQ(again.status, Status::kUpToDate);
  EXPECT_TRUE(again.problems.empty());
}

TEST_F(RepeatableTest, checkpoint_is_not_for_a_database_that_has_begun_without) {
  const Files first = {{"1_a.sql", "INSERT INTO a VALUES (1);"}};
  apply(first);
  EXPECT_EQ(apply({first[0], kWithCheckpoint[1], kWithCheckpoint[2]}).status, Status::kApplied);
  EXPECT_EQ(effects(), (Texts{"INSERT INTO a VALUES (3)"}));
}

}  // namespace
}  // namespace engine
