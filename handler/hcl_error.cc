#include <algorithm>

#include "engine/text_place.h"
#include "handler/hcl_syntax.h"
#include "handler/request_error.h"

namespace handler {
namespace {

std::string_view line_around(std::string_view text, std::size_t offset) {
  const std::size_t before =
      offset == 0 ? std::string_view::npos : text.find_last_of("\r\n", offset - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(start, text.find_first_of("\r\n", offset) - start);
}

// What stands between "://user:" and '@' may be a password: stars in its place, one a character.
void mask_url_passwords(std::string& line) {
  for (std::size_t at = line.find("://"); at != std::string::npos; at = line.find("://", at + 1)) {
    const std::size_t colon = line.find(':', at + 3);
    const std::size_t end = line.rfind('@');
    if (colon == std::string::npos || end == std::string::npos || end < colon) return;
    if (line.compare(colon + 1, 2, "${") == 0) continue;
    std::fill(line.begin() + static_cast<long>(colon) + 1, line.begin() + static_cast<long>(end),
              '*');
  }
}

// So may be any string behind such a name.
void mask_named_secrets(std::string& line) {
  for (const char* word : {"password", "secret", "token", "default"}) {
    const std::size_t name = line.find(word);
    if (name == std::string::npos) continue;
    const std::size_t open = line.find('"', name);
    if (open == std::string::npos || line.find('=', name) > open) continue;
    const std::size_t close = std::min(line.find('"', open + 1), line.size());
    std::fill(line.begin() + static_cast<long>(open) + 1, line.begin() + static_cast<long>(close),
              '*');
  }
}

}  // namespace

void refuse_hcl(const HclSource& source, std::size_t offset, const std::string& message,
                const std::string& hint) {
  offset = std::min(offset, source.text.size());
  const engine::TextPlace place = engine::text_place(source.text, offset);
  std::string line(line_around(source.text, offset));
  mask_url_passwords(line);
  mask_named_secrets(line);
  constexpr std::size_t kWidest = 200;
  std::string shown;
  if (line.size() <= kWidest) {
    shown =
        "\n  " + line + "\n  " + std::string(static_cast<std::size_t>(place.column) - 1, ' ') + "^";
  }
  throw RequestError("config",
                     source.name + ":" + std::to_string(place.line) + ":" +
                         std::to_string(place.column) + ": " + message + shown,
                     hint);
}

const HclAttribute* HclBody::find(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const HclAttribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

const HclBlock* HclBody::find_block(std::string_view type) const {
  const auto found = std::find_if(blocks.begin(), blocks.end(),
                                  [&](const HclBlock& block) { return block.type == type; });
  return found == blocks.end() ? nullptr : &*found;
}

}  // namespace handler
