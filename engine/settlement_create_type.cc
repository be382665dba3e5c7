#include "engine/settlement_columns.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

Evidence created(Question& question, const ObjectName& name, const std::string& looks_right) {
  const auto there = from(question, kTypes, name, Place::kCreated);
  return {exists(there, looks_right), "NOT " + exists(there)};
}

// ENUM ('a', 'b')
std::string has_labels(Question& question, TokenReader list) {
  std::vector<std::string> labels;
  for (TokenReader label : list.accept_list()) {
    const auto text = accept_string(label);
    if (!text) return "false";
    labels.push_back(*text);
  }
  return "o.typtype = 'e' AND " +
         joined(question, "e.enumlabel::text", "FROM pg_enum e WHERE e.enumtypid = o.oid",
                "e.enumsortorder") +
         " = " + question.list(labels);
}

// (attributes): its relation has them as columns.
std::string has_attributes(Question& question, TokenReader list) {
  std::string sql = "o.typtype = 'c' AND EXISTS (SELECT 1 FROM (SELECT o.typrelid AS oid) o WHERE ";
  return sql + has_elements(question, list, false) + ")";
}

std::string has_base(Question& question, const TypeName& base, bool not_null) {
  std::string sql =
      "o.typtype = 'd' AND EXISTS (SELECT 1 FROM pg_type b WHERE b.oid = "
      "o.typbasetype AND b.typname = " +
      question.text(base.name) + ")";
  if (base.modifier) {
    sql += " AND o.typtypmod::text = " + question.text(std::to_string(*base.modifier));
  }
  return sql + (not_null ? " AND o.typnotnull" : " AND NOT o.typnotnull");
}

// A role's attributes as written, and what pg_roles has to say.
std::string has_attribute(Question& question, TokenReader& option) {
  static constexpr std::pair<std::string_view, std::string_view> kAttributes[] = {
      {"superuser", "rolsuper"}, {"createdb", "rolcreatedb"},       {"createrole", "rolcreaterole"},
      {"inherit", "rolinherit"}, {"replication", "rolreplication"}, {"bypassrls", "rolbypassrls"}};
  const auto word = fold_token(option.token());
  for (const auto& [attribute, column] : kAttributes) {
    if (word == attribute) return "o." + std::string(column);
    if (word == "no" + std::string(attribute)) return "NOT o." + std::string(column);
  }
  // Of memberships only PostgreSQL's catalog tells.
  if (word == "in" || word == "role" || word == "admin") return "false";
  if (!option.accept({"connection", "limit"}) || option.at_end()) return "";
  const std::string sign = option.accept("-") ? "-" : "";
  return option.at_end()
             ? ""
             : "o.rolconnlimit::text = " + question.text(sign + std::string(option.token().text));
}

}  // namespace

Settlement settle_create_type(TokenReader statement, Dialect dialect) {
  const auto name = accept_object_name(statement);
  if (!name || dialect == Dialect::kDsql) return make_settlement(Form::kUnknown);
  Question question(dialect);
  std::string looks_right = "false";
  if (statement.accept({"as", "enum"})) {
    looks_right = has_labels(question, statement);
  } else if (statement.peek({"as", "("})) {
    statement.advance();
    looks_right = has_attributes(question, statement);
  }
  return ask(Form::kCreateType, question, created(question, *name, looks_right));
}

Settlement settle_create_domain(TokenReader statement, Dialect dialect) {
  const auto name = accept_object_name(statement);
  statement.accept("as");
  const auto base = accept_type_name(statement, dialect);
  if (!name) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const auto looks_right =
      base ? has_base(question, *base, has_words(statement, {"not", "null"})) : "false";
  return ask(Form::kCreateDomain, question, created(question, *name, looks_right));
}

Settlement settle_create_role(TokenReader statement, Dialect dialect, bool login) {
  Question question(dialect);
  const ObjectName name{"", accept_simple_name(statement)};
  std::vector<std::string> conditions;
  for (; !statement.at_end(); statement.advance()) {
    if (statement.peek("login")) login = true;
    if (statement.peek("nologin")) login = false;
    auto condition = has_attribute(question, statement);
    if (!condition.empty()) conditions.push_back(std::move(condition));
    if (statement.at_end()) break;
  }
  conditions.emplace_back(login ? "o.rolcanlogin" : "NOT o.rolcanlogin");
  const auto there = from(question, kRoles, name, Place::kCreated);
  return ask(Form::kCreateRole, question,
             {exists(there, conjoin(conditions)), "NOT " + exists(there)});
}

}  // namespace engine::settlement
