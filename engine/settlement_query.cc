#include <algorithm>

#include "engine/name.h"
#include "engine/settlement_columns.h"

// What the columns of a query are called, as FigureColname in PostgreSQL's parse_target.c has it,
// for the forms that are plain: a column, a call, anything AS a name. For every other nothing is
// said.

namespace engine::settlement {
namespace {

const std::initializer_list<std::string_view> kClauses = {
    "from",  "where", "group",  "having", "window", "union", "intersect", "except",
    "order", "limit", "offset", "fetch",  "for",    "into",  "with"};

// Words that are no columns, and calls that are called something else.
const std::initializer_list<std::string_view> kSpecialWords = {
    "all",      "any",  "array",    "case", "cast", "collation", "exists",    "extract", "false",
    "grouping", "in",   "interval", "json", "not",  "normalize", "null",      "overlay", "row",
    "select",   "some", "treat",    "trim", "true", "values",    "xmlelement"};

// Words that can stand behind a column and are not its label.
const std::initializer_list<std::string_view> kPostfixes = {"isnull", "notnull"};

bool is_plain_star(TokenReader item) { return item.accept("*") && item.at_end(); }

// A column, or a call without OVER and the like; a cast of it is called the same.
std::optional<std::string> accept_named_expression(TokenReader& item) {
  if (!item.peek_name() || item.peek_any(kSpecialWords)) return std::nullopt;
  auto name = accept_object_name(item);
  if (!name) return std::nullopt;
  item.accept_group();
  while (item.accept("::")) {
    if (!accept_type_name(item, Dialect::kPostgres)) return std::nullopt;
  }
  return name->name;
}

std::optional<std::string> find_label(TokenReader item) {
  TokenReader rest = item;
  if (skip_behind(rest, "as")) {
    const auto label = accept_simple_name(rest);
    return rest.at_end() && !label.empty() ? std::optional(label) : std::nullopt;
  }
  auto name = accept_named_expression(item);
  if (!name || item.at_end()) return name;
  if (item.peek_any(kPostfixes)) return std::nullopt;
  const auto label = accept_simple_name(item);
  return item.at_end() && !label.empty() ? std::optional(label) : std::nullopt;
}

// The select list, and what stands behind it.
struct Select {
  std::vector<TokenReader> items;
  TokenReader rest;
};

// The tokens before the one `behind` stands at.
TokenReader cut(TokenReader from, const TokenReader& behind) {
  const Token* first = &from.token();
  const Token* last = first;
  while (!from.at_end() && (behind.at_end() || &from.token() != &behind.token())) {
    last = &from.token() + 1;
    from.advance();
  }
  return {first, last};
}

std::optional<Select> accept_select(TokenReader query) {
  if (query.accept("with")) {
    while (!query.at_end() && !query.peek("select")) query.skip();
  }
  if (!query.accept("select")) return std::nullopt;
  if (!query.accept("all") && query.accept("distinct") && query.accept("on")) query.accept_group();
  if (query.at_end()) return std::nullopt;
  const TokenReader items = query;
  while (!query.at_end() && !query.peek_any(kClauses)) query.skip();
  return Select{cut(items, query).split_at_commas(), query};
}

// The one table of FROM; nullopt for a join, a function, a sub-select.
std::optional<ObjectName> find_only_table(TokenReader rest) {
  if (rest.accept("into")) {
    while (!rest.at_end() && !rest.peek("from")) rest.skip();
  }
  if (!rest.accept("from")) return std::nullopt;
  rest.accept("only");
  auto table = accept_object_name(rest);
  if (!table || rest.peek("(")) return std::nullopt;
  const bool joins = has_words(rest, {","}) || has_words(rest, {"join"});
  return joins ? std::nullopt : table;
}

std::optional<std::vector<std::string>> find_labels(const std::vector<TokenReader>& items) {
  std::vector<std::string> labels;
  for (const auto& item : items) {
    auto label = find_label(item);
    if (!label) return std::nullopt;
    labels.push_back(std::move(*label));
  }
  return labels;
}

}  // namespace

std::string has_query_columns(Question& question, const std::vector<std::string>& names,
                              TokenReader query) {
  const bool with = query.peek("with");
  const auto select = accept_select(query);
  const std::string columns = joined(question, "a.attname::text",
                                     "FROM pg_attribute a WHERE a.attrelid = o.oid AND "
                                     "a.attnum > 0 AND NOT a.attisdropped",
                                     "a.attnum");
  auto labels = select ? find_labels(select->items) : std::nullopt;
  if (labels) {
    if (names.size() > labels->size()) return "false";
    std::copy(names.begin(), names.end(), labels->begin());
    return columns + " = " + question.list(*labels);
  }
  if (!names.empty()) return columns + " = " + question.list(names);
  const bool star = select && select->items.size() == 1 && is_plain_star(select->items[0]);
  const auto table = star && !with ? find_only_table(select->rest) : std::nullopt;
  if (!table) return "false";
  return columns + " = " +
         joined(question, "b.attname::text",
                "FROM pg_attribute b WHERE b.attrelid = " +
                    find_oid(question, kRelations, *table, Place::kVisible) +
                    " AND b.attnum > 0 AND NOT b.attisdropped",
                "b.attnum");
}

}  // namespace engine::settlement
