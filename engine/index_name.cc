#include "engine/index_name.h"

#include <algorithm>

#include "engine/lexer.h"
#include "engine/name.h"
#include "engine/settlement_key_name.h"
#include "engine/settlement_statement.h"

namespace engine {
namespace {

constexpr const char* kLabel = "idx";

// A second one of a name gets a number (ChooseIndexColumnNames in PostgreSQL's indexcmds.c).
void add_key_name(const std::string& name, std::vector<std::string>& names) {
  auto tried = name;
  for (int i = 1; std::find(names.begin(), names.end(), tried) != names.end(); ++i) {
    tried = name + std::to_string(i);
  }
  names.push_back(std::move(tried));
}

}  // namespace

std::optional<UnnamedIndex> UnnamedIndex::parse(const std::string& sql) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  if (!lexed.errors.empty() || !reader.accept("create")) return std::nullopt;
  reader.accept("unique");
  if (!reader.accept("index")) return std::nullopt;
  if (!reader.accept("concurrently")) reader.accept("async");
  if (!reader.peek("on")) return std::nullopt;
  const auto is_escaped = [](const Token& token) {  // U&"..." is not decoded
    return token.kind == TokenKind::kQuotedName && !token.text.starts_with('"');
  };
  if (std::any_of(lexed.tokens.begin(), lexed.tokens.end(), is_escaped)) return std::nullopt;
  UnnamedIndex index;
  index.sql_ = sql;
  index.name_at_ = static_cast<std::size_t>(reader.token().text.data() - sql.data());
  reader.advance();
  reader.accept("only");
  index.table_ = catalog_name(last_part(reader.accept_qualified_name()));
  if (reader.accept("using")) reader.advance();
  for (const auto& key : reader.accept_list()) {
    add_key_name(settlement::read_key_name(key), index.key_names_);
  }
  if (index.table_.empty() || index.key_names_.empty()) return std::nullopt;
  if (!reader.accept("include")) return index;
  for (const auto& column : reader.accept_list()) {
    add_key_name(settlement::read_key_name(column), index.key_names_);
  }
  return index;
}

std::string UnnamedIndex::make_name(int taken) const {
  return settlement::make_generated_name(table_, settlement::join_generated_names(key_names_),
                                         kLabel + (taken == 0 ? "" : std::to_string(taken)));
}

std::string UnnamedIndex::with_name(const std::string& name) const {
  return sql_.substr(0, name_at_) + write_identifier(name) + " " + sql_.substr(name_at_);
}

Query make_find_used_names(const std::string& table_name, std::span<const std::string> names) {
  Query query{
      "SELECT c.relname FROM pg_class c WHERE c.relnamespace = (SELECT t.relnamespace FROM "
      "pg_class t WHERE t.oid = to_regclass($1)) AND c.relname IN (",
      {table_name}};
  for (const auto& name : names) {
    query.parameters.emplace_back(name);
    query.sql +=
        (query.parameters.size() > 2 ? ", $" : "$") + std::to_string(query.parameters.size());
  }
  query.sql += ')';
  return query;
}

}  // namespace engine
