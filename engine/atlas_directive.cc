#include "engine/atlas_directive.h"

#include <algorithm>

namespace engine {
namespace {

constexpr std::string_view kMark = "atlas:";

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::size_t count_word(std::string_view text) {
  const auto* end = std::find_if_not(text.begin(), text.end(), is_word);
  return static_cast<std::size_t>(end - text.begin());
}

// `(?: +(.+))*`: of nothing but blanks the last one is the value, when there is another before it.
std::string_view value_of(std::string_view rest) {
  if (!rest.starts_with(' ')) return "";
  const auto start = rest.find_first_not_of(' ');
  if (start != std::string_view::npos) return rest.substr(start);
  return rest.size() > 1 ? rest.substr(rest.size() - 1) : "";
}

}  // namespace

std::optional<AtlasDirective> find_atlas_directive(std::string_view bytes, std::string_view name) {
  const auto line = bytes.substr(0, bytes.find('\n'));
  for (auto at = line.rfind(kMark); at != std::string_view::npos; at = line.rfind(kMark, at - 1)) {
    const auto rest = line.substr(at + kMark.size());
    const auto size = count_word(rest);
    if (size > 0 && is_printable(line.substr(0, at))) {
      if (rest.substr(0, size) != name) return std::nullopt;
      return AtlasDirective{line.substr(0, at), value_of(rest.substr(size))};
    }
    if (at == 0) break;
  }
  return std::nullopt;
}

}  // namespace engine
