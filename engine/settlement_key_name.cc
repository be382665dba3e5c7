#include "engine/settlement_key_name.h"

#include <optional>
#include <vector>

#include "engine/name.h"
#include "engine/settlement_type.h"

namespace engine::settlement {
namespace {

// A weak name gives way to that of a cast or a CASE around it.
struct KeyName {
  std::string name;
  bool weak = false;
};
using Found = std::optional<KeyName>;

Found find_name(TokenReader expression);

// What a cast of `inside` is called. The type has been read up to its end.
Found name_cast(const Found& inside, const std::string& type) {
  return inside && !inside->weak ? inside : KeyName{type, true};
}

// The name of a type as it is written, of an array that of its elements.
std::optional<std::string> accept_type(TokenReader& reader) {
  auto type = accept_type_name(reader, Dialect::kPostgres);
  if (!type) return std::nullopt;
  return type->name.starts_with('_') ? type->name.substr(1) : type->name;
}

// CAST (x AS type)
Found name_cast_call(const TokenReader& argument) {
  TokenReader type = argument;
  while (!type.at_end() && !type.peek("as")) type.skip();
  if (type.at_end()) return std::nullopt;
  const Token* as = &type.token();
  type.advance();
  const auto name = accept_type(type);
  return name ? name_cast(find_name(TokenReader(&argument.token(), as)), *name) : std::nullopt;
}

std::string name_of_trim(const std::vector<TokenReader>& arguments) {
  if (!arguments.empty() && arguments[0].peek("leading")) return "ltrim";
  return !arguments.empty() && arguments[0].peek("trailing") ? "rtrim" : "btrim";
}

Found accept_call(TokenReader& reader, const std::string& written) {
  const auto arguments = reader.accept_list();
  const auto name = catalog_name(last_part(written));
  if (written.find('"') == std::string::npos) {
    if (name == "cast") return arguments.size() == 1 ? name_cast_call(arguments[0]) : std::nullopt;
    if (name == "trim") return KeyName{name_of_trim(arguments)};
  }
  return KeyName{name};
}

// Called what its ELSE is called, when that has a name.
Found accept_case(TokenReader& reader) {
  const Token* otherwise = nullptr;
  const Token* end = nullptr;
  for (int depth = 0; !reader.at_end(); reader.skip()) {
    if (reader.peek("case")) ++depth;
    if (reader.peek("else") && depth == 1) otherwise = &reader.token() + 1;
    if (!reader.peek("end") || --depth > 0) continue;
    end = &reader.token();
    reader.advance();
    break;
  }
  if (otherwise == nullptr || end == nullptr) return KeyName{"case", true};
  const auto name = find_name(TokenReader(otherwise, end));
  return name && !name->weak ? name : KeyName{"case", true};
}

// (x), (x).field, (x, y)
Found accept_parentheses(TokenReader& reader) {
  const auto inside = reader.accept_list();
  return inside.size() == 1 ? find_name(inside[0]) : KeyName{"row"};
}

// A constant of a type: date '2026-01-01'.
Found accept_constant(TokenReader& reader) {
  TokenReader type = reader;
  const auto name = accept_type(type);
  if (!name || type.at_end() || type.token().kind != TokenKind::kString) return std::nullopt;
  type.advance();
  reader = type;
  return KeyName{*name, true};
}

// False when none stands here. Without a name: a constant.
bool accept_operand(TokenReader& reader, Found* found) {
  found->reset();
  if (reader.at_end()) return false;
  if (reader.peek("(")) {
    *found = accept_parentheses(reader);
    return true;
  }
  if (reader.peek("case")) {
    *found = accept_case(reader);
    return true;
  }
  if (reader.token().kind == TokenKind::kString || reader.token().kind == TokenKind::kNumber ||
      reader.token().kind == TokenKind::kDollarString ||
      reader.peek_any({"true", "false", "null"})) {
    reader.advance();
    return true;
  }
  if (!reader.peek_name() || reader.peek("not")) return false;
  *found = accept_constant(reader);
  if (*found) return true;
  const auto written = reader.accept_qualified_name();
  *found =
      reader.peek("(") ? accept_call(reader, written) : KeyName{catalog_name(last_part(written))};
  return true;
}

// ::type, [subscript], .field, COLLATE, AT TIME ZONE
bool accept_suffix(TokenReader& reader, Found* found) {
  if (reader.accept("::")) {
    const auto type = accept_type(reader);
    if (type) *found = name_cast(*found, *type);
    return type.has_value();
  }
  if (reader.peek("[")) return reader.accept_group();
  if (reader.accept(".")) {
    *found = KeyName{catalog_name(reader.accept_qualified_name())};
    return true;
  }
  if (reader.accept("collate")) return !reader.accept_qualified_name().empty();
  if (!reader.accept({"at", "time", "zone"})) return false;
  Found zone;
  if (!accept_operand(reader, &zone)) return false;
  while (reader.peek("::") && accept_suffix(reader, &zone)) {
  }
  *found = KeyName{"timezone"};
  return true;
}

Found find_name(TokenReader expression) {
  Found found;
  if (!accept_operand(expression, &found)) return std::nullopt;
  while (!expression.at_end() && accept_suffix(expression, &found)) {
  }
  return expression.at_end() ? found : std::nullopt;
}

}  // namespace

// What is behind it, COLLATE and an operator class, has no part in it.
std::string read_key_name(TokenReader key) {
  Found found;
  accept_operand(key, &found);
  return found ? found->name : "expr";
}

}  // namespace engine::settlement
