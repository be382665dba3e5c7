#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/archive.h"
#include "runtime/crc.h"
#include "runtime/error.h"
#include "tests/support/archive_maker.h"

namespace runtime {
namespace {

std::string read(const std::string& bytes, const ArchiveLimits& limits = {}) {
  std::string shown;
  for (const ArchiveFile& file : read_archive(bytes, ArchiveKind::kZip, limits)) {
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

std::string refusal(const ZipEntry& entry) {
  return error_of(make_zip({entry}), ErrorKind::kConfiguration);
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Twenty lines as zlib packs them.
ZipEntry deflated(const std::string& name) {
  ZipEntry entry = stored(name, from_hex("0b76f571750e5130b4e60a1ed22c00"));
  entry.unpacked = repeated("SELECT 1;\n", 20);
  entry.method = 8;
  return entry;
}

TEST(Archive, kind_is_read_off_the_name) {
  EXPECT_EQ(archive_kind("db/a.ZIP"), ArchiveKind::kZip);
  EXPECT_EQ(archive_kind("a.tar.gz"), ArchiveKind::kTarGz);
  EXPECT_EQ(archive_kind("a.Tgz"), ArchiveKind::kTarGz);
  EXPECT_EQ(archive_kind("a.gz"), std::nullopt);
  EXPECT_EQ(archive_kind("zip"), std::nullopt);
  EXPECT_EQ(archive_kind("a.zip/"), std::nullopt);
}

TEST(ZipArchive, files_come_in_name_order_without_folders) {
  EXPECT_EQ(read(make_zip({stored("2_b.sql", "b"), stored("sub/", ""), stored("sub/./3_c.sql", ""),
                           stored("./1_a.sql", "a")},
                          "made by hand")),
            "1_a.sql=a;2_b.sql=b;sub/3_c.sql=;");
  EXPECT_EQ(read(make_zip({})), "");
}

TEST(ZipArchive, deflated_entry_is_inflated) {
  EXPECT_EQ(read(make_zip({deflated("1.sql")})), "1.sql=" + repeated("SELECT 1;\n", 20) + ";");
}

// `zip -fz` of Info-ZIP 3.0.
TEST(ZipArchive, zip64_is_read) {
  EXPECT_EQ(
      read(from_hex(
          "504b03042d0000000000f633755d7fa90e50ffffffffffffffff08003000315fc3a92e73716c5554090003d0"
          "3a016bd03a016b75780b000104000000000400000000010010000a000000000000000a0000000000000053"
          "454c45435420313b0a504b01021e032d0000000000f633755d7fa90e500a000000ffffffff080024000000"
          "000001000000a48100000000315fc3a92e73716c5554050003d03a016b75780b0001040000000004000000"
          "00010008000a00000000000000504b06062c000000000000001e032d00000000000000000001000000000000"
          "0001000000000000005a000000000000006000000000000000504b060700000000ba000000000000000100"
          "0000504b050600000000010001005a000000ffffffff0000")),
      "1_é.sql=SELECT 1;\n;");
}

TEST(ZipArchive, names_are_utf8_marked_or_not_or_code_page_437) {
  ZipEntry marked = stored("é", "");
  marked.flags = 1 << 11;
  EXPECT_EQ(read(make_zip({marked})), "é=;");
  EXPECT_EQ(read(make_zip({stored("é", "")})), "é=;");
  EXPECT_EQ(read(make_zip({stored("\x82\xe1\xff.sql", "")})), "éß\u00a0.sql=;");
}

TEST(ZipArchive, unicode_path_is_believed_for_the_name_it_belongs_to) {
  const auto with_path = [](std::uint32_t crc) {
    ZipEntry entry = stored("plain", "");
    std::string field("\x75\x70\x09\x00\x01", 5);
    for (int i = 0; i < 4; ++i) field += static_cast<char>(crc >> (8 * i) & 0xff);
    entry.extra = field +
                  "\xe2\x82\xac"
                  "x";
    return make_zip({entry});
  };
  EXPECT_EQ(read(with_path(crc32("plain"))), "€x=;");
  EXPECT_EQ(read(with_path(crc32("other"))), "plain=;");
}

TEST(ZipArchive, names_that_lead_out_are_refused) {
  const std::string refused = " has a name that is not taken: ";
  EXPECT_EQ(refusal(stored("../a", "")),
            "archive: entry '../a'" + refused + "it leads out of its folder");
  EXPECT_EQ(refusal(stored("a/../../b", "")),
            "archive: entry 'a/../../b'" + refused + "it leads out of its folder");
  EXPECT_EQ(refusal(stored("a/..", "")),
            "archive: entry 'a/..'" + refused + "it leads out of its folder");
  EXPECT_EQ(refusal(stored("/etc/a", "")), "archive: entry '/etc/a'" + refused + "it is absolute");
  EXPECT_EQ(refusal(stored("C:a", "")), "archive: entry 'C:a'" + refused + "it is absolute");
  EXPECT_EQ(refusal(stored("a\\b", "")), "archive: entry 'a\\b'" + refused + "it has a backslash");
  EXPECT_EQ(refusal(stored("", "")), "archive: entry ''" + refused + "it is empty");
  EXPECT_EQ(refusal(stored("a//b", "")),
            "archive: entry 'a//b'" + refused + "a part of it is empty");
  EXPECT_EQ(refusal(stored("a//", "")), "archive: entry 'a//'" + refused + "a part of it is empty");
  EXPECT_EQ(refusal(stored("a\nb", "")),
            "archive: entry 'a?b'" + refused + "it has a control character");
  EXPECT_EQ(refusal(stored(std::string("a\0b", 3), "")),
            "archive: entry 'a?b'" + refused + "it has a control character");
  EXPECT_EQ(
      refusal(stored(std::string(1025, 'a'), "")),
      "archive: entry '" + std::string(200, 'a') + "'" + refused + "it is longer than 1024 bytes");
  ZipEntry marked = stored("\x82", "");
  marked.flags = 1 << 11;
  EXPECT_EQ(refusal(marked), "archive: entry '\xef\xbf\xbd'" + refused + "it is not UTF-8");
}

TEST(ZipArchive, two_entries_of_one_name_are_refused) {
  EXPECT_EQ(error_of(make_zip({stored("a", "1"), stored("./a", "2")}), ErrorKind::kConfiguration),
            "archive: entry 'a' is there twice");
}

TEST(ZipArchive, encryption_other_methods_links_and_disks_are_refused) {
  ZipEntry entry = stored("a", "x");
  entry.flags = 1;
  EXPECT_EQ(refusal(entry), "archive: entry 'a' is encrypted");
  entry.flags = 0;
  entry.method = 12;
  EXPECT_EQ(refusal(entry),
            "archive: entry 'a' is packed with method 12; stored and deflated are taken");
  entry.method = 0;
  entry.disk = 1;
  EXPECT_EQ(refusal(entry), "archive: a part of a zip on several disks is not taken");
  entry.disk = 0;
  entry.made_by = 3 << 8;
  entry.attributes = 0120777U << 16;
  EXPECT_EQ(refusal(entry), "archive: entry 'a' is a link or a device, not a file");
  entry.attributes = 0100644U << 16;
  EXPECT_EQ(read(make_zip({entry})), "a=x;");
}

TEST(ZipArchive, wrong_checksum_or_length_is_refused) {
  ZipEntry entry = stored("a", "x");
  entry.unpacked = "y";
  EXPECT_EQ(error_of(make_zip({entry}), ErrorKind::kCorrupt),
            "archive: entry 'a' does not have the checksum it should");
  entry.unpacked = "xy";
  EXPECT_EQ(error_of(make_zip({entry}), ErrorKind::kCorrupt),
            "archive: entry 'a' has a header that contradicts the directory");
  ZipEntry packed = deflated("a");
  packed.unpacked += "z";
  EXPECT_EQ(error_of(make_zip({packed}), ErrorKind::kCorrupt),
            "archive: entry 'a' cannot be unpacked: the compressed data does not have the length "
            "its header says");
  packed = deflated("a");
  packed.data += "z";
  EXPECT_EQ(error_of(make_zip({packed}), ErrorKind::kCorrupt),
            "archive: entry 'a' cannot be unpacked: the compressed data does not have the length "
            "its header says");
}

TEST(ZipArchive, local_header_of_another_name_is_refused) {
  ZipEntry entry = stored("a", "x");
  entry.local_name = "b";
  EXPECT_EQ(error_of(make_zip({entry}), ErrorKind::kCorrupt),
            "archive: entry 'a' has a header that contradicts the directory");
}

TEST(ZipArchive, what_is_no_zip_is_refused) {
  const std::string message =
      "archive: it is no zip, or it is cut off: its end record is not at its end";
  EXPECT_EQ(error_of("", ErrorKind::kCorrupt), message);
  EXPECT_EQ(error_of("SELECT 1;", ErrorKind::kCorrupt), message);
  EXPECT_EQ(error_of(make_zip({stored("a", "x")}) + "x", ErrorKind::kCorrupt), message);
  EXPECT_EQ(error_of("x" + make_zip({stored("a", "x")}), ErrorKind::kCorrupt),
            "archive: its directory is not where its end record says");
}

TEST(ZipArchive, entries_that_share_data_are_refused) {
  // The second central header points at the first entry's data.
  std::string zip = make_zip({stored("a", "x"), stored("a", "x")});
  const std::size_t second = zip.rfind("PK\x01\x02");
  zip.replace(second + 42, 4, std::string(4, '\0'));
  EXPECT_EQ(error_of(zip, ErrorKind::kCorrupt), "archive: entry 'a' overlaps another entry");
}

TEST(ZipArchive, limits_hold_before_anything_is_unpacked) {
  ArchiveLimits limits;
  limits.entries = 1;
  EXPECT_EQ(error_of(make_zip({stored("a", ""), stored("b", "")}), ErrorKind::kTooLarge, limits),
            "archive: it has more than 1 entries");
  limits = {};
  limits.total_bytes = 5;
  EXPECT_EQ(read(make_zip({stored("a", "123"), stored("b", "45")}), limits), "a=123;b=45;");
  EXPECT_EQ(
      error_of(make_zip({stored("a", "123"), stored("b", "456")}), ErrorKind::kTooLarge, limits),
      "archive: it unpacks to more than 5 bytes, which is the most that is read");
  ZipEntry bomb = stored("a", "x");
  bomb.unpacked = std::string(std::size_t{2} << 20, '0');
  bomb.method = 8;
  EXPECT_EQ(error_of(make_zip({bomb}), ErrorKind::kTooLarge),
            "archive: entry 'a' unpacks to more than 250 times its size");
}

// Every byte, each of its bits and all of them: the same files or an error, never others.
TEST(ZipArchive, flipped_byte_never_gives_other_files) {
  const std::string zip =
      make_zip({deflated("1_a.sql"), stored("2_b.sql", "SELECT 2;"), stored("sub/", "")}, "hello");
  const std::string right = read(zip);
  int errors = 0;
  for (std::size_t at = 0; at < zip.size(); ++at) {
    for (const unsigned flip : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U, 255U}) {
      std::string damaged = zip;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      try {
        EXPECT_EQ(read(damaged), right) << "byte " << at << " flipped by " << flip;
      } catch (const Error&) {
        ++errors;
      }
    }
  }
  EXPECT_GT(errors, 0);
}

TEST(ZipArchive, cut_off_anywhere_is_refused) {
  const std::string zip = make_zip({deflated("1_a.sql"), stored("2_b.sql", "SELECT 2;")});
  for (std::size_t size = 0; size < zip.size(); ++size) {
    EXPECT_THROW(read(zip.substr(0, size)), Error) << size;
    EXPECT_THROW(read(zip.substr(zip.size() - size)), Error) << size;
  }
}

}  // namespace
}  // namespace runtime
