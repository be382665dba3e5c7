#include "runtime/archive.h"

#include <algorithm>

#include "runtime/archive_entries.h"
#include "runtime/ascii.h"

namespace runtime {
namespace {

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
  if (ends_with_ignoring_case(name, ".zip")) return ArchiveKind::kZip;
  if (ends_with_ignoring_case(name, ".tar.gz") || ends_with_ignoring_case(name, ".tgz"))
    return ArchiveKind::kTarGz;
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
