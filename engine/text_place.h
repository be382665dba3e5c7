// Where in a text something stands, as people count.
#pragma once

#include <compare>
#include <cstddef>
#include <string_view>

namespace engine {

struct TextPlace {
  int line = 1;    // LF, CR LF and CR end one
  int column = 1;  // code points

  auto operator<=>(const TextPlace&) const = default;
};

// Of the byte at `offset`, at most the text's size. The text is UTF-8.
TextPlace text_place(std::string_view text, std::size_t offset);

// The same from a place that is known: `place` is that of the byte at `from`, and then at `to`.
void advance(TextPlace* place, std::string_view text, std::size_t from, std::size_t to);

}  // namespace engine
