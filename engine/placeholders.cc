#include "engine/placeholders.h"

#include <algorithm>
#include <utility>

#include "engine/excerpt.h"
#include "engine/text_place.h"

namespace engine {
namespace {

unsigned char lower(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c | 0x20) : c;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

Replacement make_fault(std::string_view text, std::size_t offset, std::string fault) {
  const TextPlace place = text_place(text, offset);
  return {"", std::move(fault), place.line, place.column};
}

}  // namespace

bool IgnoreCaseLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](unsigned char x, unsigned char y) { return lower(x) < lower(y); });
}

Replacement replace_placeholders(std::string_view text, const Placeholders& placeholders) {
  const std::string& prefix = placeholders.prefix;
  if (prefix.empty()) return {std::string(text), "", 0, 0};
  const std::size_t window = count_code_points(prefix);
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t start = text.find(prefix.front(), at);
    out += text.substr(at, start == std::string_view::npos ? start : start - at);
    if (start == std::string_view::npos) return {std::move(out), "", 0, 0};
    const std::string_view candidate = take_code_points(text.substr(start), window);
    at = start + candidate.size();
    if (candidate != prefix) {
      out += candidate;
      continue;
    }
    const std::size_t end = text.find(placeholders.suffix, at);
    if (end == std::string_view::npos) {
      return make_fault(text, start, "the placeholder has no end '" + placeholders.suffix + "'");
    }
    const auto value = placeholders.values.find(text.substr(at, end - at));
    if (value == placeholders.values.end()) {
      const std::string_view whole = text.substr(start, end + placeholders.suffix.size() - start);
      return make_fault(text, start, "there is no value for " + make_excerpt(whole));
    }
    out += value->second;
    at = end + placeholders.suffix.size();
  }
}

}  // namespace engine
