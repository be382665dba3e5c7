// hash with "write", of a folder and of an S3 prefix.
#include "handler/sum_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/migrator.h"
#include "handler/load.h"
#include "handler/response.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/s3_twin.h"

namespace handler {
namespace {

using engine::RunReport;
using engine::Status;
using test_support::FakeHttp;

class SumFileTest : public testing::Test {
 protected:
  SumFileTest() {
    twin_.account = {"AKIDEXAMPLE", runtime::Secret("SECRETEXAMPLEKEY"), runtime::Secret(""), {}};
    twin_.now = std::chrono::system_clock::now();
    twin_.put("bucket", "m/1_a.sql", "SELECT 1;");
    twin_.put("bucket", "m/2_b.sql", "SELECT 2;");
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "1_a.sql") << "SELECT 1;";
  }
  ~SumFileTest() override { std::filesystem::remove_all(folder_); }

  RunReport hash(const std::string& url) {
    const auto source = parse_source(url);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    const runtime::Environment environment;
    const auto files = open_files(source, twin_.account, environment, http_, deadline);
    auto report = engine::hash(*files, {});
    if (before_write_) before_write_();
    write_sum({source, twin_.account, environment, http_, deadline}, *files, &report);
    return report;
  }
  RunReport hash_prefix() { return hash("s3://bucket/m/"); }
  RunReport hash_folder() { return hash("file://" + folder_.string()); }

  std::string text_in_bucket() const { return twin_.buckets.at("bucket").objects.at(kKey).body; }
  std::size_t count_puts() const {
    return static_cast<std::size_t>(
        std::count_if(http_.requests.begin(), http_.requests.end(),
                      [](const auto& request) { return request.method == "PUT"; }));
  }

  static constexpr const char* kKey = "m/atlas.sum";
  test_support::S3Twin twin_;
  FakeHttp http_{[this](const runtime::HttpRequest& request) { return twin_(request); }};
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sum_file_test." + std::to_string(getpid()));
  std::function<void()> before_write_;
};

TEST_F(SumFileTest, of_a_prefix_is_put_beside_its_files_and_only_when_it_is_another) {
  const auto first = hash_prefix();
  EXPECT_EQ(first.status, Status::kUpToDate);
  EXPECT_EQ(first.sum->written_to, "s3://bucket/m/atlas.sum");
  EXPECT_EQ(text_in_bucket(), first.sum->text);
  EXPECT_EQ(make_message(first),
            "s3://bucket/m/atlas.sum is written; before that: there is no atlas.sum");
  EXPECT_EQ(hash_prefix().sum->written_to, "");
  EXPECT_EQ(count_puts(), 1U);
  twin_.put("bucket", "m/2_b.sql", "SELECT 3;");
  const auto second = hash_prefix();
  EXPECT_EQ(text_in_bucket(), second.sum->text);
  EXPECT_NE(first.sum->text, second.sum->text);
  EXPECT_EQ(second.problems.at(0).message, "2_b.sql was changed after atlas.sum was written");
}

TEST_F(SumFileTest, that_somebody_else_has_written_meanwhile_is_not_replaced) {
  before_write_ = [&] { twin_.put("bucket", kKey, "h1:of other files\n"); };
  const auto report = hash_prefix();
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "source-changed");
  EXPECT_EQ(report.sum->written_to, "");
  EXPECT_EQ(text_in_bucket(), "h1:of other files\n");
}

// Two people at once; or the answer to our own write was lost, and it was sent again.
TEST_F(SumFileTest, with_the_same_text_by_now_is_as_good_as_written) {
  const auto text = hash_prefix().sum->text;
  twin_.buckets.at("bucket").objects.erase(kKey);
  before_write_ = [&] { twin_.put("bucket", kKey, text); };
  const auto report = hash_prefix();
  EXPECT_EQ(report.status, Status::kUpToDate);
  EXPECT_EQ(report.sum->written_to, "s3://bucket/m/atlas.sum");
  EXPECT_EQ(count_puts(), 2U);
}

TEST_F(SumFileTest, without_the_right_to_write_the_answer_says_which_and_has_the_text) {
  twin_.permissions.erase("s3:PutObject");
  const auto report = hash_prefix();
  EXPECT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "access-denied");
  EXPECT_NE(report.failure->message.find("s3:PutObject on bucket/m/atlas.sum"), std::string::npos);
  EXPECT_NE(report.failure->hint.find("WriteAtlasSum=true"), std::string::npos);
  EXPECT_TRUE(report.sum->text.starts_with("h1:"));
  EXPECT_EQ(twin_.buckets.at("bucket").objects.count(kKey), 0U);
}

TEST_F(SumFileTest, of_a_folder_is_a_file_in_it) {
  const auto report = hash_folder();
  EXPECT_EQ(report.status, Status::kUpToDate);
  EXPECT_EQ(report.sum->written_to, "file://" + (folder_ / "atlas.sum").string());
  std::ifstream in(folder_ / "atlas.sum");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), report.sum->text);
  const auto written = std::filesystem::last_write_time(folder_ / "atlas.sum");
  EXPECT_EQ(hash_folder().sum->written_to, "");
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "atlas.sum"), written);
}

TEST_F(SumFileTest, that_a_folder_does_not_take_is_pending_with_its_text) {
  std::filesystem::create_directory(folder_ / "atlas.sum");
  const auto report = hash_folder();
  EXPECT_EQ(report.status, Status::kPending);
  EXPECT_TRUE(report.sum->text.starts_with("h1:"));
  EXPECT_EQ(report.problems.at(0).code, "sum-not-written");
  EXPECT_EQ(make_message(report),
            "atlas.sum is to be written anew, its text is in sum: it cannot be written in " +
                folder_.string() + ": Is a directory");
}

TEST_F(SumFileTest, of_another_layout_is_none) {
  std::filesystem::rename(folder_ / "1_a.sql", folder_ / "V1__a.sql");
  const auto report = hash_folder();
  EXPECT_EQ(report.status, Status::kInvalid);
  EXPECT_EQ(report.problems.at(0).code, "no-sum");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "atlas.sum"));
}

}  // namespace
}  // namespace handler
