#include <cstddef>
#include <string_view>

#include "engine/lexer.h"

// RFC 3629, section 4: the well-formed byte sequences.

namespace engine {
namespace {

// The first byte decides how many follow and what the second may be (overlong forms, surrogates and
// code points past U+10FFFF are excluded there).
struct Sequence {
  std::size_t length;
  unsigned char low;
  unsigned char high;
};

Sequence sequence_of(unsigned char first) {
  if (first < 0x80) return {1, 0x80, 0xbf};
  if (first >= 0xc2 && first <= 0xdf) return {2, 0x80, 0xbf};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef) return {3, 0x80, 0xbf};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3) return {4, 0x80, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// The length of the well-formed sequence at the start of `text`, 0 for none.
std::size_t sequence_length(std::string_view text) {
  const Sequence sequence = sequence_of(static_cast<unsigned char>(text[0]));
  if (sequence.length > text.size()) return 0;
  for (std::size_t i = 1; i < sequence.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char low = i == 1 ? sequence.low : 0x80;
    const unsigned char high = i == 1 ? sequence.high : 0xbf;
    if (byte < low || byte > high) return 0;
  }
  return sequence.length;
}

}  // namespace

bool is_valid_utf8(std::string_view text, std::size_t* bad_offset) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) {
      if (bad_offset != nullptr) *bad_offset = at;
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace engine
