#include "runtime/replace_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;
using runtime::replace_file;

class ReplaceFile : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(folder); }
  void TearDown() override { fs::remove_all(folder); }

  std::string text_of(const fs::path& path) const {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  std::size_t count_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  const fs::path folder = fs::temp_directory_path() / ("replace_file." + std::to_string(getpid()));
  const fs::path file = folder / "atlas.sum";
};

TEST_F(ReplaceFile, makes_and_replaces_a_file_and_leaves_no_other) {
  EXPECT_FALSE(replace_file(file, "first"));
  EXPECT_EQ(text_of(file), "first");
  EXPECT_FALSE(replace_file(file, std::string("\0b", 2)));
  EXPECT_EQ(text_of(file), std::string("\0b", 2));
  EXPECT_EQ(count_files(), 1U);
}

TEST_F(ReplaceFile, keeps_an_existing_files_permissions) {
  std::ofstream(file) << "x";
  chmod(file.c_str(), 0640);
  EXPECT_FALSE(replace_file(file, "y"));
  struct stat now = {};
  ASSERT_EQ(stat(file.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777U, 0640U);
}

TEST_F(ReplaceFile, who_has_the_old_file_open_goes_on_reading_it) {
  std::ofstream(file) << "old";
  std::ifstream reader(file);
  EXPECT_FALSE(replace_file(file, "new"));
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old");
}

// A limit on the file's size stands for a full disk.
TEST_F(ReplaceFile, on_a_full_disk_the_old_file_stays) {
  std::ofstream(file) << "old";
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const auto error = replace_file(file, std::string(20, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, std::errc::file_too_large);
  EXPECT_EQ(text_of(file), "old");
  EXPECT_EQ(count_files(), 1U);
}

TEST_F(ReplaceFile, a_name_that_cannot_be_taken_leaves_nothing_behind) {
  fs::create_directory(file);
  EXPECT_EQ(replace_file(file, "x"), std::errc::is_a_directory);
  EXPECT_EQ(count_files(), 1U);
  EXPECT_EQ(replace_file(folder / "none" / "atlas.sum", "x"), std::errc::no_such_file_or_directory);
}

}  // namespace
