// Where in a text something stands, as people count.
#pragma once

#include <cstddef>
#include <string_view>

namespace engine {

struct TextPlace {
  int line = 1;    // LF, CR LF and CR end one
  int column = 1;  // code points
};

// Of the byte at `offset`, at most the text's size. The text is UTF-8.
TextPlace text_place(std::string_view text, std::size_t offset);

}  // namespace engine
