#include "engine/sum_check.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/file_reading.h"
#include "engine/migrator.h"
#include "tests/support/fake_database.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

SourceFile file_of(const std::string& name, const std::string& bytes) {
  return {name, bytes, "s3://b/" + name, "", "\"" + name + "\""};
}

const std::vector<SourceFile> kFiles = {file_of("2_b.sql", "CREATE TABLE b (id int);\n"),
                                        file_of("1_a.sql", "CREATE TABLE a (id int);\n")};

// Of Atlas itself.
constexpr const char* kSum =
    "h1:suWOgEl4b8+ZGnGkyRcy2AueRtZKAkT6PdNTDiVWU88=\n"
    "1_a.sql h1:e72Wd39UNYY4sGrVkNYkCs4GRrWBQ0ASXh73rS+WpU4=\n"
    "2_b.sql h1:LYBzMWp8I1J0wb5WVXG/rhd1DXb0uUx/zp1eAIICVlY=\n";

std::vector<SourceFile> with(std::vector<SourceFile> files, const std::string& name,
                             const std::string& bytes) {
  files.push_back(file_of(name, bytes));
  return files;
}

std::string check(const std::vector<SourceFile>& files, SumRule rule) {
  FakeSource source(files);
  const auto problem = check_sum(source, rule);
  return problem ? problem->code : "right";
}

TEST(SumCheck, the_sum_covers_the_sql_files_of_the_top_folder) {
  auto files = with(kFiles, "atlas.sum", kSum);
  files = with(with(with(files, "sub/3.sql", "x"), "V.SQL", "x"), "1_a.sql.conf", "x");
  EXPECT_EQ(check(files, SumRule::kVerify), "right");
  EXPECT_EQ(check(with(files, "3_c.sql", "SELECT 1;"), SumRule::kVerify), "sum-stale");
}

TEST(SumCheck, of_golang_migrates_files_only_those_up_count) {
  const std::vector<SourceFile> ups = {file_of("1_a.up.sql", "SELECT 1;")};
  FakeSource source(with(ups, "1_a.down.sql", "SELECT 2;"));
  const auto sum = to_string(read_sum(source).computed);
  EXPECT_EQ(sum.find("down"), std::string::npos);
  EXPECT_EQ(check(with(with(ups, "1_a.down.sql", "SELECT 3;"), "atlas.sum", sum), SumRule::kVerify),
            "right");
}

TEST(SumCheck, sum_of_an_older_atlas_has_all_of_golang_migrates_files) {
  const std::vector<SourceFile> files = {file_of("1_a.down.sql", "SELECT 2;"),
                                         file_of("1_a.up.sql", "SELECT 1;")};
  const auto sum =
      to_string(make_atlas_sum({{files[0].name, files[0].bytes}, {files[1].name, files[1].bytes}}));
  EXPECT_EQ(check(with(files, "atlas.sum", sum), SumRule::kVerify), "right");
  const auto edited = with({files[1]}, "1_a.down.sql", "SELECT 3;");
  EXPECT_EQ(check(with(edited, "atlas.sum", sum), SumRule::kVerify), "sum-stale");
}

TEST(SumCheck, a_file_that_would_run_and_that_no_sum_covers_is_refused) {
  const std::vector<SourceFile> ups = {file_of("1_a.up.sql", "SELECT 1;"),
                                       file_of("1_a.down.sql", "SELECT 2;")};
  FakeSource source(ups);
  const auto sum = to_string(read_sum(source).computed);
  const auto summed = with(ups, "atlas.sum", sum);
  EXPECT_EQ(check(summed, SumRule::kRequire), "right");
  FakeSource mixed(with(summed, "2_b.sql", "SELECT 3;"));
  const auto problem = check_sum(mixed, SumRule::kVerify);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code + " " + problem->file, "sum-stale 2_b.sql");
  EXPECT_EQ(
      check(with(with(kFiles, "atlas.sum", kSum), "3_c.sql", "-- atlas:sum ignore\nSELECT 3;"),
            SumRule::kRequire),
      "sum-stale");
}

TEST(SumCheck, hash_asks_for_a_sum_of_ignored_files_too) {
  FakeSource ignored({file_of("1_a.sql", "-- atlas:sum ignore\n\nSELECT 1;")});
  EXPECT_EQ(hash(ignored, {}).problems.at(0).code, "sum-missing");
}

