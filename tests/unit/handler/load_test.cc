// Files from an S3 and from a folder, as the engine asks for them.
#include "handler/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "handler/request_error.h"
#include "runtime/error.h"
#include "tests/support/archive_maker.h"
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
  ASSERT_EQ(files->entries().size(), 4u);
  EXPECT_EQ(files->entries()[3].name, "old/0.sql");
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

TEST_F(S3FilesTest, time_that_ends_while_files_are_read_says_how_far_it_came) {
  const auto files = open();
  read(*files, {0, 1});
  twin_.faults.assign(10, runtime::TransportFailure{runtime::TransportFailure::Kind::kTimeout,
                                                    "the deadline passed"});
  try {
    read(*files, {0, 1, 2, 3});
    FAIL() << "read";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kTimeout);
    EXPECT_EQ(std::string(error.what())
                  .find("the run's time was over when 2 files had been read "
                        "of the 4 at s3://bucket/m/ ("),
              0u)
        << error.what();
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

TEST_F(FolderFilesTest, files_in_sub_folders_are_named_by_their_path_and_hidden_folders_left_out) {
  std::filesystem::create_directories(folder_ / "v1" / "deep");
  std::filesystem::create_directories(folder_ / ".git");
  std::ofstream(folder_ / "v1" / "deep" / "3_c.sql") << "SELECT 3;";
  std::ofstream(folder_ / ".git" / "4_d.sql") << "SELECT 4;";
  const auto files = open();
  ASSERT_EQ(files->entries().size(), 3u);
  EXPECT_EQ(files->entries()[2].name, "v1/deep/3_c.sql");
  EXPECT_EQ(read(*files, {2}).at(0).bytes, "SELECT 3;");
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

std::string make_release() {
  return make_zip({stored("2_b.sql", "SELECT 2;"), stored("README.md", "x"),
                   stored("old/0.sql", "x"), stored("1_a.sql", "SELECT 1;")});
}

class S3ArchiveTest : public S3FilesTest {
 protected:
  std::unique_ptr<engine::MigrationSource> open_archive(const std::string& key) {
    return open_files(parse_source("s3://bucket/" + key), twin_.account, {}, http_, soon());
  }
};

TEST_F(S3ArchiveTest, archive_is_downloaded_once_and_its_files_are_listed_by_name) {
  twin_.put("bucket", "rel/7.zip", make_release(), {{"x-amz-version-id", "v7"}});
  twin_.put("bucket", "rel/7.zip.old", "x");
  const auto files = open_archive("rel/7.zip");
  ASSERT_EQ(files->entries().size(), 3u);
  EXPECT_EQ(files->entries()[2].name, "old/0.sql");
  const auto& entry = files->entries()[1];
  EXPECT_EQ(entry.name, "2_b.sql");
  EXPECT_EQ(entry.location, "s3://bucket/rel/7.zip!/2_b.sql");
  EXPECT_EQ(entry.etag, twin_.buckets["bucket"].objects["rel/7.zip"].etag);
  EXPECT_EQ(entry.size, 9u);
  const auto read_files = read(*files, {1, 0});
  EXPECT_EQ(read_files.at(0).bytes, "SELECT 2;");
  EXPECT_EQ(read_files[0].version_id, "v7");
  EXPECT_EQ(read_files[0].etag, entry.etag);
  EXPECT_EQ(read_files.at(1).bytes, "SELECT 1;");
  EXPECT_EQ(gets_, 1);
}

TEST_F(S3ArchiveTest, archive_that_is_not_there_is_named) {
  twin_.put("bucket", "rel/7.tgz.old", "x");
  try {
    open_archive("rel/7.tgz");
    FAIL() << "nothing was thrown";
  } catch (const RequestError& error) {
    EXPECT_STREQ(error.what(), "there is no object s3://bucket/rel/7.tgz");
  }
}

TEST_F(S3ArchiveTest, archive_with_a_bad_entry_is_refused_as_a_whole_with_both_named) {
  twin_.put("bucket", "7.zip", make_zip({stored("1_a.sql", "x"), stored("../2_b.sql", "x")}));
  try {
    open_archive("7.zip");
    FAIL() << "nothing was thrown";
  } catch (const RequestError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find("s3://bucket/7.zip: "), 0u) << what;
    EXPECT_NE(what.find("'../2_b.sql'"), std::string::npos) << what;
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST_F(S3ArchiveTest, archive_may_be_larger_than_a_file_may_be) {
  std::string noise(std::size_t{11} << 20, 'x');
  twin_.put("bucket", "7.zip", make_zip({stored("1_a.sql", "SELECT 1;"), stored("big", noise)}));
  EXPECT_EQ(open_archive("7.zip")->entries().size(), 1u);
}

TEST_F(FolderFilesTest, archive_in_the_package_is_read_like_a_folder) {
  const auto path = folder_ / "m.TGZ";
  std::ofstream(path, std::ios::binary) << make_gzip(
      make_tar({{"./2_b.sql", "SELECT 2;", '0', ""}, {"./1_a.sql", "SELECT 1;", '0', ""}}));
  const auto files = open_files(parse_source("file://" + path.string()), {}, {}, http_, soon());
  ASSERT_EQ(files->entries().size(), 2u);
  EXPECT_EQ(files->entries()[0].location, "file://" + path.string() + "!/1_a.sql");
  EXPECT_EQ(files->entries()[0].etag, "");
  EXPECT_EQ(read(*files, {1}).at(0).bytes, "SELECT 2;");
}

TEST_F(FolderFilesTest, archive_that_is_a_folder_or_missing_is_told_apart) {
  std::filesystem::create_directory(folder_ / "m.zip");
  for (const auto& [name, says] :
       {std::pair{"m.zip", "is a folder"}, {"n.zip", "cannot be read"}}) {
    try {
      open_files(parse_source("file://" + (folder_ / name).string()), {}, {}, http_, soon());
      FAIL() << name;
    } catch (const RequestError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace handler
