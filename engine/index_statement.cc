#include "engine/index_statement.h"

#include <utility>

#include "engine/lexer.h"

namespace engine {
namespace {

// One key, up to the comma or the closing parenthesis: a column, a function call or an expression
// in parentheses, then COLLATE, operator class, sort order and NULLS in that order.
IndexKey parse_key(TokenReader& reader) {
  IndexKey key;
  key.first = &reader.token();
  if (!reader.accept_group()) {
    reader.accept_qualified_name();
    reader.accept_group();
  }
  while (!reader.at_end() && !reader.peek_any({",", ")"})) {
    if (reader.peek("collate")) {
      key.collate = &reader.token();
      reader.advance();
      reader.accept_qualified_name();
    } else if (reader.peek_any({"asc", "desc"})) {
      key.sort_order = &reader.token();
      reader.advance();
    } else if (reader.accept("nulls")) {
      reader.advance();
    } else {
      if (reader.peek_name() && key.opclass == nullptr) key.opclass = &reader.token();
      reader.skip();
    }
  }
  return key;
}

std::vector<IndexKey> parse_keys(TokenReader& reader) {
  std::vector<IndexKey> keys;
  reader.accept("(");
  while (!reader.at_end() && !reader.peek(")")) {
    keys.push_back(parse_key(reader));
    reader.accept(",");
  }
  reader.accept(")");
  return keys;
}

void parse_include(TokenReader& reader, IndexStatement& index) {
  reader.accept("(");
  while (!reader.at_end() && !reader.peek(")")) {
    const Token* first = &reader.token();
    const bool name = reader.peek_name();
    reader.skip();
    if ((!name || !reader.peek_any({",", ")"})) && index.include_expression == nullptr) {
      index.include_expression = first;
    }
    while (!reader.at_end() && !reader.peek_any({",", ")"})) reader.skip();
    reader.accept(",");
  }
  reader.accept(")");
}

// What follows the keys: INCLUDE, NULLS DISTINCT, WITH, TABLESPACE, and WHERE last.
void parse_tail(TokenReader& reader, IndexStatement& index) {
  while (!reader.at_end() && !reader.peek("where")) {
    if (reader.accept("include")) {
      parse_include(reader, index);
    } else {
      const bool storage = reader.peek({"with", "("}) || reader.peek("tablespace");
      if (storage && index.storage == nullptr) index.storage = &reader.token();
      reader.skip();
    }
  }
}

// [CONCURRENTLY | ASYNC] [[IF NOT EXISTS] name] ON
bool parse_head(TokenReader& reader, IndexStatement& index) {
  if (reader.peek_any({"concurrently", "async"})) {
    index.mode = &reader.token();
    reader.advance();
  }
  reader.accept({"if", "not", "exists"});
  if (!reader.peek("on") && reader.peek_name()) {
    index.name = &reader.token();
    index.index_name = reader.accept_qualified_name();
  }
  return reader.accept("on");
}

}  // namespace

std::optional<IndexStatement> parse_index_statement(TokenReader statement) {
  IndexStatement index;
  if (!statement.accept("create")) return std::nullopt;
  statement.accept("unique");
  if (!statement.peek("index")) return std::nullopt;
  index.index = &statement.token();
  statement.advance();
  if (!parse_head(statement, index)) return std::nullopt;
  statement.accept("only");
  if (!statement.peek_name()) return std::nullopt;
  index.table = &statement.token();
  index.table_name = statement.accept_qualified_name();
  if (statement.peek("using")) {
    index.using_word = &statement.token();
    statement.advance();
    if (!statement.peek_name()) return std::nullopt;
    index.method = &statement.token();
    statement.advance();
  }
  if (!statement.peek("(")) return std::nullopt;
  index.keys = parse_keys(statement);
  parse_tail(statement, index);
  return index;
}

std::optional<ValidateStatement> parse_validate_statement(TokenReader statement) {
  ValidateStatement validate;
  if (!statement.accept("alter") || !statement.peek("table")) return std::nullopt;
  validate.table_word = &statement.token();
  statement.advance();
  // A table called async is possible on PostgreSQL: "ALTER TABLE async VALIDATE CONSTRAINT c".
  if (statement.peek("async") && !statement.peek({"async", "validate", "constraint"}) &&
      !statement.peek({"async", "."})) {
    validate.async = &statement.token();
    statement.advance();
  }
  statement.accept({"if", "exists"});
  statement.accept("only");
  validate.table_name = statement.accept_qualified_name();
  statement.accept("*");
  if (validate.table_name.empty() || !statement.accept({"validate", "constraint"})) {
    return std::nullopt;
  }
  validate.constraint_name = statement.accept_qualified_name();
  if (validate.constraint_name.empty() || !statement.at_end()) return std::nullopt;
  return validate;
}

bool says_if_not_exists(const std::string& sql) {
  const auto lexed = lex(sql);
  for (TokenReader reader(lexed.tokens); !reader.at_end(); reader.skip()) {
    if (reader.peek({"if", "not", "exists"})) return true;
  }
  return false;
}

}  // namespace engine
