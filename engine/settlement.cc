#include "engine/settlement.h"

#include <algorithm>

#include "engine/lexer.h"
#include "engine/settlement_statement.h"
#include "engine/statement_kind.h"

namespace engine {
namespace {

using settlement::Form;
using settlement::make_settlement;
using settlement::Question;

// Statements that are settled by their first word.
struct Verb {
  std::initializer_list<std::string_view> words;
  Form form;
};

const Verb kVerbs[] = {
    {{"comment"}, Form::kComment},
    {{"security", "label"}, Form::kComment},
    {{"grant"}, Form::kGrant},
    {{"revoke"}, Form::kGrant},
    {{"analyze"}, Form::kMaintenance},
    {{"analyse"}, Form::kMaintenance},
    {{"vacuum"}, Form::kMaintenance},
    {{"reindex"}, Form::kMaintenance},
    {{"cluster"}, Form::kMaintenance},
    {{"checkpoint"}, Form::kMaintenance},
    {{"refresh", "materialized", "view"}, Form::kMaintenance},
    {{"reassign", "owned"}, Form::kReassignOwned},
    {{"call", "sys", ".", "wait_for_job"}, Form::kWaitForJob},
    {{"call"}, Form::kCall},
    {{"do"}, Form::kDo},
    {{"lock"}, Form::kSession},
    {{"show"}, Form::kSession},
};

// AWS IAM GRANT role TO 'arn', AWS IAM REVOKE role FROM 'arn'
Settlement settle_iam(TokenReader statement) {
  const bool grant = statement.accept("grant");
  if (!grant && !statement.accept("revoke")) return make_settlement(Form::kUnknown);
  const auto role = settlement::accept_simple_name(statement);
  statement.advance();
  const auto arn = settlement::accept_string(statement);
  if (role.empty() || !arn) return make_settlement(Form::kUnknown);
  Question question(Dialect::kDsql);
  const std::string mapped =
      "EXISTS (SELECT 1 FROM sys.iam_pg_role_mappings m WHERE m.pg_role_name::text = " +
      question.text(role) + " AND m.arn::text = " + question.text(*arn) + ")";
  const std::string not_mapped = "NOT " + mapped;
  return grant ? ask(Form::kIamGrant, question, {{mapped, "done"}, {not_mapped, "not done"}})
               : ask(Form::kIamRevoke, question, {{not_mapped, "done"}, {mapped, "not done"}});
}

// What is not settled by its words is settled by its kind.
Settlement settle_kind(const TokenReader& statement, Dialect dialect) {
  switch (classify_statement(statement)) {
    case StatementKind::kDml:
      return make_settlement(Form::kDml);
    case StatementKind::kQuery:
      return make_settlement(Form::kQuery);
    case StatementKind::kSession:
      return make_settlement(Form::kSession);
    case StatementKind::kTransaction:
      return make_settlement(Form::kTransaction);
    default:
      break;
  }
  if (statement.peek("select") || statement.peek("with")) {
    return settlement::settle_select_into(statement, dialect);
  }
  return make_settlement(Form::kUnknown);
}

Settlement settle(TokenReader statement, Dialect dialect) {
  if (statement.accept("create")) return settlement::settle_create(statement, dialect);
  if (statement.accept("alter")) return settlement::settle_alter(statement, dialect);
  if (statement.accept("drop")) return settlement::settle_drop(statement, dialect);
  if (dialect == Dialect::kDsql && statement.accept({"aws", "iam"})) return settle_iam(statement);
  for (const auto& verb : kVerbs) {
    if (statement.peek(verb.words)) return make_settlement(verb.form);
  }
  return settle_kind(statement, dialect);
}

// U&"..." is not decoded here, and "" is no name.
bool has_unreadable_name(const std::vector<Token>& tokens) {
  return std::any_of(tokens.begin(), tokens.end(), [](const Token& token) {
    return token.kind == TokenKind::kQuotedName &&
           (!token.text.starts_with('"') || token.text.size() < 3);
  });
}

}  // namespace

Settlement find_settlement(std::string_view sql, Dialect dialect) {
  const LexResult lexed = lex(sql);
  if (!lexed.errors.empty()) return make_settlement(Form::kUnknown);
  if (has_unreadable_name(lexed.tokens)) return make_settlement(Form::kUnicodeName);
  return settle(TokenReader(lexed.tokens), dialect);
}

SettleVerdict parse_settle_answer(const ResultSet& answer) {
  if (answer.rows.size() != 1 || answer.rows[0].size() != 1) return SettleVerdict::kUnclear;
  const Value& word = answer.rows[0][0];
  if (word == "done") return SettleVerdict::kDone;
  if (word == "not done") return SettleVerdict::kNotDone;
  return word == "invalid" ? SettleVerdict::kInvalid : SettleVerdict::kUnclear;
}

}  // namespace engine
