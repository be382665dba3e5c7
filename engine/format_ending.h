// Endings of file names. Private to the format files.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace engine {

// Takes `ending` off `name`, upper and lower case being the same; whether it was there.
inline bool remove_ending(std::string_view& name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  const std::string_view found = name.substr(name.size() - ending.size());
  const bool same = std::equal(
      found.begin(), found.end(), ending.begin(),
      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  if (same) name.remove_suffix(ending.size());
  return same;
}

}  // namespace engine
