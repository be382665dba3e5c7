#include "engine/placeholders.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/ascii.h"
#include "engine/excerpt.h"
#include "engine/near_word.h"

namespace engine {
namespace {

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// One text being replaced.
class Replacer {
 public:
  Replacer(std::string_view text, const Placeholders& placeholders, std::string_view file)
      : text_(text),
        placeholders_(placeholders),
        window_(count_code_points(placeholders.prefix)),
        filename_key_("flyway" + placeholders.separator + "filename"),
        filename_(file.substr(file.rfind('/') + 1)) {}

  Replacement replace() {
    const std::string& prefix = placeholders_.prefix;
    while (result_.fault.empty()) {
      const std::size_t start = text_.find(prefix.front(), at_);
      result_.text += text_.substr(at_, start == std::string_view::npos ? start : start - at_);
      if (start == std::string_view::npos) break;
      const std::string_view candidate = take_code_points(text_.substr(start), window_);
      at_ = start + candidate.size();
      if (candidate == prefix) {
        put_value(start);
      } else {
        result_.text += candidate;
      }
    }
    return std::move(result_);
  }

 private:
  // at_ is behind the prefix, and then behind the suffix.
  void put_value(std::size_t start) {
    const std::size_t end = text_.find(placeholders_.suffix, at_);
    if (end == std::string_view::npos) {
      return refuse(start, "the placeholder has no end '" + placeholders_.suffix + "'",
                    "Close it; with a second " + placeholders_.prefix.substr(0, 1) +
                        " before it, it is text like any other.");
    }
    const auto name = text_.substr(at_, end - at_);
    at_ = end + placeholders_.suffix.size();
    const auto value = find_value(name);
    if (!value) {
      return refuse(start,
                    "there is no value for " + make_excerpt(text_.substr(start, at_ - start)),
                    explain_unknown(name));
    }
    const auto after = result_.text.size();
    result_.text += *value;
    result_.values.push_back({start, at_, after, result_.text.size()});
  }

  std::optional<std::string_view> find_value(std::string_view name) const {
    const IgnoreCaseLess less;
    if (!filename_.empty() && !less(name, filename_key_) && !less(filename_key_, name)) {
      return filename_;
    }
    const auto value = placeholders_.values.find(name);
    if (value == placeholders_.values.end()) return std::nullopt;
    return value->second;
  }

  std::string explain_unknown(std::string_view name) const {
    std::vector<std::string_view> names = {filename_key_};
    for (const auto& [known, value] : placeholders_.values) names.push_back(known);
    const auto near = find_near_word(name, names);
    const auto& prefix = placeholders_.prefix;
    const auto& suffix = placeholders_.suffix;
    if (!near.empty()) return "Did you mean " + prefix + std::string(near) + suffix + "?";
    return "Give it one in placeholders; or, when it is meant as text, write " +
           prefix.substr(0, 1) + prefix + "..." + suffix + " or switch placeholderReplacement off.";
  }

  void refuse(std::size_t offset, std::string fault, std::string hint) {
    const TextPlace place = text_place(text_, offset);
    result_ = {"", std::move(fault), std::move(hint), place.line, place.column};
  }

  std::string_view text_;
  const Placeholders& placeholders_;
  std::size_t window_;
  std::string filename_key_;
  std::string_view filename_;
  std::size_t at_ = 0;
  Replacement result_;
};

}  // namespace

bool IgnoreCaseLess::operator()(std::string_view a, std::string_view b) const {
  return to_lower(a) < to_lower(b);
}

Replacement replace_placeholders(std::string_view text, const Placeholders& placeholders,
                                 std::string_view file) {
  if (placeholders.prefix.empty()) return {std::string(text), "", "", 0, 0};
  return Replacer(text, placeholders, file).replace();
}

PlacesBefore::PlacesBefore(std::string_view before, const Replacement& replacement) {
  TextPlace here;
  TextPlace there;
  std::size_t at_before = 0;
  std::size_t at_after = 0;
  const auto go_on = [&](std::size_t to_before, std::size_t to_after) {
    advance(&here, before, std::exchange(at_before, to_before), to_before);
    advance(&there, replacement.text, std::exchange(at_after, to_after), to_after);
  };
  for (const auto& value : replacement.values) {
    go_on(value.before, value.after);
    const Value starts{here, {}, there, {}};
    go_on(value.before_end, value.after_end);
    values_.push_back({starts.before, here, starts.after, there});
  }
}

TextPlace PlacesBefore::find(TextPlace after) const {
  const auto next =
      std::upper_bound(values_.begin(), values_.end(), after,
                       [](const TextPlace& place, const Value& v) { return place < v.after; });
  if (next == values_.begin()) return after;
  const Value& value = *std::prev(next);
  if (after < value.after_end) return value.before;
  if (after.line > value.after_end.line) {
    return {value.before_end.line + after.line - value.after_end.line, after.column};
  }
  return {value.before_end.line, value.before_end.column + after.column - value.after_end.column};
}

}  // namespace engine
