#include "runtime/archive_entries.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/utf8.h"

namespace runtime {
namespace {

constexpr std::size_t kLongestName = 1024;  // as long as a key of S3
constexpr std::size_t kFreeBytes = std::size_t{1} << 20;

// The upper half of code page 437 as Unicode.org's mapping CP437.TXT has it.
constexpr std::array<char16_t, 128> kCodePage437 = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

void append_utf8(std::string& out, char16_t code) {
  if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
  } else {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
  }
  out += static_cast<char>(0x80 | (code & 0x3f));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_drive(std::string_view name) {
  return name.size() >= 2 && name[1] == ':' &&
         std::isalpha(static_cast<unsigned char>(name[0])) != 0;
}

std::string printable(std::string_view name) {
  std::string shown = make_valid_utf8(name.substr(0, 200));
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  return shown;
}

[[noreturn]] void refuse_name(std::string_view name, const char* why) {
  refuse_entry(ErrorKind::kConfiguration, name,
               std::string("has a name that is not taken: ") + why);
}

void check_characters(std::string_view name) {
  if (name.empty()) refuse_name(name, "it is empty");
  if (name.size() > kLongestName) refuse_name(name, "it is longer than 1024 bytes");
  if (std::any_of(name.begin(), name.end(), is_control)) {
    refuse_name(name, "it has a control character");
  }
  if (make_valid_utf8(name) != name) refuse_name(name, "it is not UTF-8");
  if (name.find('\\') != std::string_view::npos) refuse_name(name, "it has a backslash");
  if (name.front() == '/' || has_drive(name)) refuse_name(name, "it is absolute");
}

}  // namespace

void refuse_archive(ErrorKind kind, const std::string& what) {
  throw Error(kind, "archive: " + what);
}

void refuse_entry(ErrorKind kind, std::string_view name, const std::string& what) {
  refuse_archive(kind, "entry '" + printable(name) + "' " + what);
}

std::string checked_entry_name(std::string_view name) {
  check_characters(name);
  std::string checked;
  std::string_view rest = name;
  if (rest.back() == '/') rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || (slash != std::string_view::npos && slash + 1 == rest.size())) {
      refuse_name(name, "a part of it is empty");
    }
    if (part == "..") refuse_name(name, "it leads out of its folder");
    if (part != ".") checked += (checked.empty() ? "" : "/") + std::string(part);
    rest = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  }
  return checked;
}

std::string decode_unmarked_name(std::string_view name) {
  if (make_valid_utf8(name) == name) return std::string(name);
  std::string decoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      decoded += c;
    } else {
      append_utf8(decoded, kCodePage437[byte - 0x80]);
    }
  }
  return decoded;
}

std::size_t most_unpacked(std::size_t packed, const ArchiveLimits& limits) {
  if (packed > limits.total_bytes / limits.ratio) return limits.total_bytes;
  return std::min(limits.total_bytes, packed * limits.ratio + kFreeBytes);
}

}  // namespace runtime
