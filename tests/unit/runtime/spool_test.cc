#include "runtime/spool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace {

using runtime::Spool;

const std::string kFolder = std::filesystem::temp_directory_path();

TEST(Spool, gives_back_what_was_put_there) {
  Spool spool(kFolder);
  EXPECT_TRUE(spool.put(7, "seven"));
  EXPECT_TRUE(spool.put(3, std::string("\0three", 6)));
  EXPECT_TRUE(spool.put(4, ""));
  EXPECT_EQ(spool.get(7), "seven");
  EXPECT_EQ(spool.get(3), std::string("\0three", 6));
  EXPECT_EQ(spool.get(4), "");
  EXPECT_EQ(spool.get(5), std::nullopt);
}

TEST(Spool, file_has_no_name) {
  const auto folder = std::filesystem::path(kFolder) / ("spool_test." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  Spool spool(folder);
  EXPECT_TRUE(spool.put(1, "x"));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(Spool, folder_that_is_not_there_has_no_room) {
  Spool spool("/nonexistent");
  EXPECT_FALSE(spool.put(1, "x"));
  EXPECT_EQ(spool.get(1), std::nullopt);
}

// A limit on the file's size stands for a full disk.
TEST(Spool, full_disk_keeps_what_is_there) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  Spool spool(kFolder);
  EXPECT_TRUE(spool.put(1, "12345678"));
  EXPECT_FALSE(spool.put(2, "abcdefgh"));
  EXPECT_TRUE(spool.put(3, "9"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(spool.get(1), "12345678");
  EXPECT_EQ(spool.get(2), std::nullopt);
  EXPECT_EQ(spool.get(3), "9");
}

}  // namespace
