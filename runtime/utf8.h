// UTF-8 as JSON needs it.
#pragma once

#include <string>
#include <string_view>

namespace runtime {

// The text with each ill-formed sequence replaced by U+FFFD; valid text comes back unchanged.
std::string make_valid_utf8(std::string_view text);

}  // namespace runtime
