#include "engine/name.h"

#include "engine/ascii.h"

namespace engine {
namespace {

std::size_t last_dot(std::string_view written) {
  bool quoted = false;
  auto found = std::string_view::npos;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == '"') quoted = !quoted;
    if (written[i] == '.' && !quoted) found = i;
  }
  return found;
}

// Never inside a UTF-8 sequence, as the server's truncate_identifier does.
void truncate(std::string* name) {
  if (name->size() <= kNameLength) return;
  auto end = kNameLength;
  while (end > 0 && (static_cast<unsigned char>((*name)[end]) & 0xc0) == 0x80) --end;
  name->resize(end);
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string write_identifier(std::string_view name) {
  const bool plain =
      !name.empty() && (name[0] < '0' || name[0] > '9') &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  return plain ? std::string(name) : quote_identifier(name);
}

std::string catalog_name(std::string_view written) {
  std::string name;
  if (written.starts_with('"') && written.ends_with('"') && written.size() > 1) {
    written = written.substr(1, written.size() - 2);
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (written[i] == '"' && i + 1 < written.size() && written[i + 1] == '"') ++i;
      name += written[i];
    }
  } else {
    name = to_lower(written);
  }
  truncate(&name);
  return name;
}

std::string_view last_part(std::string_view written) {
  const auto dot = last_dot(written);
  return dot == std::string_view::npos ? written : written.substr(dot + 1);
}

std::string_view qualifier_of(std::string_view written) {
  const auto dot = last_dot(written);
  return dot == std::string_view::npos ? std::string_view{} : written.substr(0, dot);
}

std::string name_beside(std::string_view written, std::string_view name) {
  const auto qualifier = qualifier_of(written);
  return qualifier.empty() ? std::string(name) : std::string(qualifier) + "." + std::string(name);
}

}  // namespace engine
