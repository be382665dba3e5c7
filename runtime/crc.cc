#include "runtime/crc.h"

#include <array>

namespace runtime {
namespace {

// One byte at a time: a set of migration files is small beside its download.
template <typename Word>
constexpr std::array<Word, 256> make_table(Word reflected_polynomial) {
  std::array<Word, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Word word = byte;
    for (int bit = 0; bit < 8; ++bit) {
      word = (word & 1) != 0 ? (word >> 1) ^ reflected_polynomial : word >> 1;
    }
    table[byte] = word;
  }
  return table;
}

constexpr auto kCrc32 = make_table<std::uint32_t>(0xEDB88320U);
constexpr auto kCrc32c = make_table<std::uint32_t>(0x82F63B78U);
constexpr auto kCrc64Nvme = make_table<std::uint64_t>(0x9A6C9329AC4BC9B5U);

// All three start from and end with an inverted register.
template <typename Word>
Word run(const std::array<Word, 256>& table, std::string_view data) {
  Word word = static_cast<Word>(~Word{0});
  for (const char c : data) {
    word = table[(word ^ static_cast<unsigned char>(c)) & 0xFF] ^ (word >> 8);
  }
  return static_cast<Word>(~word);
}

}  // namespace

std::uint32_t crc32(std::string_view data) { return run(kCrc32, data); }
std::uint32_t crc32c(std::string_view data) { return run(kCrc32c, data); }
std::uint64_t crc64nvme(std::string_view data) { return run(kCrc64Nvme, data); }

}  // namespace runtime
