// The text of Flyway's .conf files: Java properties ("Properties.load" of its documentation) in
// which a backslash is a character like any other, but for one at the end of a line: it joins the
// next one, as Flyway has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace engine {

struct Property {
  std::string key;
  std::string value;  // without white space around it
  int line = 1;
};

// In the order of the lines; a key may come twice, and then the last one counts.
std::vector<Property> parse_properties(std::string_view text);

}  // namespace engine
