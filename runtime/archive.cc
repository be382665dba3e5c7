#include "runtime/archive.h"

#include <algorithm>
#include <cctype>

#include "runtime/archive_entries.h"

namespace runtime {
namespace {

bool ends_with(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  return std::equal(
      ending.begin(), ending.end(), name.end() - static_cast<long>(ending.size()),
      [](unsigned char wanted, unsigned char c) { return std::tolower(c) == wanted; });
}

void refuse_duplicates(const std::vector<ArchiveFile>& sorted) {
  const auto same = std::adjacent_find(
      sorted.begin(), sorted.end(),
      [](const ArchiveFile& a, const ArchiveFile& b) { return a.name == b.name; });
  if (same != sorted.end()) {
    refuse_entry(ErrorKind::kConfiguration, same->name, "is there twice");
  }
}

}  // namespace

std::optional<ArchiveKind> archive_kind(std::string_view name) {
  if (ends_with(name, ".zip")) return ArchiveKind::kZip;
  if (ends_with(name, ".tar.gz") || ends_with(name, ".tgz")) return ArchiveKind::kTarGz;
  return std::nullopt;
}

std::vector<ArchiveFile> read_archive(std::string_view bytes, ArchiveKind kind,
                                      const ArchiveLimits& limits) {
  std::vector<ArchiveFile> files =
      kind == ArchiveKind::kZip ? read_zip(bytes, limits) : read_tar_gz(bytes, limits);
  std::sort(files.begin(), files.end(),
            [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; });
  refuse_duplicates(files);
  return files;
}

}  // namespace runtime
