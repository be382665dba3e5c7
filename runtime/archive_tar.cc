// POSIX ustar with pax headers, and GNU tar's long names. Headers and data come in blocks of 512
// bytes; two blocks of zeros end the archive.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "runtime/archive_entries.h"
#include "runtime/inflate.h"

namespace runtime {
namespace {

constexpr std::size_t kBlock = 512;

// What extension headers have said about the next entry.
struct Extension {
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

[[noreturn]] void refuse_corrupt(const std::string& what) {
  refuse_archive(ErrorKind::kCorrupt, what);
}

std::string_view text_field(std::string_view block, std::size_t at, std::size_t size) {
  const std::string_view field = block.substr(at, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits between blanks or NULs; nullopt when there is something else.
std::optional<std::uint64_t> parse_octal(std::string_view field) {
  const std::size_t first = field.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  field.remove_prefix(first);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  field.remove_prefix(static_cast<std::size_t>(end - field.data()));
  constexpr std::string_view kPadding(" \0", 2);
  if (field.find_first_not_of(kPadding) != std::string_view::npos) return std::nullopt;
  return value;
}

// A size too long for octal is a big-endian number behind a byte with its top bit set (GNU).
std::uint64_t parse_size(std::string_view field) {
  if (static_cast<unsigned char>(field[0]) == 0x80) {
    std::uint64_t value = 0;
    for (const char c : field.substr(1)) {
      if (value >> 56 != 0) refuse_corrupt("a tar header has a size beyond any file");
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  const auto size = parse_octal(field);
  if (!size) refuse_corrupt("a tar header has a size that is no number");
  return *size;
}

// The sum of the header's bytes with its own field taken as blanks; old writers added signed bytes.
bool has_right_checksum(std::string_view block) {
  constexpr std::size_t kFrom = 148;
  constexpr std::size_t kTo = 156;
  std::uint64_t plain = 0;
  std::int64_t with_sign = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const char c = i >= kFrom && i < kTo ? ' ' : block[i];
    plain += static_cast<unsigned char>(c);
    with_sign += static_cast<signed char>(c);
  }
  const auto sum = parse_octal(block.substr(kFrom, kTo - kFrom));
  return sum && (*sum == plain || static_cast<std::int64_t>(*sum) == with_sign);
}

std::string header_name(std::string_view block) {
  const std::string name(text_field(block, 0, 100));
  const bool ustar = block.substr(257, 6) == std::string_view("ustar\0", 6);
  const std::string_view prefix = ustar ? text_field(block, 345, 155) : "";
  return prefix.empty() ? name : std::string(prefix) + "/" + name;
}

std::uint64_t parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse_corrupt("a pax header has a number that is none");
  }
  return value;
}

void apply_pax_record(std::string_view key, std::string_view value, bool global, Extension& next) {
  if (key.starts_with("GNU.sparse.")) {
    refuse_archive(ErrorKind::kConfiguration, "a sparse file is not taken");
  }
  if (key != "path" && key != "size") return;
  if (global)
    refuse_archive(ErrorKind::kConfiguration,
                   "one " + std::string(key) + " for all entries is not taken");
  if (key == "path") next.path = value;
  if (key == "size") next.size = parse_decimal(value);
}

// Records "LENGTH KEY=VALUE\n", where the length counts the whole record.
void read_pax(std::string_view records, bool global, Extension& next) {
  while (!records.empty()) {
    const std::size_t blank = records.find(' ');
    if (blank == std::string_view::npos) refuse_corrupt("a pax header is damaged");
    const std::uint64_t length = parse_decimal(records.substr(0, blank));
    if (length <= blank + 1 || length > records.size() || records[length - 1] != '\n') {
      refuse_corrupt("a pax header is damaged");
    }
    const std::string_view record = records.substr(blank + 1, length - blank - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) refuse_corrupt("a pax header is damaged");
    apply_pax_record(record.substr(0, equals), record.substr(equals + 1), global, next);
    records.remove_prefix(length);
  }
}

class TarReader {
 public:
  TarReader(std::string_view bytes, const ArchiveLimits& limits) : rest_(bytes), limits_(limits) {}

  std::vector<ArchiveFile> read() {
    while (true) {
      const std::string_view block = take(kBlock);
      if (block.find_first_not_of('\0') == std::string_view::npos) break;
      if (!has_right_checksum(block)) refuse_corrupt("a tar header does not have its checksum");
      read_entry(block);
    }
    if (next_.path || next_.size) refuse_corrupt("its last entry is missing");
    if (rest_.find_first_not_of('\0') != std::string_view::npos) {
      refuse_corrupt("there is something behind its end");
    }
    return std::move(files_);
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) refuse_corrupt("it is cut off: the end of the tar is missing");
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return taken;
  }

  // Data is filled up to whole blocks.
  std::string_view take_data(std::uint64_t size) {
    const std::string_view data = take(size);
    take((kBlock - size % kBlock) % kBlock);
    return data;
  }

  void read_entry(std::string_view block) {
    if (++entries_ > limits_.entries) {
      refuse_archive(ErrorKind::kTooLarge,
                     "it has more than " + std::to_string(limits_.entries) + " entries");
    }
    const std::uint64_t size = parse_size(block.substr(124, 12));
    switch (block[156]) {
      case 'x':
        return read_pax(take_data(size), false, next_);
      case 'g':
        return read_pax(take_data(size), true, next_);
      case 'L':
        next_.path = text_field(take_data(size), 0, std::string_view::npos);
        return;
      default:
        return read_file(block, next_.size.value_or(size));
    }
  }

  void read_file(std::string_view block, std::uint64_t size) {
    const std::string raw = next_.path.value_or(header_name(block));
    next_ = {};
    const char type = block[156];
    const bool folder = type == '5' || (!raw.empty() && raw.back() == '/');
    if (type != '0' && type != '\0' && type != '7' && type != '5') {
      refuse_entry(ErrorKind::kConfiguration, raw, "is a link or a device, not a file");
    }
    std::string name = checked_entry_name(raw);
    if (folder) {
      if (size != 0) refuse_entry(ErrorKind::kCorrupt, raw, "is a folder with data");
      return;
    }
    if (name.empty()) refuse_entry(ErrorKind::kCorrupt, raw, "is a file without a name");
    files_.push_back({std::move(name), std::string(take_data(size))});
  }

  std::string_view rest_;
  const ArchiveLimits& limits_;
  std::size_t entries_ = 0;
  Extension next_;
  std::vector<ArchiveFile> files_;
};

}  // namespace

std::vector<ArchiveFile> read_tar_gz(std::string_view bytes, const ArchiveLimits& limits) {
  std::string tar;
  try {
    tar = gunzip(bytes, most_unpacked(bytes.size(), limits));
  } catch (const Error& error) {
    refuse_archive(error.kind(), error.what());
  }
  return TarReader(tar, limits).read();
}

}  // namespace runtime
