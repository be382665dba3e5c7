// Which files a run reads, and when, against a server in memory.
#include "engine/source.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/error.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_database.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;
using Names = std::vector<std::string>;

SourceFile file_of(const std::string& name, const std::string& text, const std::string& etag) {
  return {name, text, "s3://b/" + name, "", etag};
}

const std::vector<SourceFile> kFiles = {
    file_of("1_a.sql", "CREATE TABLE a (n bigint);", "A"),
    file_of("2_b.sql", "CREATE TABLE b (n bigint);\nINSERT INTO b VALUES (1);", "B"),
    file_of("3_c.sql", "CREATE TABLE c (n bigint);", "C")};

using Command = RunReport (*)(Database&, MigrationSource&, const RunOptions&, const Observer&);

class SourceTest : public testing::Test {
 protected:
  RunReport run(FakeSource& source, Command command) {
    FakeDatabase database(server_);
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.deadline = time_.now() + 10min;
    auto report = command(database, source, options_, {});
    sent_ = database.sent.size();
    return report;
  }
  // What is read when everything in `files` but for their changes since is applied.
  Names reads_of(const std::vector<SourceFile>& files) {
    FakeSource source(files);
    report_ = run(source, &engine::apply);
    return source.reads;
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  RunReport report_;
  std::size_t sent_ = 0;
};

TEST_F(SourceTest, files_to_apply_are_read_once_to_look_and_once_to_run) {
  EXPECT_EQ(reads_of(kFiles),
            (Names{"1_a.sql", "2_b.sql", "3_c.sql", "1_a.sql", "2_b.sql", "3_c.sql"}));
  EXPECT_EQ(report_.status, Status::kApplied);
  EXPECT_EQ(server_.state.revisions.at("2").source_etag, "B");
  EXPECT_EQ(server_.state.revisions.at("2").source_size, kFiles[1].bytes.size());
}

TEST_F(SourceTest, applied_files_that_are_as_the_ledger_says_are_not_read) {
  reads_of(kFiles);
  EXPECT_EQ(reads_of(kFiles), Names{});
  EXPECT_EQ(report_.status, Status::kUpToDate);
  EXPECT_EQ(report_.already_applied, 3);
  EXPECT_EQ(sent_, 1u);
}

TEST_F(SourceTest, another_etag_size_or_place_makes_a_file_worth_a_look) {
  reads_of(kFiles);
  auto files = kFiles;
  files[1].etag = "B2";
  EXPECT_EQ(reads_of(files), Names{"2_b.sql"});
  EXPECT_EQ(report_.status, Status::kUpToDate);
  EXPECT_TRUE(report_.problems.empty());
  files = kFiles;
  files[2].location = "s3://other/3_c.sql";
  EXPECT_EQ(reads_of(files), Names{"3_c.sql"});
  server_.state.revisions["1"].source_size += 1;
  EXPECT_EQ(reads_of(kFiles), Names{"1_a.sql"});
}

TEST_F(SourceTest, file_without_etag_is_always_looked_at) {
  auto files = kFiles;
  for (auto& file : files) file.etag = "";
  reads_of(files);
  EXPECT_EQ(reads_of(files).size(), 3u);
}

TEST_F(SourceTest, changed_file_is_compared_with_its_whole_row) {
  reads_of(kFiles);
  auto files = kFiles;
  files[1] = file_of("2_b.sql", "CREATE TABLE b (n bigint);\nINSERT INTO b VALUES (2);", "B2");
  EXPECT_EQ(reads_of(files), (Names{"2_b.sql", "2_b.sql"}));
  EXPECT_EQ(report_.status, Status::kInvalid);
  ASSERT_EQ(report_.problems.size(), 1u);
  EXPECT_EQ(report_.problems[0].message,
            "version 2 was changed after it was applied: statement 2 is another one");
  EXPECT_EQ(report_.problems[0].line, 2);
  EXPECT_EQ(sent_, 2u);
}

TEST_F(SourceTest, many_changed_files_are_compared_a_hundred_a_message) {
  std::vector<SourceFile> files;
  for (int i = 1; i <= 250; ++i) {
    const auto name = std::to_string(i) + ".sql";
    files.push_back(file_of(name, "UPDATE a SET n = " + std::to_string(i), name));
  }
  reads_of(files);
  for (auto& file : files) {
    file.bytes += " -- \r\n";
    file.etag += "2";
  }
  EXPECT_EQ(reads_of(files).size(), 500u);
  EXPECT_EQ(report_.status, Status::kUpToDate);
  EXPECT_EQ(report_.problems.size(), 250u);
  EXPECT_EQ(report_.problems[249].code, "layout-changed");
  EXPECT_EQ(sent_, 4u);
}

TEST_F(SourceTest, partly_applied_file_is_read_although_its_etag_is_known) {
  server_.hook = [](Moment, std::string_view sql) {
    if (sql.starts_with("INSERT INTO b")) throw Error(ErrorKind::kStatement, "no");
  };
  reads_of(kFiles);
  EXPECT_EQ(report_.status, Status::kFailed);
  server_.hook = {};
  FakeSource source(kFiles);
  const auto report = run(source, &engine::status);
  EXPECT_EQ(report.failure->line, 2);
  EXPECT_EQ(source.reads, (Names{"2_b.sql", "3_c.sql", "2_b.sql"}));
  EXPECT_EQ(reads_of(kFiles), (Names{"2_b.sql", "3_c.sql", "2_b.sql", "3_c.sql"}));
  EXPECT_EQ(report_.status, Status::kApplied);
}

TEST_F(SourceTest, plan_that_is_shown_has_its_statements_from_one_reading) {
  FakeSource source(kFiles);
  const auto report = run(source, &engine::plan);
  EXPECT_EQ(report.plan->steps.at(1).statements.at(1).text, "INSERT INTO b VALUES (1)");
  EXPECT_EQ(source.reads.size(), 3u);
}

TEST_F(SourceTest, file_that_changes_before_it_runs_stops_the_run_there) {
  FakeSource source(kFiles);
  source.before_read = [&](SourceFile& file) {
    if (source.reads.size() > 3 && file.name == "2_b.sql") file.bytes += "DROP TABLE a;";
  };
  options_.flight = 1;
  const auto report = run(source, &engine::apply);
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "source-failed");
  EXPECT_EQ(report.failure->file, "2_b.sql");
  EXPECT_EQ(report.migrations.size(), 1u);
  EXPECT_EQ(report.pending.size(), 2u);
  EXPECT_TRUE(server_.state.lock->nonce.empty());
}

TEST_F(SourceTest, source_that_fails_before_anything_was_sent_is_the_callers_to_explain) {
  FakeSource source(kFiles);
  source.before_read = [](SourceFile&) { throw std::runtime_error("gone"); };
  EXPECT_THROW(run(source, &engine::apply), std::runtime_error);
}

TEST_F(SourceTest, source_that_fails_later_is_a_report_and_the_lock_is_free) {
  FakeSource source(kFiles);
  source.before_read = [&](SourceFile&) {
    if (source.reads.size() > 3) throw std::runtime_error("gone");
  };
  const auto report = run(source, &engine::apply);
  EXPECT_EQ(report.failure->code, "source-failed");
  EXPECT_EQ(report.failure->message, "gone");
  EXPECT_TRUE(server_.state.lock->nonce.empty());
}

}  // namespace
}  // namespace engine
