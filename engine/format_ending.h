// Endings of file names. Private to the format files.
#pragma once

#include <string_view>

#include "engine/ascii.h"

namespace engine {

// Takes `ending` off `name`, upper and lower case being the same; whether it was there.
inline bool remove_ending(std::string_view& name, std::string_view ending) {
  const bool same = ends_with_ignoring_case(name, ending);
  if (same) name.remove_suffix(ending.size());
  return same;
}

}  // namespace engine
