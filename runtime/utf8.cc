#include "runtime/utf8.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace runtime {

std::string make_valid_utf8(std::string_view text) {
  using nlohmann::json;
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<signed char>(c) >= 0; })) {
    return std::string(text);
  }
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

}  // namespace runtime
