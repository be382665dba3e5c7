#include "engine/properties.h"

#include <algorithm>

#include "engine/ascii.h"

namespace engine {
namespace {

constexpr std::string_view kBlanks = " \t\f";

// The key ends at the first blank, '=' or ':'; one '=' or ':' may stand among the blanks behind it.
Property parse_line(std::string_view line, int number) {
  const std::size_t end = std::min(line.find_first_of(" \t\f=:"), line.size());
  std::string_view value = trimmed(line.substr(end), kBlanks);
  if (value.starts_with('=') || value.starts_with(':')) value = trimmed(value.substr(1), kBlanks);
  return {std::string(line.substr(0, end)), std::string(value), number};
}

// Takes the first line of `text` off, and its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(text.size(), 1));
  return line;
}

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with('!'); }

// A backslash at the end joins the next line, unless that is empty, is not there, or sets something
// itself (then the backslash ends a path).
bool goes_on(std::string_view line, std::string_view rest) {
  if (!line.ends_with('\\') || rest.empty() || rest[0] == '\n' || rest[0] == '\r') return false;
  const std::string_view next = trimmed(take_line(rest), kBlanks);
  return !next.starts_with("flyway.") || next.find('=') == std::string_view::npos;
}

}  // namespace

std::vector<Property> parse_properties(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<Property> properties;
  for (int number = 1; !text.empty();) {
    const int first = number++;
    std::string line(trimmed(take_line(text), kBlanks));
    for (; !is_comment(line) && goes_on(line, text); ++number) {
      line.pop_back();
      line += trimmed(take_line(text), kBlanks);
    }
    if (!line.empty() && !is_comment(line)) properties.push_back(parse_line(line, first));
  }
  return properties;
}

}  // namespace engine
