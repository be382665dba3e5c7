// Archives with seeded changes: files or an Error, nothing else, within the limits, and always an
// end. Of a tar the changes are made before it is packed, so that they get past gzip's checksum.
#include <cstdio>
#include <cstdlib>
#include <set>

#include "runtime/archive.h"
#include "runtime/error.h"
#include "tests/support/archive_maker.h"
#include "tests/support/mutator.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool is_read(const std::string& bytes, runtime::ArchiveKind kind) {
  runtime::ArchiveLimits limits;
  limits.entries = 100;
  limits.total_bytes = std::size_t{1} << 20;
  try {
    std::size_t total = 0;
    std::set<std::string> names;
    const auto files = runtime::read_archive(bytes, kind, limits);
    require(files.size() <= limits.entries, "no more files than allowed");
    for (const auto& file : files) {
      total += file.bytes.size();
      require(!file.name.empty() && file.name.front() != '/', "a name is relative");
      require(("/" + file.name + "/").find("/../") == std::string::npos, "and stays inside");
      require(names.insert(file.name).second, "each name once");
    }
    require(total <= limits.total_bytes, "no more bytes than allowed");
    return true;
  } catch (const runtime::Error& error) {
    require(*error.what() != '\0', "an error says what is wrong");
    return false;
  }
}

std::vector<std::string> make_zips() {
  auto marked = stored("größe/1_a.sql", "SELECT 1;");
  marked.flags = 0x800;
  auto extra = stored("2_b.sql", "SELECT 2;");
  extra.extra = std::string("\x01\x00\x08\x00\x09\x00\x00\x00\x00\x00\x00\x00", 12);
  return {make_zip({stored("1_a.sql", "SELECT 1;"), stored("sub/", ""), extra}, "a comment"),
          make_zip({marked, stored("sub/2_b.sql", std::string(300, 'x'))})};
}

std::vector<std::string> make_tars() {
  const TarEntry folder{"sub/", "", '5', ""};
  return {
      make_tar({{"1_a.sql", "SELECT 1;", '0', ""}, folder, {"b.sql", "x", '0', "sub"}}),
      make_tar_entry({"PaxHeaders/c", make_pax("path", "long/c.sql"), 'x', ""}) +
          make_tar({{"c.sql", "SELECT 3;", '0', ""}}),
      make_tar_entry({"././@LongLink", std::string("long/d.sql\0", 11), 'L', ""}) +
          make_tar({{"d.sql", std::string(600, 'y'), '0', ""}}),
  };
}

}  // namespace

int main(int argc, char** argv) {
  static constexpr const char* kPieces[] = {
      "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "\xff\xff\xff\xff", "../",   "/",
      "\x08",       "ustar",      "00000000",   "77777777",         "path=", "\x1f\x8b\x08"};
  if (argc != 2) {
    std::fprintf(stderr, "usage: archive_fuzz ROUNDS\n");
    return 2;
  }
  const auto zips = make_zips();
  const auto tars = make_tars();
  for (const auto& zip : zips) require(is_read(zip, runtime::ArchiveKind::kZip), "a zip is read");
  for (const auto& tar : tars) {
    require(is_read(make_gzip(tar), runtime::ArchiveKind::kTarGz), "a tar is read");
  }
  Mutator mutator(20261127, kPieces);
  long read_well = 0;
  for (long round = std::strtol(argv[1], nullptr, 10); round > 0; --round) {
    read_well += is_read(mutator.make(zips), runtime::ArchiveKind::kZip) ? 1 : 0;
    const auto packed = make_gzip(mutator.make(tars));
    read_well += is_read(packed, runtime::ArchiveKind::kTarGz) ? 1 : 0;
    is_read(mutator.make({packed}), runtime::ArchiveKind::kTarGz);
  }
  std::printf("%ld read\n", read_well);
  return 0;
}
