#include "engine/existing.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "engine/lexer.h"
#include "engine/name.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

struct Made {
  std::string name;
  std::vector<std::string_view> codes = {};  // SQLSTATEs that say that it exists
};

// Words between CREATE and the kind of object.
bool accept_modifier(TokenReader& statement) {
  if (statement.accept({"or", "replace"})) return true;
  if (!statement.peek_any({"global", "local", "temp", "temporary", "unlogged", "unique",
                           "recursive", "materialized", "constraint", "trusted", "procedural",
                           "foreign", "event", "text", "search"})) {
    return false;
  }
  statement.advance();
  return true;
}

std::vector<std::string_view> codes_of(TokenReader statement) {
  if (statement.peek_any({"table", "view", "index", "sequence"})) return {"42P07"};
  if (statement.peek("schema")) return {"42P06"};
  if (statement.peek_any({"function", "procedure", "aggregate"})) return {"42723"};
  return {"42710"};
}

// What a schema is made with, and is left out together with it.
bool has_elements(TokenReader behind_name) {
  if (behind_name.accept("authorization") && !behind_name.at_end()) behind_name.advance();
  behind_name.accept(";");
  return !behind_name.at_end();
}

std::optional<Made> find_created(TokenReader statement) {
  while (accept_modifier(statement)) {
  }
  auto codes = codes_of(statement);
  if (statement.at_end()) return std::nullopt;
  const bool schema = statement.peek("schema");
  statement.advance();
  if (statement.peek_any({"concurrently", "async"})) statement.advance();
  statement.accept({"if", "not", "exists"});
  if (statement.peek("on")) return std::nullopt;  // an index without a name
  const auto written = statement.accept_qualified_name();
  if (written.empty() || (schema && has_elements(statement))) return std::nullopt;
  return Made{catalog_name(last_part(written)), std::move(codes)};
}

std::optional<Made> find_added(TokenReader statement) {
  statement.accept({"if", "exists"});
  statement.accept("only");
  statement.accept_qualified_name();
  statement.accept("*");
  if (statement.split_at_commas().size() != 1 || !statement.accept("add")) return std::nullopt;
  if (statement.accept("constraint")) {
    return Made{catalog_name(statement.accept_qualified_name()), {"42710", "42P07"}};
  }
  if (statement.peek_any({"primary", "unique", "foreign", "check", "exclude"})) return std::nullopt;
  statement.accept("column");
  statement.accept({"if", "not", "exists"});
  return Made{catalog_name(statement.accept_qualified_name()), {"42701"}};
}

std::optional<Made> find_label(TokenReader statement) {
  statement.accept_qualified_name();
  if (!statement.accept({"add", "value"})) return std::nullopt;
  statement.accept({"if", "not", "exists"});
  if (statement.at_end() || statement.token().kind != TokenKind::kString) return std::nullopt;
  const auto text = statement.token().text;
  return Made{std::string(text.substr(1, text.size() - 2)), {"42710"}};
}

std::optional<Made> find(const std::string& sql) {
  const auto lexed = lex(sql);
  if (!lexed.errors.empty()) return std::nullopt;
  TokenReader statement(lexed.tokens);
  if (statement.accept("create")) return find_created(statement);
  if (statement.accept({"alter", "table"})) return find_added(statement);
  if (statement.accept({"alter", "type"})) return find_label(statement);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_made(const std::string& sql) {
  const auto made = find(sql);
  return made && !made->name.empty() ? std::optional(made->name) : std::nullopt;
}

std::optional<std::string> find_existing(const std::string& sql, const Error& error) {
  if (error.kind() != ErrorKind::kStatement) return std::nullopt;
  const auto made = find(sql);
  if (!made || made->name.empty()) return std::nullopt;
  const auto& [sqlstate, message, detail, hint, position] = error.server();
  if (std::find(made->codes.begin(), made->codes.end(), sqlstate) == made->codes.end()) {
    return std::nullopt;
  }
  if (message.find('"' + made->name + '"') == std::string::npos) return std::nullopt;
  return made->name;
}

}  // namespace engine
