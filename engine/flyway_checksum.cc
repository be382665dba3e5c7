#include "engine/flyway_checksum.h"

#include <array>

namespace engine {
namespace {

// CRC-32/ISO-HDLC, the one java.util.zip.CRC32 has.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t word = byte;
    for (int bit = 0; bit < 8; ++bit) word = (word & 1) != 0 ? word >> 1 ^ 0xedb88320U : word >> 1;
    table[byte] = word;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

std::int32_t flyway_checksum(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
  }
  return static_cast<std::int32_t>(~crc);
}

}  // namespace engine
