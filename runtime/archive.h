// One .zip or .tar.gz as a set of files, out of memory and into memory. Nothing is ever written to
// a disk; names are checked nevertheless, so that a name is the same file for everybody.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

enum class ArchiveKind { kZip, kTarGz };

struct ArchiveFile {
  std::string name;  // UTF-8, '/'-separated, relative: no "..", no ".", no empty part
  std::string bytes;
};

struct ArchiveLimits {
  std::size_t entries = 50'000;  // files and folders
  std::size_t total_bytes = std::size_t{256} << 20;
  // Unpacked to packed size, of a zip's entry or of a whole .tar.gz, beyond the first MiB. Deflate
  // reaches 1032 at most; text with much repetition stays below 100.
  std::size_t ratio = 250;
};

// By the end of the name: .zip; .tar.gz or .tgz. Upper and lower case are the same.
std::optional<ArchiveKind> archive_kind(std::string_view name);

// The files of the archive in name order, folders left out. Nothing of an archive with anything
// wrong is given out. Throws Error, which says what and in which entry:
//   kCorrupt        cut off, damaged, a checksum or a length that is wrong, contradictions
//   kTooLarge       over the limits
//   kConfiguration  what this does not take: encryption, several disks, other methods than stored
//                   and deflated, links and devices, names that lead out of the folder (absolute,
//                   "..", drives, backslashes) or have control characters, two entries of one name
// Source: PKWARE APPNOTE.TXT 6.3.10 (zip); POSIX.1-2017 pax, "ustar Interchange Format" and "pax
// Interchange Format", and the GNU tar manual, "Basic Tar Format" (tar).
std::vector<ArchiveFile> read_archive(std::string_view bytes, ArchiveKind kind,
                                      const ArchiveLimits& limits = {});

}  // namespace runtime
