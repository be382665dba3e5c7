// Whole runs of engine/migrator.h against a server in memory.
#include "engine/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "engine/error.h"
#include "engine/migrator.h"
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

const Files kFiles = {{"1_a.sql",
                       "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);\n"
                       "CREATE TABLE b (n bigint);"},
                      {"2_b.sql", "UPDATE a SET n = 2;"}};

const std::vector<std::string> kEffects = {"CREATE TABLE a (n bigint)", "INSERT INTO a VALUES (1)",
                                           "CREATE TABLE b (n bigint)", "UPDATE a SET n = 2"};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.flight = 0;  // one statement at a time; flight_run_test.cc has more in the air
  }

  RunReport apply(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    auto report = engine::apply(database, make_directory(files), options_, {});
    sent_ = database.sent;
    return report;
  }
  RunReport status(const Files& files) {
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    return engine::status(database, make_directory(files), options_, {});
  }

  // Once, around the first statement that contains `part`.
  void once(Moment when, const std::string& part, std::function<void()> action) {
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment != when || sql.find(part) == std::string_view::npos) return;
      server_.hook = {};
      action();
    };
  }
  static std::function<void()> throws(ErrorKind kind) {
    return [kind] { throw Error(kind, "fault", {"", "fault", "", "", 0}); };
  }
  long sent(const std::string& sql) const { return std::count(sent_.begin(), sent_.end(), sql); }
  const Revision& row(const std::string& version) { return server_.state.revisions.at(version); }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<std::string> sent_;
};

TEST_F(ExecutorTest, applies_everything_once_and_then_nothing) {
  const auto report = apply(kFiles);
  EXPECT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(report.statements_applied, 4);
  EXPECT_EQ(report.current_version, "2");
  EXPECT_TRUE(row("1").complete());
  EXPECT_TRUE(row("2").complete());
  EXPECT_FALSE(server_.state.lock->nonce.size());
  EXPECT_EQ(apply(kFiles).status, Status::kUpToDate);
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, ledger_names_the_statement_before_it_goes_out) {
  std::vector<int> in_doubt;
  server_.hook = [&](Moment moment, std::string_view sql) {
    const bool statement = std::find(kEffects.begin(), kEffects.end(), sql) != kEffects.end();
    if (moment != Moment::kBefore || !statement) return;
    const auto& revisions = server_.state.revisions;
    in_doubt.push_back(revisions.rbegin()->second.in_doubt);
  };
  apply(kFiles);
  EXPECT_EQ(in_doubt, (std::vector<int>{1, 0, 3, 0}));
}

TEST_F(ExecutorTest, every_statement_takes_effect_once_when_its_answer_or_request_is_lost) {
  for (const auto kind : {ErrorKind::kConnectionLost, ErrorKind::kUnavailable}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      for (const auto& statement : kEffects) {
        server_.state = {};
        once(moment, statement, throws(kind));
        const auto report = apply(kFiles);
        ASSERT_EQ(report.status, Status::kApplied) << statement;
        EXPECT_EQ(server_.state.effects, kEffects) << statement;
        EXPECT_EQ(report.retries, 1);
      }
    }
  }
}

TEST_F(ExecutorTest, conflict_is_tried_again_without_reconnecting) {
  for (const auto& statement : kEffects) {
    server_.state = {};
    once(Moment::kBefore, statement, throws(ErrorKind::kConflict));
    EXPECT_EQ(apply(kFiles).status, Status::kApplied) << statement;
    EXPECT_EQ(server_.state.effects, kEffects) << statement;
    EXPECT_EQ(sent(statement), 2);
  }
}

TEST_F(ExecutorTest, table_that_was_there_before_is_not_taken_for_ours) {
  server_.state.relations.insert("b");
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->sqlstate, "42P07");
  EXPECT_EQ(row("1").applied, 2);
  EXPECT_EQ(row("1").in_doubt, 0);
  EXPECT_EQ(row("1").error, "b already exists");
  const auto later = status(kFiles);
  ASSERT_EQ(later.status, Status::kFailed);
  EXPECT_EQ(later.failure->line, report.failure->line) << "status finds the statement in the file";
}

