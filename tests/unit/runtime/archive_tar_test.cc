#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/archive.h"
#include "runtime/error.h"
#include "tests/support/archive_maker.h"

namespace runtime {
namespace {

std::string read(const std::string& bytes, const ArchiveLimits& limits = {}) {
  std::string shown;
  for (const ArchiveFile& file : read_archive(bytes, ArchiveKind::kTarGz, limits)) {
    shown += file.name + "=" + file.bytes + ";";
  }
  return shown;
}

std::string error_of(const std::string& bytes, ErrorKind kind, const ArchiveLimits& limits = {}) {
  try {
    return "nothing was thrown: " + read(bytes, limits);
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.what();
    return error.what();
  }
}

std::string read_tar(const std::vector<TarEntry>& entries) {
  return read(make_gzip(make_tar(entries)));
}

std::string refusal(const std::vector<TarEntry>& entries) {
  return error_of(make_gzip(make_tar(entries)), ErrorKind::kConfiguration);
}

std::string corrupt(const std::string& tar) {
  return error_of(make_gzip(tar), ErrorKind::kCorrupt);
}

TEST(TarArchive, files_come_in_name_order_without_folders) {
  EXPECT_EQ(read_tar({{"./", "", '5', ""},
                      {"./2_b.sql", std::string(513, 'b'), '0', ""},
                      {"sub/", "", '5', ""},
                      {"3_c.sql", "c", '0', "sub/deep"},
                      {"1_a.sql", "a", '\0', ""}}),
            "1_a.sql=a;2_b.sql=" + std::string(513, 'b') + ";sub/deep/3_c.sql=c;");
  EXPECT_EQ(read_tar({}), "");
}

TEST(TarArchive, pax_path_replaces_the_name_of_the_next_entry_only) {
  const std::string longer = std::string(300, 'x') + "/é.sql";
  EXPECT_EQ(read_tar({{"g", make_pax("comment", "a=b"), 'g', ""},
                      {"p", make_pax("mtime", "1.5") + make_pax("path", longer), 'x', ""},
                      {"short", "1", '0', ""},
                      {"other", "2", '0', ""}}),
            "other=2;" + longer + "=1;");
}

TEST(TarArchive, pax_size_replaces_the_size_of_the_next_entry) {
  TarEntry entry{"a", "123", '0', ""};
  std::string header = make_tar_entry({"a", "", '0', ""});
  EXPECT_EQ(read(make_gzip(make_tar_entry({"p", make_pax("size", "3"), 'x', ""}) + header +
                           make_tar_entry(entry).substr(512) + std::string(1024, '\0'))),
            "a=123;");
}

TEST(TarArchive, gnu_long_name_is_read) {
  const std::string longer(300, 'x');
  EXPECT_EQ(
      read_tar({{"././@LongLink", longer + std::string(1, '\0'), 'L', ""}, {longer, "1", '0', ""}}),
      longer + "=1;");
}

TEST(TarArchive, links_devices_and_sparse_files_are_refused) {
  for (const char type : {'1', '2', '3', '4', '6', 'S', 'K', 'V', 'M'}) {
    EXPECT_EQ(refusal({{"a", "", type, ""}}),
              "archive: entry 'a' is a link or a device, not a file");
  }
  EXPECT_EQ(refusal({{"p", make_pax("GNU.sparse.major", "1"), 'x', ""}, {"a", "", '0', ""}}),
            "archive: a sparse file is not taken");
}

TEST(TarArchive, names_that_lead_out_are_refused) {
  EXPECT_EQ(refusal({{"../a", "", '0', ""}}),
            "archive: entry '../a' has a name that is not taken: it leads out of its folder");
  EXPECT_EQ(refusal({{"p", make_pax("path", "/a"), 'x', ""}, {"a", "", '0', ""}}),
            "archive: entry '/a' has a name that is not taken: it is absolute");
  EXPECT_EQ(refusal({{"\xff", "", '0', ""}}),
            "archive: entry '\xef\xbf\xbd' has a name that is not taken: it is not UTF-8");
  EXPECT_EQ(refusal({{"a", "1", '0', ""}, {"./a", "2", '0', ""}}),
            "archive: entry 'a' is there twice");
  EXPECT_EQ(refusal({{"g", make_pax("path", "a"), 'g', ""}}),
            "archive: one path for all entries is not taken");
}

TEST(TarArchive, damaged_headers_are_refused) {
  std::string tar = make_tar({{"a", "", '0', ""}});
  tar[0] = 'b';
  EXPECT_EQ(corrupt(tar), "archive: a tar header does not have its checksum");
  EXPECT_EQ(corrupt(make_tar({{"p", "9 path=a", 'x', ""}})), "archive: a pax header is damaged");
  EXPECT_EQ(corrupt(make_tar({{"p", "99999999999999999999 path=a\n", 'x', ""}})),
            "archive: a pax header has a number that is none");
  EXPECT_EQ(corrupt(make_tar({{"p", make_pax("path", "a"), 'x', ""}})),
            "archive: its last entry is missing");
  EXPECT_EQ(corrupt(make_tar({{"sub/", "data", '0', ""}})),
            "archive: entry 'sub/' is a folder with data");
}

TEST(TarArchive, missing_end_and_more_behind_it_are_refused) {
  const std::string entry = make_tar_entry({"a", "x", '0', ""});
  const std::string cut_off = "archive: it is cut off: the end of the tar is missing";
  EXPECT_EQ(corrupt(entry), cut_off);
  EXPECT_EQ(corrupt(entry.substr(0, 600)), cut_off);
  EXPECT_EQ(corrupt(""), cut_off);
  EXPECT_EQ(corrupt(make_tar({}) + entry), "archive: there is something behind its end");
}

TEST(TarArchive, damaged_gzip_is_refused) {
  const std::string gzip = make_gzip(make_tar({{"a", "x", '0', ""}}));
  EXPECT_EQ(error_of("", ErrorKind::kCorrupt), "archive: the compressed data is cut off");
  EXPECT_EQ(error_of(make_zip({}), ErrorKind::kCorrupt), "archive: the compressed data is damaged");
  EXPECT_EQ(error_of(gzip.substr(0, gzip.size() - 1), ErrorKind::kCorrupt),
            "archive: the compressed data is cut off");
  EXPECT_EQ(error_of(gzip + std::string(3, '\0') + "x", ErrorKind::kCorrupt),
            "archive: there is something behind the compressed data");
  EXPECT_EQ(read(gzip + std::string(3, '\0')), "a=x;");
}

TEST(TarArchive, gzip_in_several_members_is_one_tar) {
  const std::string tar = make_tar({{"a", "x", '0', ""}, {"b", "y", '0', ""}});
  EXPECT_EQ(read(make_gzip(tar.substr(0, 700)) + make_gzip(tar.substr(700))), "a=x;b=y;");
}

TEST(TarArchive, limits_hold_while_it_is_unpacked) {
  const std::string gzip = make_gzip(make_tar({{"a", "x", '0', ""}, {"b", "y", '0', ""}}));
  ArchiveLimits limits;
  limits.total_bytes = 3071;
  EXPECT_EQ(error_of(gzip, ErrorKind::kTooLarge, limits),
            "archive: it unpacks to more than 3071 bytes, which is the most that is read");
  limits.total_bytes = 3072;
  EXPECT_EQ(read(gzip, limits), "a=x;b=y;");
  limits.entries = 1;
  EXPECT_EQ(error_of(gzip, ErrorKind::kTooLarge, limits), "archive: it has more than 1 entries");
}

// The tar has no checksum over its data, gzip has: each bit of the .tar.gz, then of the tar inside.
TEST(TarArchive, flipped_byte_never_gives_other_files) {
  const std::string tar = make_tar({{"p", make_pax("path", "1_a.sql"), 'x', ""},
                                    {"a", "SELECT 1;", '0', ""},
                                    {"2_b.sql", "SELECT 2;", '0', ""}});
  const std::string gzip = make_gzip(tar);
  const std::string right = read(gzip);
  int errors = 0;
  for (std::size_t at = 0; at < gzip.size(); ++at) {
    std::string damaged = gzip;
    damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << (at % 8)));
    try {
      EXPECT_EQ(read(damaged), right) << "byte " << at;
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 2000);
}

TEST(TarArchive, tar_with_a_flipped_byte_is_read_or_refused) {
  const std::string tar = make_tar({{"p", make_pax("path", "1_a.sql"), 'x', ""},
                                    {"a", "SELECT 1;", '0', ""},
                                    {"././@LongLink", "2_b.sql", 'L', ""},
                                    {"b", "SELECT 2;", '0', ""}});
  int errors = 0;
  for (std::size_t at = 0; at < tar.size(); ++at) {
    for (const unsigned flip : {1U, 255U}) {
      std::string damaged = tar;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      try {
        EXPECT_NE(read(make_gzip(damaged)), "") << "byte " << at;
      } catch (const Error&) {
        ++errors;
      }
    }
  }
  EXPECT_GT(errors, 4 * 512);
}

TEST(TarArchive, cut_off_anywhere_is_refused) {
  const std::string tar = make_tar({{"1_a.sql", "SELECT 1;", '0', ""}});
  for (std::size_t size = 0; size <= 1024; ++size) {
    EXPECT_THROW(read(make_gzip(tar.substr(0, size))), Error) << size;
  }
}

}  // namespace
}  // namespace runtime
