#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/ascii.h"
#include "engine/findings.h"

namespace engine {
namespace {

// How PostgreSQL prints a type (format_type), where that is not how it is usually written.
constexpr std::pair<std::string_view, std::string_view> kDisplayNames[] = {
    {"bool", "boolean"},
    {"char", "character"},
    {"dec", "numeric"},
    {"decimal", "numeric"},
    {"double", "double precision"},
    {"float", "double precision"},
    {"float4", "real"},
    {"float8", "double precision"},
    {"int", "integer"},
    {"int2", "smallint"},
    {"int4", "integer"},
    {"int8", "bigint"},
    {"time", "time without time zone"},
    {"timestamp", "timestamp without time zone"},
    {"timestamptz", "timestamp with time zone"},
    {"timetz", "time with time zone"},
    {"varbit", "bit varying"},
    {"varchar", "character varying"},
};

constexpr std::string_view kSerialNames[] = {"bigserial", "serial",  "serial2",
                                             "serial4",   "serial8", "smallserial"};

std::string display_name(std::string_view type) {
  for (const auto& [name, display] : kDisplayNames) {
    if (name == type) return std::string(display);
  }
  return std::string(type);
}

bool is_serial(std::string_view type) {
  return std::find(std::begin(kSerialNames), std::end(kSerialNames), type) !=
         std::end(kSerialNames);
}

// Words that go on with a type's name: double precision, bit varying, time [(n)] with time zone.
bool continues_type(const TokenReader& reader) {
  return reader.peek_any({"varying", "precision"}) || reader.peek({"with", "time", "zone"}) ||
         reader.peek({"without", "time", "zone"});
}

// interval's fields: YEAR TO MONTH ...
bool continues_interval(const TokenReader& reader) {
  return reader.peek_any({"year", "month", "day", "hour", "minute", "second", "to"});
}

void take(TokenReader& reader, ColumnType& type) {
  if (!type.text.empty()) type.text += ' ';
  type.text += reader.token().text;
  reader.advance();
}

// (10, 2), [3]: consumed, and added to the text without blanks.
void take_group(TokenReader& reader, ColumnType& type) {
  TokenReader inside = reader;
  reader.accept_group();
  const Token* end = reader.at_end() ? nullptr : &reader.token();
  for (; !inside.at_end() && &inside.token() != end; inside.advance()) {
    type.text += inside.token().text;
    if (is_word(inside.token(), ",")) type.text += ' ';
  }
}

}  // namespace

ColumnType accept_type(TokenReader& reader) {
  ColumnType type;
  if (!reader.peek_name()) return type;
  type.first = &reader.token();
  const bool plain = reader.token().kind == TokenKind::kWord;
  std::string written = reader.accept_qualified_name();
  type.text = written;
  if (plain) type.name = to_lower(written);
  if (type.name.starts_with("pg_catalog.")) type.name.erase(0, 11);
  if (type.name == "national") take(reader, type);
  for (;;) {
    if (continues_type(reader)) {
      if (reader.peek("varying") && type.name == "bit") type.name = "varbit";
      if (reader.peek("varying") && type.name.starts_with("char")) type.name = "varchar";
      if (reader.peek("with") && !type.name.ends_with("tz")) type.name += "tz";
      const bool zone = reader.peek_any({"with", "without"});
      for (int i = 0; i < (zone ? 3 : 1); ++i) take(reader, type);
    } else if (type.name == "interval" && continues_interval(reader)) {
      take(reader, type);
    } else if (reader.peek("(")) {
      take_group(reader, type);
    } else if (reader.peek("[")) {
      type.array = true;
      take_group(reader, type);
    } else if (reader.peek("array")) {
      type.array = true;
      take(reader, type);
    } else {
      return type;
    }
  }
}

void lint_type(const ColumnType& type, Feature serial, FindingWords words, Findings& findings) {
  if (type.name.empty()) return;
  if (type.array) {
    words.type = display_name(type.name) + "[]";
    findings.add(Feature::kArrayColumn, *type.first, words);
  } else if (is_serial(type.name)) {
    words.type = type.name;
    findings.add(serial, *type.first, words);
  } else if (is_refused_type(type.name)) {
    words.type = display_name(type.name);
    findings.add(Feature::kColumnType, *type.first, words);
  }
}

bool has_accepted_cache(TokenReader options) {
  for (; !options.at_end(); options.advance()) {
    if (!options.accept("cache")) continue;
    if (options.at_end()) return true;
    const std::string_view number = options.token().text;
    const bool digits = number.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || number.size() > 9) return true;
    const long long size = std::stoll(std::string(number));
    return size == 1 || size >= kSequenceCacheMinimum;
  }
  return false;
}

}  // namespace engine
