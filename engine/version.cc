#include "engine/version.h"

#include <algorithm>
#include <cstddef>

namespace engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the text before the first `separator` off the front of `rest`, and the separator.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  return part;
}

int compare_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int compare_dotted(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const std::string_view part_a = take_part(a, '.');
    const std::string_view part_b = take_part(b, '.');
    if (const int order = compare_numbers(part_a, part_b); order != 0) return order;
  }
  return 0;
}

}  // namespace

bool is_dotted_number(std::string_view text) {
  while (true) {
    const std::size_t end = text.find('.');
    const std::string_view part = text.substr(0, end);
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_digit)) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

std::string make_repeatable_key(std::string_view description) {
  return "R:" + std::string(description);
}

bool is_version(std::string_view key) { return key.empty() || is_digit(key.front()); }

int compare_versions(std::string_view a, std::string_view b) {
  if (is_version(a) != is_version(b)) return is_version(a) ? -1 : 1;
  if (!is_version(a)) return a.compare(b);
  const std::string_view number_a = take_part(a, '/');
  const std::string_view number_b = take_part(b, '/');
  const int order = compare_dotted(number_a, number_b);
  return order != 0 ? order : a.compare(b);
}

}  // namespace engine
