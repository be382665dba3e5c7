// A directive at the very start of a file, as Atlas itself looks for one there (ariga/atlas
// a5e0aec, sql/migrate/dir.go): ^([ -~]*)atlas:(\w+)(?: +(.+))*. How a run reads directives is
// directives.h. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace engine {

struct AtlasDirective {
  std::string_view before;  // on its line; printable ASCII
  std::string_view value;  // to the end of the line, a CR and trailing blanks included; "" for none
};

// nullopt when the first line is no directive of this name.
std::optional<AtlasDirective> find_atlas_directive(std::string_view bytes, std::string_view name);

}  // namespace engine
