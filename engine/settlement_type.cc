#include "engine/settlement_type.h"

#include <algorithm>
#include <charconv>

#include "engine/name.h"

namespace engine::settlement {
namespace {

struct Alias {
  std::initializer_list<std::string_view> written;
  std::string_view name;
};

// Longer ones first. Types that are called in pg_type what they are called in SQL need no row.
const Alias kAliases[] = {
    {{"double", "precision"}, "float8"},
    {{"national", "character", "varying"}, "varchar"},
    {{"national", "char", "varying"}, "varchar"},
    {{"character", "varying"}, "varchar"},
    {{"char", "varying"}, "varchar"},
    {{"nchar", "varying"}, "varchar"},
    {{"national", "character"}, "bpchar"},
    {{"national", "char"}, "bpchar"},
    {{"bit", "varying"}, "varbit"},
    {{"character"}, "bpchar"},
    {{"nchar"}, "bpchar"},
    {{"char"}, "bpchar"},
    {{"boolean"}, "bool"},
    {{"integer"}, "int4"},
    {{"int"}, "int4"},
    {{"smallint"}, "int2"},
    {{"bigint"}, "int8"},
    {{"real"}, "float4"},
    {{"decimal"}, "numeric"},
    {{"dec"}, "numeric"},
    {{"serial"}, "int4"},
    {{"serial4"}, "int4"},
    {{"bigserial"}, "int8"},
    {{"serial8"}, "int8"},
    {{"smallserial"}, "int2"},
    {{"serial2"}, "int2"},
};

constexpr int kHeaderSize = 4;  // VARHDRSZ, which lengths in atttypmod include
constexpr int kWrong = -2;      // no modifier: the list does not have numbers in it

std::vector<int> accept_numbers(TokenReader& reader) {
  std::vector<int> numbers;
  if (!reader.peek("(")) return numbers;
  for (TokenReader part : reader.accept_list()) {
    const int sign = part.accept("-") ? -1 : 1;
    int number = 0;
    const auto text = part.at_end() ? std::string_view{} : part.token().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    numbers.push_back(whole && !text.empty() ? sign * number : kWrong);
  }
  return numbers;
}

// numerictypmodin and its sisters in PostgreSQL's src/backend/utils/adt.
std::optional<int> make_modifier(std::string_view name, const std::vector<int>& numbers,
                                 Dialect dialect) {
  if (std::find(numbers.begin(), numbers.end(), kWrong) != numbers.end()) return std::nullopt;
  if (numbers.empty()) {
    // Aurora DSQL stores numeric without a precision as numeric(18,6).
    if (name == "numeric" && dialect == Dialect::kDsql) return std::nullopt;
    return -1;
  }
  if (name == "varchar" || name == "bpchar") return numbers[0] + kHeaderSize;
  if (name == "numeric") {
    const int scale = numbers.size() > 1 ? numbers[1] & 0x7ff : 0;
    return (numbers[0] << 16 | scale) + kHeaderSize;
  }
  if (name.starts_with("time") || name == "bit" || name == "varbit") return numbers[0];
  return std::nullopt;
}

// "char" and "character" are of length 1, "bit" too; the type written "bpchar" has no length.
std::optional<int> modifier_of_alias(const std::string& name, bool alias,
                                     const std::vector<int>& numbers, Dialect dialect) {
  if (numbers.empty() && name == "bpchar" && alias) return 1 + kHeaderSize;
  if (numbers.empty() && name == "bit") return 1;
  return make_modifier(name, numbers, dialect);
}

// timestamp(3) with time zone; interval day to second(3).
std::optional<TypeName> accept_time(TokenReader& reader, Dialect dialect) {
  if (reader.accept("interval")) {
    TypeName type{"interval", -1};
    while (reader.peek_any({"year", "month", "day", "hour", "minute", "second", "to", "("})) {
      type.modifier = std::nullopt;
      reader.skip();
    }
    return type;
  }
  if (!reader.peek("time") && !reader.peek("timestamp")) return std::nullopt;
  TypeName type{fold_token(reader.token()), std::nullopt};
  reader.advance();
  const auto numbers = accept_numbers(reader);
  if (reader.accept({"with", "time", "zone"})) {
    type.name += "tz";
  } else {
    reader.accept({"without", "time", "zone"});
  }
  type.modifier = make_modifier(type.name, numbers, dialect);
  return type;
}

// float(24) is float4, float(25) and float are float8.
std::optional<TypeName> accept_float(TokenReader& reader) {
  if (!reader.accept("float")) return std::nullopt;
  const auto numbers = accept_numbers(reader);
  return TypeName{!numbers.empty() && numbers[0] <= 24 ? "float4" : "float8", -1};
}

std::optional<TypeName> accept_scalar(TokenReader& reader, Dialect dialect) {
  if (auto time = accept_time(reader, dialect)) return time;
  if (auto number = accept_float(reader)) return number;
  for (const auto& alias : kAliases) {
    const bool serial = alias.written.begin()->find("serial") != std::string_view::npos;
    if (!reader.accept(alias.written)) continue;
    TypeName type{std::string(alias.name), -1, serial};
    type.modifier = modifier_of_alias(type.name, true, accept_numbers(reader), dialect);
    return type;
  }
  const auto name = accept_object_name(reader);
  if (!name || reader.peek("%")) return std::nullopt;
  return TypeName{name->name,
                  modifier_of_alias(name->name, false, accept_numbers(reader), dialect)};
}

bool accept_array(TokenReader& reader) {
  bool array = reader.accept("array");
  while (reader.peek("[")) array = reader.accept_group();
  return array;
}

bool is_out(const TokenReader& argument) { return argument.peek("out"); }

// [mode] [name] type [DEFAULT value]: a name is there when something that can be a type follows it.
std::optional<TypeName> parse_argument(TokenReader argument, Dialect dialect) {
  if (argument.peek_any({"in", "inout", "variadic"})) argument.advance();
  TokenReader named = argument;
  auto type = accept_type_name(argument, dialect);
  if (type && (argument.at_end() || argument.peek_any({"default", "="}))) return type;
  if (accept_simple_name(named).empty()) return std::nullopt;
  if (named.peek_any({"in", "inout", "variadic"})) named.advance();
  type = accept_type_name(named, dialect);
  if (type && (named.at_end() || named.peek_any({"default", "="}))) return type;
  return std::nullopt;
}

}  // namespace

std::optional<TypeName> accept_type_name(TokenReader& reader, Dialect dialect) {
  reader.accept("setof");
  auto type = accept_scalar(reader, dialect);
  if (type && accept_array(reader)) type->name = catalog_name('"' + ("_" + type->name) + '"');
  return type;
}

std::optional<std::vector<std::string>> accept_argument_types(TokenReader& arguments,
                                                              Dialect dialect) {
  std::vector<std::string> types;
  for (const TokenReader& argument : arguments.accept_list()) {
    if (is_out(argument)) continue;
    auto type = parse_argument(argument, dialect);
    if (!type) return std::nullopt;
    types.push_back(std::move(type->name));
  }
  return types;
}

}  // namespace engine::settlement
