// Files from an S3 and from a folder, as the engine asks for them.
#include "handler/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "handler/request_error.h"
#include "runtime/error.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/s3_twin.h"

namespace handler {
namespace {

using engine::SourceFile;
using test_support::FakeHttp;
using Indices = std::vector<std::size_t>;

runtime::Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds{60}; }

std::vector<SourceFile> read(engine::MigrationSource& files, const Indices& wanted) {
  std::vector<SourceFile> taken;
  files.read(wanted, [&](SourceFile file) { taken.push_back(std::move(file)); });
  return taken;
}

class S3FilesTest : public testing::Test {
 protected:
  S3FilesTest() {
    twin_.account = {"AKIDEXAMPLE", runtime::Secret("SECRETEXAMPLEKEY"), runtime::Secret(""), {}};
    twin_.now = std::chrono::system_clock::now();
    twin_.before_get = [this] { ++gets_; };
    for (const char* name : {"1_a.sql", "2_b.sql", "3_c.sql"}) {
      twin_.put("bucket", std::string("m/") + name, std::string("SELECT '") + name + "';");
    }
    twin_.put("bucket", "m/README.md", "x");
    twin_.put("bucket", "m/old/0.sql", "x");
  }

  std::unique_ptr<engine::MigrationSource> open(const std::string& folder = "/tmp") {
    const runtime::Environment environment(runtime::Environment::Variables{{"TMPDIR", folder}});
    return open_files(parse_source("s3://bucket/m/"), twin_.account, environment, http_, soon());
  }

  test_support::S3Twin twin_;
  FakeHttp http_{[this](const runtime::HttpRequest& request) { return twin_(request); }};
  int gets_ = 0;
};

TEST_F(S3FilesTest, listing_reads_nothing) {
  const auto files = open();
  ASSERT_EQ(files->entries().size(), 3u);
  const auto& entry = files->entries()[1];
  EXPECT_EQ(entry.name, "2_b.sql");
  EXPECT_EQ(entry.location, "s3://bucket/m/2_b.sql");
  EXPECT_EQ(entry.etag, twin_.buckets["bucket"].objects["m/2_b.sql"].etag);
  EXPECT_EQ(entry.size, 17u);
  EXPECT_EQ(gets_, 0);
}

TEST_F(S3FilesTest, each_file_is_downloaded_once_however_often_it_is_read) {
  const auto files = open();
  ASSERT_EQ(read(*files, {1}).size(), 1u);
  EXPECT_EQ(gets_, 1);
  const auto all = read(*files, {0, 1, 2});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].bytes, "SELECT '1_a.sql';");
  EXPECT_EQ(all[1].bytes, "SELECT '2_b.sql';");
  EXPECT_EQ(all[2].name, "3_c.sql");
  EXPECT_EQ(all[2].etag, files->entries()[2].etag);
  read(*files, {2, 0, 1});
  EXPECT_EQ(gets_, 3);
}

TEST_F(S3FilesTest, without_room_on_disk_a_file_is_downloaded_again) {
  const auto files = open("/nonexistent");
  read(*files, {0, 1});
  EXPECT_EQ(read(*files, {1}).at(0).bytes, "SELECT '2_b.sql';");
  EXPECT_EQ(gets_, 3);
}

TEST_F(S3FilesTest, file_replaced_since_it_was_listed_is_refused) {
  const auto files = open();
  twin_.put("bucket", "m/2_b.sql", "DROP TABLE x;");
  try {
    read(*files, {0, 1});
    FAIL() << "nothing was thrown";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kChanged);
  }
}

TEST_F(S3FilesTest, version_is_the_buckets_or_else_the_etag) {
  twin_.put("bucket", "m/2_b.sql", "SELECT 2;", {{"x-amz-version-id", "v7"}});
  const auto files = open();
  const auto both = read(*files, {0, 1});
  EXPECT_EQ(both.at(0).version_id, both[0].etag);
  EXPECT_EQ(both.at(1).version_id, "v7");
}

class FolderFilesTest : public testing::Test {
 protected:
  FolderFilesTest() {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "2_b.sql") << "SELECT 2;";
    std::ofstream(folder_ / "1_a.sql") << "SELECT 1;";
    std::ofstream(folder_ / "notes.txt") << "x";
  }
  ~FolderFilesTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<engine::MigrationSource> open() {
    return open_files(parse_source("file://" + folder_.string()), {}, {}, http_, soon());
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("load_test." + std::to_string(getpid()));
  FakeHttp http_{[](const runtime::HttpRequest&) { return test_support::make_response(500); }};
};

TEST_F(FolderFilesTest, files_are_in_name_order_and_say_where_they_are) {
  const auto files = open();
  ASSERT_EQ(files->entries().size(), 2u);
  EXPECT_EQ(files->entries()[0].name, "1_a.sql");
  EXPECT_EQ(files->entries()[0].location, "file://" + (folder_ / "1_a.sql").string());
  EXPECT_EQ(files->entries()[0].etag, "");
  EXPECT_EQ(read(*files, {1, 0}).at(0).bytes, "SELECT 2;");
}

TEST_F(FolderFilesTest, file_that_is_gone_or_has_another_size_is_named) {
  const auto files = open();
  std::ofstream(folder_ / "2_b.sql", std::ios::app) << "SELECT 3;";
  EXPECT_THROW(read(*files, {1}), RequestError);
  std::filesystem::remove(folder_ / "1_a.sql");
  try {
    read(*files, {0});
    FAIL() << "nothing was thrown";
  } catch (const RequestError& error) {
    EXPECT_NE(std::string(error.what()).find("1_a.sql"), std::string::npos);
  }
}

}  // namespace
}  // namespace handler
