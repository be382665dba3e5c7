// SQL names, as written and as the catalog has them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace engine {

inline constexpr std::size_t kNameLength = 63;  // NAMEDATALEN - 1, bytes

// "name", with every quotation mark in it doubled.
std::string quote_identifier(std::string_view name);

// The same, without quotation marks when it is plain: lower-case letters, digits and underscores.
std::string write_identifier(std::string_view name);

// What the catalog calls a name written so: unquoted ones fold to lower case (ASCII), quoted ones
// lose their quotation marks; the server keeps 63 bytes of it.
std::string catalog_name(std::string_view written);

// Of a dotted name as written, the part behind the last dot, and all before it ("" for none).
std::string_view last_part(std::string_view written);
std::string_view qualifier_of(std::string_view written);

// `name` in the schema `written` is in: ("app.users", "people") gives "app.people".
std::string name_beside(std::string_view written, std::string_view name);

}  // namespace engine
