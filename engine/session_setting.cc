#include "engine/session_setting.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/ascii.h"
#include "engine/findings.h"
#include "engine/lexer.h"
#include "engine/name.h"

namespace engine {
namespace {

constexpr std::string_view kSetConfig = "set_config";

// Also in a comment or a literal.
bool names_set_config(std::string_view text) {
  return std::search(text.begin(), text.end(), kSetConfig.begin(), kSetConfig.end(),
                     [](char a, char b) { return to_lower(a) == b; }) != text.end();
}

bool is_set_config(const TokenReader& at) {
  return at.peek(kSetConfig) || (!at.at_end() && at.token().text == "\"set_config\"");
}

// What a plain '...' alone says.
std::optional<std::string> find_literal(TokenReader argument) {
  if (argument.at_end() || argument.token().kind != TokenKind::kString) return std::nullopt;
  const auto text = argument.token().text;
  argument.advance();
  if (!argument.at_end() || !text.starts_with('\'')) return std::nullopt;
  return std::string(text.substr(1, text.size() - 2));
}

// Literals, and what was set before: the same each time, when all before it was sent again as well.
bool is_repeatable(TokenReader argument) {
  for (; !argument.at_end(); argument.advance()) {
    if (argument.token().kind == TokenKind::kQuotedName) return false;
    if (argument.token().kind == TokenKind::kWord &&
        !argument.peek_any({"null", "true", "false", "current_setting", "pg_catalog", "text"})) {
      return false;
    }
  }
  return true;
}

bool is_set_config_item(TokenReader item) {
  item.accept({"pg_catalog", "."});
  if (!is_set_config(item)) return false;
  item.advance();
  const auto arguments = item.accept_list();
  if (arguments.size() != 3 || !find_literal(arguments[0])) return false;
  if (!std::all_of(arguments.begin(), arguments.end(), is_repeatable)) return false;
  item.accept("as");
  if (item.peek_name()) item.advance();
  return item.at_end();
}

struct Call {
  const Token* at;
  std::vector<TokenReader> arguments;
};

std::vector<Call> find_calls(TokenReader statement) {
  std::vector<Call> calls;
  for (; !statement.at_end(); statement.advance()) {
    if (!is_set_config(statement)) continue;
    TokenReader behind = statement;
    behind.advance();
    if (behind.peek("(")) calls.push_back({&statement.token(), behind.accept_list()});
  }
  return calls;
}

std::string name_of(const Call& call) {
  return call.arguments.empty() ? "" : to_lower(find_literal(call.arguments[0]).value_or(""));
}

bool is_local(const Call& call) {
  if (call.arguments.size() != 3) return false;
  TokenReader last = call.arguments[2];
  return last.accept("true") && last.at_end();
}

bool is_role(std::string_view parameter) {
  return parameter == "role" || parameter == "session_authorization";
}

void add_role(const Token& at, Findings& findings) {
  findings.add_problem(
      "set-role",
      "the ledger is written between this file's statements, by the same session, which another "
      "role's rights are not enough for",
      "Leave it out, and give what the file makes to the role: ALTER ... OWNER TO. Only a file "
      "that is one transaction, on PostgreSQL, may change its role.",
      at);
}

void add_local(const Token& at, Findings& findings) {
  findings.add_problem("set-local",
                       "this ends with its transaction, and here every statement is one of its "
                       "own: those behind it are not told",
                       "Write SET without LOCAL, which lasts to the end of the file.", at);
}

void add_mixed(const Token& at, Findings& findings) {
  findings.add_problem("set-config-mixed",
                       "set_config here is part of another statement, and so what it sets would be "
                       "lost with the connection",
                       "Set it in a statement of its own: SET name = 'value', or SELECT "
                       "set_config('name', 'value', false) with literals and nothing else.",
                       at);
}

// Behind SET.
void lint_set(TokenReader rest, Findings& findings) {
  if (rest.at_end()) return;
  const Token& at = rest.token();
  const bool local = rest.accept("local");
  if (!local && !rest.peek({"session", "authorization"})) rest.accept("session");
  const bool authorization = rest.accept({"session", "authorization"});
  const auto parameter = authorization ? "role" : catalog_name(rest.accept_qualified_name());
  if (!rest.accept("to")) rest.accept("=");
  if (is_role(parameter) && !rest.peek_any({"none", "default"})) {
    add_role(at, findings);
  } else if (local) {
    add_local(at, findings);
  }
}

void lint_calls(const TokenReader& statement, bool mixed, Findings& findings) {
  for (const auto& call : find_calls(statement)) {
    if (is_role(name_of(call))) {
      add_role(*call.at, findings);
    } else if (mixed && !is_local(call)) {
      add_mixed(*call.at, findings);
    } else if (!mixed && is_local(call)) {
      add_local(*call.at, findings);
    }
  }
}

// DDL only says what is to be called later.
std::vector<Problem> lint(const Statement& statement, const std::string& file) {
  const bool sets = statement.kind == StatementKind::kSession;
  if (statement.kind == StatementKind::kDdl) return {};
  if (!sets && !names_set_config(statement.text)) return {};
  const LexResult lexed = lex(statement.text);
  TokenReader reader(lexed.tokens);
  Findings findings(statement, file);
  lint_calls(reader, !sets, findings);
  if (reader.accept("set")) lint_set(reader, findings);
  return findings.take();
}

// What else runs code that the engine does not see.
bool may_call(const Statement& statement) {
  if (statement.kind == StatementKind::kQuery) return true;
  const auto end = std::find_if_not(statement.text.begin(), statement.text.end(), [](char c) {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
  });
  const auto verb = to_lower(std::string_view(statement.text.begin(), end));
  return verb == "do" || verb == "call" || verb == "execute";
}

}  // namespace

bool is_set_config_list(TokenReader rest) {
  const auto items = rest.split_at_commas();
  return !items.empty() && std::all_of(items.begin(), items.end(), is_set_config_item);
}

bool sets_session(const Migration& file) {
  return std::any_of(
      file.statements.begin(), file.statements.end(),
      [](const Statement& statement) { return statement.kind == StatementKind::kSession; });
}

bool may_set_session(const Migration& file) {
  return sets_session(file) ||
         std::any_of(file.statements.begin(), file.statements.end(), [](const Statement& each) {
           return may_call(each) || names_set_config(each.text);
         });
}

void lint_set_config(TokenReader statement, Findings& findings) {
  for (const auto& call : find_calls(statement)) {
    FindingWords words;
    words.name = name_of(call);
    if (!words.name.empty() && !is_settable(words.name)) {
      findings.add(Feature::kSetParameter, *call.at, words);
    }
  }
}

std::vector<Problem> lint_session(const Migration& file, int applied) {
  std::vector<Problem> problems;
  for (auto i = static_cast<std::size_t>(applied); i < file.statements.size(); ++i) {
    auto found = lint(file.statements[i], file.file);
    std::move(found.begin(), found.end(), std::back_inserter(problems));
  }
  return problems;
}

}  // namespace engine
