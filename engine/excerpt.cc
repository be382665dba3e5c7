#include "engine/excerpt.h"

namespace engine {

std::string_view take_code_points(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool continuation = (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80;
    if (continuation) continue;
    if (count == 0) break;
    --count;
  }
  return text.substr(0, end);
}

std::string make_excerpt(std::string_view statement) {
  const std::string_view start = take_code_points(statement, 200);
  return std::string(start.substr(0, start.find_first_of("\r\n")));
}

}  // namespace engine
