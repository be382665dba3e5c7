// The central directory says what is in the archive. A local header that says something else is
// refused rather than believed: two readers must never see two archives in one file.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "runtime/archive_entries.h"
#include "runtime/crc.h"
#include "runtime/inflate.h"
#include "runtime/little_endian.h"

namespace runtime {
namespace {

// APPNOTE 4.3.7 to 4.3.16.
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEndRecord = 0x06054b50;
constexpr std::uint32_t kZip64EndRecord = 0x06064b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kZip64EndSize = 56;
constexpr std::size_t kZip64LocatorSize = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the value is in the ZIP64 field
constexpr std::uint16_t kIn64Short = 0xffff;

// APPNOTE 4.4.4 and 4.4.5.
constexpr unsigned kEncrypted = 1U << 0 | 1U << 6 | 1U << 13;
constexpr unsigned kSizesFollow = 1U << 3;
constexpr unsigned kPatched = 1U << 5;
constexpr unsigned kUtf8 = 1U << 11;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Entry {
  std::string name;
  std::string_view raw_name;
  unsigned flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t unpacked = 0;
  std::uint64_t offset = 0;  // of the local header
  std::uint64_t end = 0;     // behind the data
  bool folder = false;
};

[[noreturn]] void refuse_disks() {
  refuse_archive(ErrorKind::kConfiguration, "a part of a zip on several disks is not taken");
}

[[noreturn]] void refuse_contradiction(const Entry& entry) {
  refuse_entry(ErrorKind::kCorrupt, entry.name, "has a header that contradicts the directory");
}

std::size_t find_end_record(std::string_view bytes) {
  const std::size_t last = bytes.size() < kEndSize ? 0 : bytes.size() - kEndSize;
  const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; bytes.size() >= kEndSize && at-- > first;) {
    const LittleEndian record(bytes.substr(at, kEndSize));
    if (record.u32(0) == kEndRecord && at + kEndSize + record.u16(20) == bytes.size()) return at;
  }
  refuse_archive(ErrorKind::kCorrupt,
                 "it is no zip, or it is cut off: its end record is not at its end");
}

// The directory from the ZIP64 record, whose locator stands right before the end record.
Directory read_zip64_end(std::string_view bytes, std::size_t end_at) {
  const auto corrupt = [] { refuse_archive(ErrorKind::kCorrupt, "its ZIP64 record is damaged"); };
  if (end_at < kZip64LocatorSize + kZip64EndSize) corrupt();
  const LittleEndian locator(bytes.substr(end_at - kZip64LocatorSize, kZip64LocatorSize));
  const std::uint64_t at = locator.u64(8);
  if (locator.u32(0) != kZip64Locator) corrupt();
  if (at != end_at - kZip64LocatorSize - kZip64EndSize) corrupt();
  const LittleEndian record(bytes.substr(at, kZip64EndSize));
  if (record.u32(0) != kZip64EndRecord || record.u64(4) != kZip64EndSize - 12) corrupt();
  if (locator.u32(4) != 0 || locator.u32(16) != 1 || record.u32(16) != 0 || record.u32(20) != 0 ||
      record.u64(24) != record.u64(32)) {
    refuse_disks();
  }
  const Directory directory{record.u64(32), record.u64(48), record.u64(40)};
  if (directory.offset > at || directory.size != at - directory.offset) corrupt();
  return directory;
}

Directory read_end(std::string_view bytes) {
  const std::size_t at = find_end_record(bytes);
  const LittleEndian record(bytes.substr(at, kEndSize));
  const Directory directory{record.u16(10), record.u32(16), record.u32(12)};
  if (directory.entries == kIn64Short || directory.offset == kIn64 || directory.size == kIn64) {
    return read_zip64_end(bytes, at);
  }
  if (record.u16(4) != 0 || record.u16(6) != 0 || record.u16(8) != record.u16(10)) refuse_disks();
  if (directory.offset > at || directory.size != at - directory.offset) {
    refuse_archive(ErrorKind::kCorrupt, "its directory is not where its end record says");
  }
  return directory;
}

// The data of the extra field `id` (APPNOTE 4.5), nullopt when there is none.
std::optional<std::string_view> find_extra(std::string_view extra, std::uint16_t id) {
  while (extra.size() >= 4) {
    const LittleEndian field(extra);
    const std::size_t size = field.u16(2);
    if (size > extra.size() - 4) return std::nullopt;
    if (field.u16(0) == id) return extra.substr(4, size);
    extra.remove_prefix(4 + size);
  }
  return std::nullopt;
}

// ZIP64 values stand in the extra field 1 in this order, each only when its short one says so.
void read_zip64_values(std::string_view extra, Entry& entry) {
  std::string_view values = find_extra(extra, 0x0001).value_or("");
  for (std::uint64_t* value : {&entry.unpacked, &entry.packed, &entry.offset}) {
    if (*value != kIn64) continue;
    if (values.size() < 8) {
      refuse_entry(ErrorKind::kCorrupt, entry.name, "has no ZIP64 size");
    }
    *value = LittleEndian(values).u64(0);
    values.remove_prefix(8);
  }
}

// Info-ZIP's Unicode path (APPNOTE 4.6.9) is believed as long as it belongs to the name it is with.
std::string decode_name(std::string_view raw, unsigned flags, std::string_view extra) {
  if ((flags & kUtf8) != 0) return std::string(raw);
  const std::string_view unicode = find_extra(extra, 0x7075).value_or("");
  if (unicode.size() > 5 && unicode[0] == 1 && LittleEndian(unicode).u32(1) == crc32(raw)) {
    return std::string(unicode.substr(5));
  }
  return decode_unmarked_name(raw);
}

// Unix keeps a file's kind in the upper half of the attributes (`man 2 stat`, st_mode).
void check_file_kind(const Entry& entry, unsigned made_by, std::uint32_t attributes) {
  constexpr unsigned kUnix = 3;
  constexpr unsigned kMacOs = 19;
  const unsigned kind = attributes >> 28;
  if ((made_by != kUnix && made_by != kMacOs) || kind == 0 || kind == 010 || kind == 004) return;
  refuse_entry(ErrorKind::kConfiguration, entry.name, "is a link or a device, not a file");
}

void check_methods(const Entry& entry) {
  if ((entry.flags & kEncrypted) != 0) {
    refuse_entry(ErrorKind::kConfiguration, entry.name, "is encrypted");
  }
  if ((entry.method != kStored && entry.method != kDeflated) || (entry.flags & kPatched) != 0) {
    refuse_entry(ErrorKind::kConfiguration, entry.name,
                 "is packed with method " + std::to_string(entry.method) +
                     "; stored and deflated are taken");
  }
}

Entry read_central_entry(std::string_view& rest) {
  const auto cut_off = [] { refuse_archive(ErrorKind::kCorrupt, "its directory is damaged"); };
  if (rest.size() < kCentralSize) cut_off();
  const LittleEndian header(rest);
  const std::size_t name_size = header.u16(28);
  const std::size_t extra_size = header.u16(30);
  const std::size_t size = kCentralSize + name_size + extra_size + header.u16(32);
  if (header.u32(0) != kCentralHeader || size > rest.size()) cut_off();
  if (header.u16(34) != 0) refuse_disks();
  Entry entry;
  entry.raw_name = rest.substr(kCentralSize, name_size);
  const std::string_view extra = rest.substr(kCentralSize + name_size, extra_size);
  entry.flags = header.u16(8);
  entry.method = header.u16(10);
  entry.crc = header.u32(16);
  entry.packed = header.u32(20);
  entry.unpacked = header.u32(24);
  entry.offset = header.u32(42);
  entry.name = decode_name(entry.raw_name, entry.flags, extra);
  entry.folder = !entry.name.empty() && entry.name.back() == '/';
  entry.name = checked_entry_name(entry.name);
  check_methods(entry);
  check_file_kind(entry, header.u16(4) >> 8, header.u32(38));
  read_zip64_values(extra, entry);
  rest.remove_prefix(size);
  return entry;
}

// The entry's data, its local header held against the directory's.
std::string_view find_data(std::string_view before_directory, Entry& entry) {
  if (entry.offset > before_directory.size() ||
      before_directory.size() - entry.offset < kLocalSize) {
    refuse_contradiction(entry);
  }
  const std::string_view local = before_directory.substr(entry.offset);
  const LittleEndian header(local);
  const std::size_t name_size = header.u16(26);
  const std::size_t head = kLocalSize + name_size + header.u16(28);
  if (header.u32(0) != kLocalHeader || head > local.size() || entry.packed > local.size() - head ||
      local.substr(kLocalSize, name_size) != entry.raw_name || header.u16(8) != entry.method ||
      header.u16(6) != entry.flags) {
    refuse_contradiction(entry);
  }
  const auto differs = [](std::uint32_t here, std::uint64_t there) {
    return here != kIn64 && here != there;
  };
  if ((entry.flags & kSizesFollow) == 0 &&
      (header.u32(14) != entry.crc || differs(header.u32(18), entry.packed) ||
       differs(header.u32(22), entry.unpacked))) {
    refuse_contradiction(entry);
  }
  entry.end = entry.offset + head + entry.packed;
  return local.substr(head, entry.packed);
}

std::string unpack(const Entry& entry, std::string_view data) {
  if (entry.method == kStored && entry.packed != entry.unpacked) refuse_contradiction(entry);
  std::string bytes;
  try {
    bytes = entry.method == kStored ? std::string(data)
                                    : inflate_raw(data, static_cast<std::size_t>(entry.unpacked));
  } catch (const Error& error) {
    refuse_entry(error.kind(), entry.name, std::string("cannot be unpacked: ") + error.what());
  }
  if (crc32(bytes) != entry.crc) {
    refuse_entry(ErrorKind::kCorrupt, entry.name, "does not have the checksum it should");
  }
  return bytes;
}

std::vector<Entry> read_entries(std::string_view rest, std::uint64_t count,
                                const ArchiveLimits& limits) {
  if (count > limits.entries) {
    refuse_archive(ErrorKind::kTooLarge,
                   "it has more than " + std::to_string(limits.entries) + " entries");
  }
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Entry entry = read_central_entry(rest);
    if (entry.unpacked > limits.total_bytes - total) {
      refuse_archive(ErrorKind::kTooLarge, "it unpacks to more than " +
                                               std::to_string(limits.total_bytes) +
                                               " bytes, which is the most that is read");
    }
    total += entry.unpacked;
    if (entry.unpacked > most_unpacked(static_cast<std::size_t>(entry.packed), limits)) {
      refuse_entry(ErrorKind::kTooLarge, entry.name,
                   "unpacks to more than " + std::to_string(limits.ratio) + " times its size");
    }
    if (entry.folder && entry.unpacked != 0) refuse_contradiction(entry);
    entries.push_back(std::move(entry));
  }
  if (!rest.empty()) refuse_archive(ErrorKind::kCorrupt, "its directory is longer than it says");
  return entries;
}

// Data that two entries share is how a small zip is made to unpack to a huge one.
void refuse_overlaps(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].offset < entries[i - 1].end) {
      refuse_entry(ErrorKind::kCorrupt, entries[i].name, "overlaps another entry");
    }
  }
}

}  // namespace

std::vector<ArchiveFile> read_zip(std::string_view bytes, const ArchiveLimits& limits) {
  const Directory directory = read_end(bytes);
  const std::string_view before = bytes.substr(0, static_cast<std::size_t>(directory.offset));
  std::vector<Entry> entries =
      read_entries(bytes.substr(before.size(), static_cast<std::size_t>(directory.size)),
                   directory.entries, limits);
  std::vector<std::string_view> data;
  data.reserve(entries.size());
  for (Entry& entry : entries) data.push_back(find_data(before, entry));
  refuse_overlaps(entries);
  std::vector<ArchiveFile> files;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::string unpacked = unpack(entries[i], data[i]);
    if (!entries[i].folder) files.push_back({std::move(entries[i].name), std::move(unpacked)});
  }
  return files;
}

}  // namespace runtime
