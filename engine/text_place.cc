#include "engine/text_place.h"

namespace engine {

TextPlace text_place(std::string_view text, std::size_t offset) {
  TextPlace place;
  for (std::size_t i = 0; i < offset; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n' || (byte == '\r' && i + 1 < text.size() && text[i + 1] != '\n')) {
      ++place.line;
      place.column = 1;
    } else if ((byte & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

}  // namespace engine
