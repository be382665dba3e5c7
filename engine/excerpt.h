// Short pieces of a text for messages, never cut inside a code point. The text is UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace engine {

// The start of `text`, at most `count` code points of it.
std::string_view take_code_points(std::string_view text, std::size_t count);

// A statement's first line, cut to 200 code points: what Problem::statement and Failure::statement
// hold.
std::string make_excerpt(std::string_view statement);

}  // namespace engine