TEST_F(ExecutorTest, statement_nobody_can_settle_stops_the_run_and_says_how_to_go_on) {
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCALL p(5);"}};
  once(Moment::kAfter, "CALL", throws(ErrorKind::kConnectionLost));
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_TRUE(report.failure->in_doubt);
  EXPECT_EQ(report.failure->line, 2);
  EXPECT_NE(report.failure->hint.find(
                R"({"command":"repair","version":"1","statement":2,"outcome":"notDone"})"),
            std::string::npos);
  EXPECT_EQ(row("1").in_doubt, 2);
  EXPECT_EQ(apply(files).failure->code, "statement-in-doubt") << "still nobody knows";
  server_.state.revisions.at("1").in_doubt = 0;
  EXPECT_EQ(apply(files).status, Status::kApplied) << "a person said that it had no effect";
}

TEST_F(ExecutorTest, older_table_of_the_name_is_not_taken_for_the_one_in_doubt) {
  once(Moment::kBefore, "CREATE TABLE b", [&] {
    server_.state.relations.insert("b");
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_NE(report.failure->message.find("is there a table of that name"), std::string::npos);
  EXPECT_EQ(row("1").in_doubt, 3);
  EXPECT_EQ(sent("CREATE TABLE b (n bigint)"), 1);
  server_.state.relations.erase("b");
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, question_comes_before_anything_else_on_the_new_connection) {
  once(Moment::kAfter, "CREATE TABLE b", throws(ErrorKind::kConnectionLost));
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  const auto at = std::find(sent_.begin(), sent_.end(), "CREATE TABLE b (n bigint)");
  ASSERT_NE(at, sent_.end());
  EXPECT_TRUE(std::next(at)->starts_with("SELECT CASE"));
  EXPECT_EQ(sent("CREATE TABLE b (n bigint)"), 1);
}

TEST_F(ExecutorTest, question_that_is_refused_leaves_the_doubt) {
  once(Moment::kAfter, "CREATE TABLE b", [&] {
    once(Moment::kBefore, "SELECT CASE",
         [] { throw Error(ErrorKind::kStatement, "no such catalog", {"42P01", "", "", "", 0}); });
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "statement-in-doubt");
  EXPECT_NE(report.failure->message.find("no such catalog"), std::string::npos);
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, first_sending_that_ends_after_the_question_is_found_when_the_second_fails) {
  server_.answers["CREATE TABLE b (n bigint)"] = "not done";
  once(Moment::kAfter, "CREATE TABLE b", [&] {
    once(Moment::kAfter, "SELECT CASE", [&] { server_.answers.clear(); });
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(sent("CREATE TABLE b (n bigint)"), 2);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, second_run_that_says_already_so_is_done) {
  const Files files = {{"1_a.sql", "CREATE STATISTICS s ON n, m FROM a;\nUPDATE a SET n = 2;"}};
  once(Moment::kAfter, "CREATE STATISTICS", [&] {
    once(Moment::kBefore, "CREATE STATISTICS",
         [] { throw Error(ErrorKind::kStatement, "exists", {"42710", "", "", "", 0}); });
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects.size(), 2u);
}

TEST_F(ExecutorTest, refused_second_run_leaves_the_doubt_unless_the_text_is_to_blame) {
  const Files files = {{"1_a.sql", "COMMENT ON TABLE a IS 'x';"}};
  for (const std::string sqlstate : {"42P01", "42501", "54000"}) {
    server_.state = {};
    once(Moment::kBefore, "COMMENT", [&] {
      once(Moment::kBefore, "COMMENT",
           [&] { throw Error(ErrorKind::kStatement, "no", {sqlstate, "", "", "", 0}); });
      throw Error(ErrorKind::kConnectionLost, "cut");
    });
    const auto report = apply(files);
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->sqlstate, sqlstate);
    EXPECT_EQ(row("1").in_doubt, sqlstate == "42P01" ? 0 : 1) << sqlstate;
  }
}

TEST_F(ExecutorTest, index_in_doubt_that_is_being_built_is_waited_for_and_not_built_again) {
  const Files files = {{"1_a.sql", "CREATE INDEX a_n ON a (n);"}};
  server_.next_jobs = {{"processing", "", ""}};
  once(Moment::kAfter, "CREATE INDEX", [&] {
    once(Moment::kAfter, "SELECT job_id, status", [&] {
      server_.jobs["job1"].status = "completed";
      server_.state.indexes["a_n"] = true;
    });
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kApplied);
  EXPECT_EQ(sent("CREATE INDEX ASYNC a_n ON a (n)"), 1);
  EXPECT_EQ(server_.jobs.size(), 1u);
  EXPECT_TRUE(row("1").complete());
}

TEST_F(ExecutorTest, index_in_doubt_whose_build_failed_is_dropped_and_built_again) {
  const Files files = {{"1_a.sql", "CREATE INDEX a_n ON a (n);"}};
  server_.next_jobs = {{"failed", "", ""}};
  once(Moment::kAfter, "CREATE INDEX", throws(ErrorKind::kConnectionLost));
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(sent("DROP INDEX \"public\".\"a_n\""), 1);
  EXPECT_EQ(sent("CREATE INDEX ASYNC a_n ON a (n)"), 2);
  EXPECT_TRUE(server_.state.indexes.at("a_n"));
}

TEST_F(ExecutorTest, run_that_died_with_a_statement_on_the_wire_is_settled_by_the_next) {
  struct Killed {};
  for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
    for (const auto& statement : kEffects) {
      server_.state = {};
      once(moment, statement, [] { throw Killed(); });
      EXPECT_THROW(apply(kFiles), Killed);
      time_.pass(61s);
      ASSERT_EQ(apply(kFiles).status, Status::kApplied) << statement;
      EXPECT_EQ(server_.state.effects, kEffects) << statement;
    }
  }
}

TEST_F(ExecutorTest, doubt_survives_a_run_that_does_not_come_to_the_statement) {
  struct Killed {};
  once(Moment::kAfter, "CREATE TABLE b", [] { throw Killed(); });
  EXPECT_THROW(apply(kFiles), Killed);
  time_.pass(61s);
  once(Moment::kAfter, "INSERT INTO \"dsql_migrate\"", [&] { time_.pass(9min + 51s); });
  EXPECT_EQ(apply(kFiles).status, Status::kContinue);
  EXPECT_EQ(row("1").in_doubt, 3);
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, statement_in_doubt_that_is_wrong_in_itself_may_be_corrected) {
  struct Killed {};
  Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nALTER TABLE a ADD COLUMN c nosuch;"}};
  once(Moment::kBefore, "ADD COLUMN", [] { throw Killed(); });
  EXPECT_THROW(apply(files), Killed);
  time_.pass(61s);
  once(Moment::kBefore, "ADD COLUMN",
       [] { throw Error(ErrorKind::kStatement, "no such type", {"42704", "", "", "", 0}); });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_FALSE(report.failure->in_doubt);
  files[0].second = "CREATE TABLE a (n bigint);\nALTER TABLE a ADD COLUMN c text;";
  EXPECT_EQ(apply(files).status, Status::kApplied);
}

TEST_F(ExecutorTest, password_that_fails_at_a_reconnect_is_a_failure_with_what_was_done) {
  once(Moment::kAfter, "INSERT INTO a", [&] {
    once(Moment::kBefore, "connect", [] { throw std::runtime_error("no credentials"); });
    throw Error(ErrorKind::kConnectionLost, "cut");
  });
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "connect-failed");
  EXPECT_EQ(report.failure->message, "no new connection: no credentials");
  EXPECT_EQ(report.failure->statement_number, 2);
  EXPECT_EQ(report.statements_applied, 1);
}

TEST_F(ExecutorTest, lost_lease_stops_before_the_next_statement) {
  const auto take_over = [&] {
    server_.state.lock->fencing = 9;
    ++server_.commits;
  };
  once(Moment::kAfter, "INSERT INTO a", take_over);
  const auto rows = apply(kFiles);
  ASSERT_EQ(rows.status, Status::kFailed);
  EXPECT_EQ(rows.failure->code, "lease-lost");
  EXPECT_FALSE(rows.failure->in_doubt);
  EXPECT_EQ(server_.state.effects.size(), 1u);
  EXPECT_EQ(row("1").applied, 1);

  server_.state = {};
  once(Moment::kBefore, "CREATE TABLE b", take_over);
  const auto schema = apply(kFiles);
  ASSERT_EQ(schema.status, Status::kFailed);
  EXPECT_EQ(schema.failure->code, "lease-lost");
  EXPECT_TRUE(schema.failure->in_doubt);
  EXPECT_EQ(schema.failure->statement_number, 3);
  EXPECT_EQ(sent("UPDATE a SET n = 2"), 0);
  EXPECT_EQ(row("1").applied, 2);
  EXPECT_EQ(row("1").in_doubt, 3) << "what the record before it said";
}

TEST_F(ExecutorTest, lease_lost_while_something_was_looked_up_stops_what_it_was_for) {
  for (const bool leftover : {false, true}) {
    server_.state = {};
    if (leftover) server_.state.indexes["a_n"] = false;
    once(Moment::kAfter, "SELECT n.nspname, c.relname, i.indexrelid", [&] {
      server_.state.lock->fencing = 9;
      ++server_.commits;
    });
    const auto report =
        apply({{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}});
    ASSERT_EQ(report.status, Status::kFailed);
    EXPECT_EQ(report.failure->code, "lease-lost");
    EXPECT_EQ(server_.state.effects.size(), 1u);
    EXPECT_EQ(server_.state.indexes.count("a_n"), leftover ? 1u : 0u) << "not dropped";
  }
}

TEST_F(ExecutorTest, second_run_is_locked_out) {
  RunReport other;
  once(Moment::kBefore, "INSERT INTO a", [&] {
    RunOptions options = options_;
    options.owner = "other";
    options.clock.random = [] { return 0.25; };  // another nonce
    FakeDatabase database(server_);
    other = engine::apply(database, make_directory(kFiles), options, {});
  });
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(other.status, Status::kLocked);
  EXPECT_EQ(other.lock->owner, "me");
}

TEST_F(ExecutorTest, run_that_waited_for_the_lock_looks_again_at_what_is_left) {
  RunReport other;
  once(Moment::kBefore, "UPDATE \"dsql_migrate\".lock SET owner", [&] {
    FakeDatabase database(server_);
    other = engine::apply(database, make_directory(kFiles), options_, {});
  });
  EXPECT_EQ(apply(kFiles).status, Status::kUpToDate);
  EXPECT_EQ(other.status, Status::kApplied);
  EXPECT_EQ(server_.state.effects, kEffects);
}

TEST_F(ExecutorTest, budget_stops_between_statements_with_nothing_in_doubt) {
  once(Moment::kAfter, "INSERT INTO a", [&] { time_.pass(9min + 51s); });
  const auto report = apply(kFiles);
  ASSERT_EQ(report.status, Status::kContinue);
  ASSERT_EQ(report.pending.size(), 2u);
  EXPECT_EQ(report.pending[0].applied, 2);
  EXPECT_EQ(report.pending[1].applied, 0);
  EXPECT_EQ(row("1").in_doubt, 0);
  EXPECT_EQ(row("1").error, "");
  EXPECT_EQ(apply(kFiles).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects, kEffects);
}

// Read once to look at them, and again, one by one, to run them.
TEST_F(ExecutorTest, budget_that_ends_while_a_file_is_read_is_a_pause_when_something_was_done) {
  for (const auto* name : {"2_b.sql", "1_a.sql"}) {
    server_.state = {};
    auto source = make_directory(kFiles);
    int times = 0;
    source.before_read = [&](const SourceFile& file) {
      if (file.name != name || ++times != 2) return;
      time_.pass(9min + 51s);
      throw std::runtime_error("the deadline passed");
    };
    FakeDatabase database(server_);
    options_.deadline = time_.now() + 10min;
    const auto report = engine::apply(database, source, options_, {});
    if (name == std::string("2_b.sql")) {
      ASSERT_EQ(report.status, Status::kContinue);
      ASSERT_EQ(report.pending.size(), 1u);
      EXPECT_EQ(report.pending[0].version, "2");
    } else {
      ASSERT_EQ(report.status, Status::kFailed);
      EXPECT_EQ(report.failure->code, "timeout");
      EXPECT_EQ(report.failure->file, "1_a.sql");
    }
    EXPECT_EQ(apply(kFiles).status, Status::kApplied);
    EXPECT_EQ(server_.state.effects, kEffects);
  }
}

TEST_F(ExecutorTest, index_under_way_at_the_end_of_the_budget_is_picked_up) {
  const Files files = {{"1_a.sql", "CREATE TABLE a (n bigint);\nCREATE INDEX a_n ON a (n);"}};
  server_.next_jobs = {{"processing", "", ""}};
  const auto first = apply(files);
  ASSERT_EQ(first.status, Status::kContinue);
  ASSERT_EQ(first.jobs.size(), 1u);
  EXPECT_EQ(first.jobs[0].state, "processing");
  EXPECT_GT(first.job_wait, 9min);
  EXPECT_EQ(row("1").job_ids, std::vector<std::string>{"2:job1"});
  EXPECT_EQ(status(files).status, Status::kPending);

  server_.jobs["job1"].status = "completed";
  server_.state.indexes["a_n"] = true;
  const auto done = status(files);
  EXPECT_EQ(done.status, Status::kUpToDate);
  EXPECT_EQ(done.current_version, done.target_version);
  EXPECT_TRUE(done.pending.empty());
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_TRUE(row("1").complete());
}

TEST_F(ExecutorTest, job_that_says_completed_is_not_believed_without_a_valid_index) {
  const Files files = {{"1_a.sql", "CREATE INDEX a_n ON a (n);"}};
  server_.next_jobs = {{"processing", "", ""}};
  once(Moment::kAfter, "SELECT job_id, status", [&] { server_.jobs["job1"].status = "completed"; });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "job-failed");
  EXPECT_EQ(report.failure->detail, "the index is not valid");
  EXPECT_FALSE(server_.state.indexes.contains("a_n"));
  EXPECT_EQ(row("1").job_ids, std::vector<std::string>{"1:"});
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_TRUE(server_.state.indexes.at("a_n"));
}

TEST_F(ExecutorTest, job_that_vanished_is_decided_by_the_catalog_once_it_stays_away) {
  const Files files = {{"1_a.sql", "CREATE INDEX a_n ON a (n);"}};
  server_.next_jobs = {{"processing", "", ""}};
  once(Moment::kAfter, "CREATE INDEX", [&] { server_.jobs.clear(); });
  const auto report = apply(files);
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.jobs.at(0).state, "vanished");
  EXPECT_GE(server_.now, 2'000) << "three looks, and two seconds";
  EXPECT_LT(server_.now, 3'000);
}

TEST_F(ExecutorTest, files_with_errors_are_not_sent) {
  const auto report = apply({{"1_a.sql", "SELECT 'x"}});
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ExecutorTest, failure_to_connect_is_a_report_with_the_problems_of_the_names) {
  once(Moment::kBefore, "connect", throws(ErrorKind::kAuthentication));
  const auto report = apply({{"a.sql", "SELECT 1"}});
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "authentication-failed");
  EXPECT_EQ(report.problems.size(), 1u);
}

TEST_F(ExecutorTest, plain_file_is_one_transaction_with_its_row) {
  options_.dialect = Dialect::kPostgres;
  const Files files = {{"1_a.sql", "INSERT INTO a VALUES (1);\nUPDATE a SET n = 2;"}};
  for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
    for (const char* at : {"INSERT INTO a", "UPDATE a", "COMMIT"}) {
      server_.state = {};
      once(moment, at, throws(ErrorKind::kConnectionLost));
      ASSERT_EQ(apply(files).status, Status::kApplied) << at;
      EXPECT_EQ(server_.state.effects.size(), 2u) << at;
      EXPECT_TRUE(row("1").complete());
    }
  }
}

}  // namespace
}  // namespace engine