TEST(SumCheck, a_missing_sum_is_an_error_only_where_it_has_to_be_there) {
  EXPECT_EQ(check(kFiles, SumRule::kVerify), "right");
  EXPECT_EQ(check(kFiles, SumRule::kRequire), "sum-missing");
  EXPECT_EQ(check(with(kFiles, "atlas.sum", "h1:x\n"), SumRule::kIgnore), "right");
  EXPECT_EQ(check(with(kFiles, "atlas.sum", "h1:x\n"), SumRule::kRequire), "sum-wrong");
}

TEST(SumCheck, files_are_read_one_after_the_other) {
  FakeSource source(with(kFiles, "atlas.sum", kSum));
  EXPECT_FALSE(check_sum(source, SumRule::kVerify));
  EXPECT_EQ(source.reads, (std::vector<std::string>{"atlas.sum", "1_a.sql", "2_b.sql"}));
}

class SumRunTest : public testing::Test {
 protected:
  RunReport run(std::vector<SourceFile> files) {
    FakeDatabase database(server_);
    source_.emplace(std::move(files));
    options_.sum = SumRule::kVerify;
    options_.owner = "test";
    return apply(database, *source_, options_, [](const Event&) {});
  }

  FakeServer server_;
  RunOptions options_;
  std::optional<FakeSource> source_;
};

TEST_F(SumRunTest, a_stale_sum_stops_a_run_before_anything_is_sent) {
  auto report = run(with(kFiles, "atlas.sum", "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.at(0).code, "sum-stale");
  EXPECT_TRUE(server_.state.effects.empty());
  EXPECT_EQ(run(with(kFiles, "atlas.sum", kSum)).status, Status::kApplied);
}

// Nothing is new: the sum was right when they were applied, and nothing is downloaded for it.
TEST_F(SumRunTest, a_run_that_reads_no_file_does_not_look_at_the_sum) {
  ASSERT_EQ(run(with(kFiles, "atlas.sum", kSum)).status, Status::kApplied);
  EXPECT_EQ(run(with(kFiles, "atlas.sum", "h1:x\n")).status, Status::kUpToDate);
  EXPECT_TRUE(source_->reads.empty());
  auto more = with(with(kFiles, "3_c.sql", "CREATE TABLE c (id int);"), "atlas.sum", kSum);
  EXPECT_EQ(run(more).status, Status::kInvalid);
}

TEST(Hash, the_text_is_that_of_atlas_and_the_answer_says_whether_it_is_there) {
  FakeSource missing(kFiles);
  const auto report = hash(missing, {});
  EXPECT_EQ(report.status, Status::kPending);
  EXPECT_EQ(report.sum->text, kSum);
  EXPECT_EQ(report.sum->files, 2);
  EXPECT_EQ(report.problems.at(0).code, "sum-missing");
  EXPECT_EQ(report.problems.at(0).severity, Severity::kWarning);
  FakeSource there(with(kFiles, "atlas.sum", kSum));
  EXPECT_EQ(hash(there, {}).status, Status::kUpToDate);
  FakeSource flyway({file_of("V1__a.sql", "SELECT 1;")});
  const auto refused = hash(flyway, {});
  EXPECT_EQ(refused.status, Status::kInvalid);
  EXPECT_EQ(refused.problems.at(0).code, "no-sum");
}

TEST(ValidateFiles, every_problem_of_the_files_is_named_without_a_database) {
  FakeSource source({file_of("1_a.sql", "CREATE TABLE a (id serial PRIMARY KEY);"),
                     file_of("2_b.sql", "SELECT 'open"), file_of("atlas.sum", "h1:x\n")});
  RunOptions options;
  options.sum = SumRule::kVerify;
  const auto report = validate_files(source, options);
  EXPECT_EQ(report.status, Status::kInvalid);
  std::vector<std::string> codes;
  for (const auto& problem : report.problems) codes.push_back(problem.code);
  EXPECT_EQ(codes.at(0), "sum-wrong");
  EXPECT_EQ(codes.size(), 3u);
  FakeSource good(kFiles);
  EXPECT_EQ(validate_files(good, options).status, Status::kValid);
}

}  // namespace
}  // namespace engine
