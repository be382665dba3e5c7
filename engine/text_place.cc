#include "engine/text_place.h"

namespace engine {

void advance(TextPlace* place, std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n' || (byte == '\r' && i + 1 < text.size() && text[i + 1] != '\n')) {
      ++place->line;
      place->column = 1;
    } else if ((byte & 0xc0) != 0x80) {
      ++place->column;
    }
  }
}

TextPlace text_place(std::string_view text, std::size_t offset) {
  TextPlace place;
  advance(&place, text, 0, offset);
  return place;
}

}  // namespace engine
