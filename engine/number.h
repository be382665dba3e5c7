// Integers in the text a server sends.
#pragma once

#include <charconv>
#include <string_view>

namespace engine {

// The number at the start of `text`; 0 when there is none.
inline long long leading_integer(std::string_view text) {
  long long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace engine
