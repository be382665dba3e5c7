#include "engine/settlement_columns.h"

#include "engine/name.h"

namespace engine::settlement {
namespace {

std::string column_rows(const std::string& relation) {
  return "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = " + relation +
         " AND a.attnum > 0 AND NOT a.attisdropped";
}

std::string list_columns(Question& question, const std::string& relation, bool with_types,
                         const std::string& and_condition = "") {
  return joined(question,
                with_types ? "a.attname::text || ' ' || t.typname::text" : "a.attname::text",
                column_rows(relation) + and_condition, "a.attnum");
}

// A run of columns as written, or the relation whose columns stand in their place (LIKE).
struct Piece {
  std::vector<std::string> names;
  std::vector<std::string> names_and_types;
  std::optional<ObjectName> like;
};

struct Elements {
  std::vector<Piece> pieces;
  bool readable = true;
  bool types_known = true;
};

void read_column(TokenReader element, Dialect dialect, Elements& elements) {
  const auto name = accept_simple_name(element);
  const auto type = accept_type_name(element, dialect);
  if (name.empty()) elements.readable = false;
  if (!type) elements.types_known = false;
  if (elements.pieces.empty() || elements.pieces.back().like) elements.pieces.emplace_back();
  elements.pieces.back().names.push_back(name);
  elements.pieces.back().names_and_types.push_back(name + ' ' + (type ? type->name : ""));
}

Elements read_elements(TokenReader list, Dialect dialect) {
  Elements elements;
  for (TokenReader element : list.accept_list()) {
    if (is_table_constraint(element)) continue;
    if (!element.accept("like")) {
      read_column(element, dialect, elements);
    } else if (auto name = accept_object_name(element)) {
      elements.pieces.push_back({{}, {}, std::move(name)});
    } else {
      elements.readable = false;
    }
  }
  return elements;
}

std::string list_piece(Question& question, const Piece& piece, bool with_types) {
  if (!piece.like) return question.list(with_types ? piece.names_and_types : piece.names);
  return list_columns(question, find_oid(question, kRelations, *piece.like, Place::kVisible),
                      with_types);
}

std::string list_pieces(Question& question, const Elements& elements) {
  std::string sql;
  for (const auto& piece : elements.pieces) {
    if (!sql.empty()) sql += " || " + question.separator() + " || ";
    sql += list_piece(question, piece, elements.types_known);
  }
  return sql.empty() ? "''" : sql;
}

}  // namespace

bool is_table_constraint(const TokenReader& element) {
  if (element.peek_any({"constraint", "check", "unique", "primary", "foreign"})) return true;
  return element.peek({"exclude", "using"}) || element.peek({"exclude", "("}) ||
         element.peek({"not", "null"});
}

char read_identity(TokenReader generated) {
  if (generated.accept({"generated", "always", "as", "identity"})) return 'a';
  if (generated.accept({"generated", "by", "default", "as", "identity"})) return 'd';
  return 0;
}

ColumnTraits read_column_traits(TokenReader behind_type, const TypeName& type) {
  ColumnTraits traits;
  traits.not_null = type.serial;
  traits.has_default = type.serial;
  for (TokenReader at = behind_type; !at.at_end(); at.skip()) {
    if (at.peek({"not", "null"}) || at.peek({"primary", "key"})) traits.not_null = true;
    if (at.peek("default")) traits.has_default = true;
    if (at.peek({"default", "null"})) traits.has_default = std::nullopt;
    if (const char identity = read_identity(at)) {
      traits.identity = identity;
      traits.not_null = true;
      traits.has_default = false;
      return traits;
    }
    if (at.peek({"generated", "always", "as", "("})) {
      traits.generated = true;
      traits.has_default = true;
    }
  }
  return traits;
}

std::string has_elements(Question& question, TokenReader list, bool inherits) {
  const Elements elements = read_elements(list, question.dialect());
  if (!elements.readable) return "false";
  return list_columns(question, "o.oid", elements.types_known,
                      inherits ? " AND a.attislocal" : "") +
         " = " + list_pieces(question, elements);
}

std::vector<std::string> read_names(TokenReader list) {
  std::vector<std::string> names;
  for (TokenReader name : list.accept_list()) names.push_back(accept_simple_name(name));
  return names;
}

std::string has_names(Question& question, TokenReader list) {
  return list_columns(question, "o.oid", false) + " = " + question.list(read_names(list));
}

}  // namespace engine::settlement
