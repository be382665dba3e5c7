#include "engine/settlement_columns.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

struct IndexText {
  bool unique = false;
  bool if_not_exists = false;
  bool only = false;  // ON ONLY a partitioned table: not valid until its partitions have theirs
  std::string name;   // "" when left to the server
  ObjectName table;
  std::vector<std::string> keys;  // columns, "" for an expression
  std::vector<std::string> included;
  bool predicate = false;
};

// A column, also in parentheses, is its name; "" for an expression.
std::string read_key_column(TokenReader key) {
  if (key.peek("(")) {
    const auto inside = key.accept_list();
    if (inside.size() != 1) return "";
    TokenReader column = inside[0];
    const auto name = accept_simple_name(column);
    return column.at_end() ? name : "";
  }
  const auto name = accept_simple_name(key);
  return key.peek("(") || key.peek(".") ? "" : name;
}

// [CONCURRENTLY | ASYNC] [[IF NOT EXISTS] name] ON [ONLY] table [USING method] (keys) ...
std::optional<IndexText> parse_index(TokenReader statement) {
  IndexText index;
  if (!statement.accept("concurrently")) statement.accept("async");
  index.if_not_exists = statement.accept({"if", "not", "exists"});
  if (!statement.peek("on")) index.name = accept_simple_name(statement);
  if (!statement.accept("on")) return std::nullopt;
  index.only = statement.accept("only");
  const auto table = accept_object_name(statement);
  if (!table) return std::nullopt;
  index.table = *table;
  if (statement.accept("using")) statement.advance();
  for (const auto& key : statement.accept_list()) index.keys.push_back(read_key_column(key));
  if (index.keys.empty()) return std::nullopt;
  if (statement.accept("include")) index.included = read_names(statement);
  index.predicate = has_words(statement, {"where"});
  return index;
}

// Of the index o, i its row in pg_index. What a DSQL index includes beyond what was written is not
// known, so there it is left out.
std::string looks_right(Question& question, const IndexText& index, const std::string& table) {
  const std::string keys =
      numbered_columns(question, "i.indkey", "i.indrelid", "e.place <= i.indnkeyatts");
  std::vector<std::string> conditions = {
      "i.indrelid = " + table, index.unique ? "i.indisunique" : "NOT i.indisunique",
      std::string("i.indpred IS ") + (index.predicate ? "NOT NULL" : "NULL"),
      "i.indnkeyatts::text = " + question.text(std::to_string(index.keys.size())),
      keys + " = " + question.list(index.keys)};
  if (question.dialect() == Dialect::kPostgres) {
    conditions.push_back(
        numbered_columns(question, "i.indkey", "i.indrelid", "e.place > i.indnkeyatts") + " = " +
        question.list(index.included));
  }
  return conjoin(conditions);
}

std::string is_valid(const IndexText& index) {
  return index.only ? "(i.indisvalid OR EXISTS (SELECT 1 FROM pg_class r WHERE r.oid = i.indrelid "
                      "AND r.relkind = 'p'))"
                    : "i.indisvalid";
}

// An index is made in its table's schema.
std::string from_index(Question& question, const std::string& table, const std::string& name) {
  return "FROM pg_class o LEFT JOIN pg_index i ON i.indexrelid = o.oid WHERE o.relnamespace = "
         "(SELECT r.relnamespace FROM pg_class r WHERE r.oid = " +
         table + ") AND o.relname = " + question.text(name);
}

Settlement settle_named(const IndexText& index, Question& question, const std::string& table) {
  const auto named = from_index(question, table, index.name);
  const auto shape = looks_right(question, index, table);
  return ask(Form::kCreateIndex, question,
             {{exists(named, shape + " AND " + is_valid(index)), "done"},
              {exists(named, shape), "invalid"},
              {table + " IS NOT NULL AND NOT " + exists(named), "not done"}});
}

// Whatever has the name makes the statement do nothing, also an index that was left invalid.
Settlement settle_if_not_exists(const IndexText& index, Question& question,
                                const std::string& table) {
  const auto named = from_index(question, table, index.name);
  return ask(Form::kCreateIndexIfNotExists, question,
             {{exists(named, "NOT " + is_valid(index)), "invalid"},
              {exists(named), "done"},
              {table + " IS NOT NULL", "not done"}});
}

// As it was sent by somebody else, for ours have a name by then (index_name.h). One of that shape
// may be an older one, also when it has the name that the server makes.
Settlement settle_unnamed(const IndexText& index, Question& question, const std::string& table) {
  const auto alike = "FROM pg_index i JOIN pg_class o ON o.oid = i.indexrelid WHERE " +
                     looks_right(question, index, table);
  return ask(Form::kCreateIndexUnnamed, question,
             {{table + " IS NOT NULL AND NOT " + exists(alike), "not done"}});
}

}  // namespace

Settlement settle_create_index(TokenReader statement, Dialect dialect, bool unique) {
  auto index = parse_index(statement);
  if (!index) return make_settlement(Form::kUnknown);
  index->unique = unique;
  Question question(dialect);
  const auto table = find_oid(question, kRelations, index->table, Place::kVisible);
  Settlement settlement;
  if (index->name.empty()) {
    settlement = settle_unnamed(*index, question, table);
  } else if (index->if_not_exists) {
    settlement = settle_if_not_exists(*index, question, table);
  } else {
    settlement = settle_named(*index, question, table);
  }
  settlement.index_name = index->name;
  return settlement;
}

}  // namespace engine::settlement
