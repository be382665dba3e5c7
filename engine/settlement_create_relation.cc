#include <algorithm>
#include <cctype>

#include "engine/settlement_columns.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

Evidence created(Question& question, const ObjectName& name, const std::string& looks_right) {
  const auto there = from(question, kRelations, name, Place::kCreated);
  return {exists(there, looks_right), "NOT " + exists(there)};
}

std::optional<ObjectName> accept_new_name(TokenReader& statement, bool temporary) {
  auto name = accept_object_name(statement);
  if (name && temporary) name->schema = "pg_temp";
  return name;
}

// Goes to the query of CREATE TABLE ... AS; false for one that has none.
bool skip_to_query(TokenReader& statement) {
  while (!statement.at_end()) {
    if (statement.accept("as")) return true;
    if (statement.peek_any({"partition", "inherits"})) return false;
    statement.skip();
  }
  return false;
}

Settlement settle_partition(TokenReader statement, Dialect dialect, const ObjectName& name) {
  const auto parent = accept_object_name(statement);
  if (!parent) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const auto of_parent =
      "EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = o.oid AND h.inhparent = " +
      find_oid(question, kRelations, *parent, Place::kVisible) + ")";
  return ask(Form::kCreatePartition, question, created(question, name, of_parent));
}

// AS type; or an option that pg_sequence has a column for.
std::string accept_sequence_option(TokenReader& option, Question& question) {
  if (option.accept("as")) {
    const auto type = accept_type_name(option, question.dialect());
    return !type ? "false"
                 : "EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = s.seqtypid AND t.typname = " +
                       question.text(type->name) + ")";
  }
  static constexpr std::pair<std::string_view, std::string_view> kNumbers[] = {
      {"increment", "seqincrement"},
      {"minvalue", "seqmin"},
      {"maxvalue", "seqmax"},
      {"start", "seqstart"},
      {"cache", "seqcache"}};
  for (const auto& [word, column] : kNumbers) {
    if (!option.accept(word)) continue;
    option.accept("by");
    option.accept("with");
    const std::string sign = option.accept("-") ? "-" : "";
    if (option.at_end()) return "";
    const std::string digits(option.token().text);
    const bool plain = std::all_of(digits.begin(), digits.end(),
                                   [](unsigned char c) { return std::isdigit(c) != 0; });
    return plain ? "s." + std::string(column) + "::text = " + question.text(sign + digits) : "";
  }
  const bool no = option.accept("no");
  if (option.peek("cycle")) return no ? "NOT s.seqcycle" : "s.seqcycle";
  return "";
}

}  // namespace

Settlement settle_create_table(TokenReader statement, Dialect dialect, bool temporary) {
  const auto name = accept_new_name(statement, temporary);
  if (!name) return make_settlement(Form::kUnknown);
  Question question(dialect);
  TokenReader query = statement;
  if (skip_to_query(query)) {
    std::vector<std::string> names;
    if (statement.peek("(")) names = read_names(statement);
    return ask(Form::kCreateTableAs, question,
               created(question, *name,
                       "o.relkind = 'r' AND " + has_query_columns(question, names, query)));
  }
  if (statement.accept({"partition", "of"})) return settle_partition(statement, dialect, *name);
  if (!statement.peek("(")) {  // OF type
    return ask(Form::kCreateTable, question, created(question, *name, "false"));
  }
  const bool inherits = has_words(statement, {"inherits"});
  return ask(
      Form::kCreateTable, question,
      created(question, *name,
              "o.relkind IN ('r', 'p', 'f') AND " + has_elements(question, statement, inherits)));
}

Settlement settle_select_into(TokenReader statement, Dialect dialect) {
  TokenReader target = statement;
  if (!skip_behind(target, "into")) return make_settlement(Form::kUnknown);
  if (target.peek_any({"local", "global"})) target.advance();
  bool temporary = target.accept("temp") || target.accept("temporary");
  target.accept("unlogged");
  target.accept("table");
  const auto name = accept_new_name(target, temporary);
  if (!name) return make_settlement(Form::kUnknown);
  Question question(dialect);
  return ask(Form::kCreateTableAs, question,
             created(question, *name,
                     "o.relkind = 'r' AND " + has_query_columns(question, {}, statement)));
}

Settlement settle_create_view(TokenReader statement, Dialect dialect, bool temporary,
                              bool materialized) {
  const auto name = accept_new_name(statement, temporary);
  if (!name) return make_settlement(Form::kUnknown);
  std::vector<std::string> names;
  if (statement.peek("(")) names = read_names(statement);
  if (!skip_behind(statement, "as")) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const std::string kind = materialized ? "'m'" : "'v'";
  return ask(
      Form::kCreateView, question,
      created(question, *name,
              "o.relkind = " + kind + " AND " + has_query_columns(question, names, statement)));
}

Settlement settle_create_sequence(TokenReader statement, Dialect dialect, bool temporary) {
  const auto name = accept_new_name(statement, temporary);
  if (!name) return make_settlement(Form::kUnknown);
  Question question(dialect);
  std::vector<std::string> conditions;
  while (!statement.at_end()) {
    const Token* before = &statement.token();
    auto condition = accept_sequence_option(statement, question);
    if (!condition.empty()) conditions.push_back(std::move(condition));
    if (!statement.at_end() && &statement.token() == before) statement.skip();
  }
  const auto looks_right =
      "o.relkind = 'S' AND EXISTS (SELECT 1 FROM pg_sequence s WHERE s.seqrelid = o.oid AND " +
      conjoin(conditions) + ")";
  return ask(Form::kCreateSequence, question, created(question, *name, looks_right));
}

}  // namespace engine::settlement
