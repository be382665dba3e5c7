// What the archive readers share. Private to the archive files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/archive.h"
#include "runtime/error.h"

namespace runtime {

std::vector<ArchiveFile> read_zip(std::string_view bytes, const ArchiveLimits& limits);
std::vector<ArchiveFile> read_tar_gz(std::string_view bytes, const ArchiveLimits& limits);

// Throws Error "archive: WHAT", and with an entry's name "archive: entry 'NAME' WHAT"; bytes of the
// name that are no printable ASCII or UTF-8 are replaced.
[[noreturn]] void refuse_archive(ErrorKind kind, const std::string& what);
[[noreturn]] void refuse_entry(ErrorKind kind, std::string_view name, const std::string& what);

// The name without "." parts and without a final slash (a folder's); "" is the archive's own root.
// Throws Error for one that is not safe (archive.h).
std::string checked_entry_name(std::string_view name);

// A zip name that is not marked as UTF-8: UTF-8 nevertheless when it reads as such (Info-ZIP and
// macOS write it without the mark), else code page 437.
std::string decode_unmarked_name(std::string_view name);

// The most that `packed` bytes may unpack to: the ratio, and a MiB that is free.
std::size_t most_unpacked(std::size_t packed, const ArchiveLimits& limits);

}  // namespace runtime
