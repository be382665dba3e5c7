#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ascii.h"
#include "engine/dialect.h"
#include "engine/findings.h"
#include "engine/index_statement.h"
#include "engine/insert_parts.h"
#include "engine/lexer.h"

// Rules that go by a statement's first words, and those for queries. What is not recognised is left
// to the cluster: a false alarm is worse than a late one.

namespace engine {
namespace {

using Words = std::initializer_list<std::string_view>;

struct Head {
  Words words;
  Feature feature;
};

// Statements that are refused whatever follows; the first match counts.
const Head kHeads[] = {
    {{"alter", "default", "privileges"}, Feature::kAlterDefaultPrivileges},
    {{"alter", "extension"}, Feature::kCreateExtension},
    {{"alter", "materialized", "view"}, Feature::kMaterializedView},
    {{"alter", "procedure"}, Feature::kCreateProcedure},
    {{"alter", "system"}, Feature::kAlterSystem},
    {{"create", "constraint", "trigger"}, Feature::kCreateTrigger},
    {{"create", "database"}, Feature::kCreateDatabase},
    {{"create", "extension"}, Feature::kCreateExtension},
    {{"create", "foreign", "table"}, Feature::kCreateForeignTable},
    {{"create", "materialized", "view"}, Feature::kMaterializedView},
    {{"create", "or", "replace", "constraint", "trigger"}, Feature::kCreateTrigger},
    {{"create", "or", "replace", "procedure"}, Feature::kCreateProcedure},
    {{"create", "or", "replace", "rule"}, Feature::kCreateRule},
    {{"create", "or", "replace", "trigger"}, Feature::kCreateTrigger},
    {{"create", "policy"}, Feature::kCreatePolicy},
    {{"create", "procedure"}, Feature::kCreateProcedure},
    {{"create", "rule"}, Feature::kCreateRule},
    {{"create", "tablespace"}, Feature::kCreateTablespace},
    {{"create", "trigger"}, Feature::kCreateTrigger},
    {{"declare"}, Feature::kDeclareCursor},
    {{"discard", "all"}, Feature::kDiscardAll},
    {{"do"}, Feature::kDo},
    {{"drop", "database"}, Feature::kCreateDatabase},
    {{"drop", "extension"}, Feature::kCreateExtension},
    {{"drop", "index", "concurrently"}, Feature::kDropIndexConcurrently},
    {{"drop", "materialized", "view"}, Feature::kMaterializedView},
    {{"drop", "procedure"}, Feature::kCreateProcedure},
    {{"drop", "type"}, Feature::kDropType},
    {{"execute"}, Feature::kPrepare},
    {{"listen"}, Feature::kListen},
    {{"load"}, Feature::kLoad},
    {{"lock"}, Feature::kLockTable},
    {{"merge"}, Feature::kMerge},
    {{"notify"}, Feature::kNotify},
    {{"refresh", "materialized", "view"}, Feature::kMaterializedView},
    {{"set", "session", "characteristics"}, Feature::kSessionCharacteristics},
    {{"truncate"}, Feature::kTruncate},
    {{"unlisten"}, Feature::kUnlisten},
    {{"vacuum"}, Feature::kVacuum},
};

// The object's name, for the rewrite.
FindingWords words_behind(TokenReader rest) {
  rest.accept("table");
  rest.accept({"if", "not", "exists"});
  rest.accept({"if", "exists"});
  rest.accept("only");
  FindingWords words;
  words.name = words.table = rest.accept_qualified_name();
  return words;
}

bool lint_head(TokenReader statement, Findings& findings) {
  const Token& at = statement.token();
  for (const Head& head : kHeads) {
    if (!statement.accept(head.words)) continue;
    findings.add(head.feature, at, words_behind(statement));
    return true;
  }
  return false;
}

// Behind CREATE TYPE.
void lint_create_type(TokenReader rest, const Token& at, Findings& findings) {
  rest.accept_qualified_name();
  Feature feature = Feature::kCreateType;
  if (rest.peek({"as", "("})) feature = Feature::kCompositeType;
  if (rest.peek({"as", "range"})) feature = Feature::kRangeType;
  findings.add(feature, at);
}

// Behind ALTER TYPE.
void lint_alter_type(TokenReader rest, const Token& at, Findings& findings) {
  rest.accept_qualified_name();
  findings.add(rest.peek({"rename", "to"}) ? Feature::kRenameType : Feature::kAlterType, at);
}

// Behind CREATE [OR REPLACE] FUNCTION. The language is a word or a string; without one the body is
// SQL.
void lint_create_function(TokenReader rest, Findings& findings) {
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek({"begin", "atomic"}) || rest.peek("return")) return;
    if (!rest.accept("language")) continue;
    if (rest.at_end()) return;
    FindingWords words;
    words.type = to_lower(rest.token().text);
    if (words.type.size() > 2 && (words.type.front() == '\'' || words.type.front() == '"')) {
      words.type = words.type.substr(1, words.type.size() - 2);
    }
    if (!is_function_language(words.type)) {
      findings.add(Feature::kFunctionLanguage, rest.token(), words);
    }
    return;
  }
}

// Behind CREATE SEQUENCE.
void lint_create_sequence(TokenReader rest, const Token& at, Findings& findings) {
  rest.accept({"if", "not", "exists"});
  FindingWords words;
  words.name = rest.accept_qualified_name();
  if (!has_accepted_cache(rest)) findings.add(Feature::kSequenceCache, at, words);
}

// Behind CREATE DOMAIN.
void lint_create_domain(TokenReader rest, Findings& findings) {
  rest.accept_qualified_name();
  rest.accept("as");
  lint_type(accept_type(rest), Feature::kSerial, {}, findings);
  if (rest.peek("collate")) findings.add(Feature::kCollate, rest.token());
}

// Behind ALTER DOMAIN.
void lint_alter_domain(TokenReader rest, Findings& findings) {
  rest.accept_qualified_name();
  if (rest.peek("add")) findings.add(Feature::kAlterDomainAdd, rest.token());
  if (rest.peek({"set", "not", "null"})) {
    findings.add(Feature::kAlterDomainSetNotNull, rest.token());
  }
}

void lint_drop_domain(TokenReader rest, Findings& findings) {
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek("cascade")) findings.add(Feature::kDropDomainCascade, rest.token());
  }
}

// Behind CREATE or ALTER ROLE or USER. PASSWORD NULL takes one away.
void lint_role(TokenReader rest, Findings& findings) {
  FindingWords words;
  words.name = rest.accept_qualified_name();
  for (; !rest.at_end(); rest.skip()) {
    if (!rest.peek("password") || rest.peek({"password", "null"})) continue;
    findings.add(Feature::kRoleAttributes, rest.token(), words);
  }
}

void lint_create(TokenReader statement, Findings& findings) {
  const TokenReader whole = statement;
  const Token& at = statement.token();
  statement.accept("create");
  const TokenReader behind_create = statement;
  statement.accept({"or", "replace"});
  if (statement.accept("type")) return lint_create_type(statement, at, findings);
  if (statement.accept("function")) return lint_create_function(statement, findings);
  if (statement.accept("sequence")) return lint_create_sequence(statement, at, findings);
  if (statement.accept("domain")) return lint_create_domain(statement, findings);
  if (statement.accept("role") || statement.accept("user")) return lint_role(statement, findings);
  lint_create_index(whole, findings);
  lint_create_table(behind_create, findings);
}

void lint_alter(TokenReader statement, Findings& findings) {
  const Token& at = statement.token();
  if (parse_validate_statement(statement)) return;
  statement.accept("alter");
  if (statement.accept("table")) return lint_alter_table(statement, findings);
  if (statement.accept("type")) return lint_alter_type(statement, at, findings);
  if (statement.accept("domain")) return lint_alter_domain(statement, findings);
  if (statement.accept("role") || statement.accept("user")) return lint_role(statement, findings);
}

// Forms of SET that are not SET parameter.
bool sets_something_else(const TokenReader& rest) {
  return rest.peek_any({"constraints", "transaction", "names", "role", "schema"}) ||
         rest.peek({"time", "zone"}) || rest.peek({"session", "authorization"}) ||
         rest.peek({"xml", "option"});
}

// Behind SET.
void lint_set(TokenReader rest, Findings& findings) {
  if (sets_something_else(rest)) return;
  if (!rest.accept("session")) rest.accept("local");
  if (sets_something_else(rest) || rest.at_end()) return;
  const Token& at = rest.token();
  FindingWords words;
  words.name = to_lower(rest.accept_qualified_name());
  if (words.name.empty() || !rest.peek_any({"to", "="}) || is_settable(words.name)) return;
  if (words.name.front() != '"') findings.add(Feature::kSetParameter, at, words);
}

// COPY t FROM STDIN needs a client that sends the rows behind it.
void lint_copy(TokenReader rest, Dialect dialect, Findings& findings) {
  const Token& at = rest.token();
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek({"from", "stdin"}) || rest.peek({"to", "stdout"})) {
      findings.add_problem("copy-stream", "COPY with STDIN or STDOUT needs a client such as psql",
                           "Write the rows with INSERT.", at);
      return;
    }
    if (!rest.accept("from") && !rest.accept("to")) continue;
    if (rest.at_end()) return;
    const bool file = rest.peek("program") || rest.token().kind == TokenKind::kString;
    if (file && dialect == Dialect::kDsql) findings.add(Feature::kCopyFile, rest.token());
    return;
  }
}

// Queries and changes of rows: FOR SHARE, TABLESAMPLE and advisory locks.
void lint_query(TokenReader statement, Findings& findings) {
  for (TokenReader at = statement; !at.at_end(); at.skip()) {
    if (at.peek({"for", "share"}) || at.peek({"for", "no", "key", "update"})) {
      findings.add(Feature::kShareLock, at.token());
    }
  }
  for (TokenReader at = statement; !at.at_end(); at.advance()) {
    if (at.token().kind != TokenKind::kWord) continue;
    const std::string word = to_lower(at.token().text);
    if (word == "tablesample") findings.add(Feature::kTableSample, at.token());
    const bool lock = word.starts_with("pg_advisory_") || word.starts_with("pg_try_advisory_");
    TokenReader next = at;
    next.advance();
    if (!lock || !next.peek("(")) continue;
    FindingWords words;
    words.name = word;
    findings.add(Feature::kAdvisoryLock, at.token(), words);
  }
}

// INSERT ... VALUES (...), (...): the rows are in the text. Most are cut into parts that fit.
void lint_insert(TokenReader rest, std::string_view text, Findings& findings) {
  while (!rest.at_end() && !rest.peek("values")) rest.skip();
  rest.advance();
  long long rows = 0;
  while (rest.peek("(")) {
    const Token& at = rest.token();
    if (++rows > kTransactionRowLimit) {
      if (InsertParts::parse(text)) return;
      findings.add(Feature::kRowLimit, at);
      return;
    }
    rest.accept_group();
    if (!rest.accept(",")) return;
  }
}

// SELECT ... INTO, and WITH ... SELECT ... INTO: the only queries that make a table.
bool selects_into(const TokenReader& statement, StatementKind kind) {
  return kind == StatementKind::kDdl && statement.peek_any({"select", "with", "("});
}

void lint_dsql(TokenReader statement, const Statement& whole, Findings& findings) {
  const StatementKind kind = whole.kind;
  if (statement.at_end() || kind == StatementKind::kTransaction) return;
  if (lint_head(statement, findings)) return;
  const Token& at = statement.token();
  if (selects_into(statement, kind)) findings.add(Feature::kCreateTableAs, at);
  if (statement.peek("create")) return lint_create(statement, findings);
  if (statement.peek("alter")) return lint_alter(statement, findings);
  if (statement.accept({"drop", "domain"})) return lint_drop_domain(statement, findings);
  if (statement.accept("prepare")) return findings.add(Feature::kPrepare, at);
  if (statement.accept("set")) return lint_set(statement, findings);
  lint_set_config(statement, findings);
  if (kind == StatementKind::kDml || kind == StatementKind::kQuery) {
    lint_query(statement, findings);
  }
  if (statement.accept({"insert", "into"})) lint_insert(statement, whole.text, findings);
}

}  // namespace

std::vector<Problem> lint_statement(const Statement& statement, const std::string& file,
                                    Dialect dialect) {
  const LexResult lexed = lex(statement.text);
  const TokenReader reader(lexed.tokens);
  Findings findings(statement, file);
  if (reader.peek("copy")) lint_copy(reader, dialect, findings);
  if (dialect == Dialect::kDsql) lint_dsql(reader, statement, findings);
  return findings.take();
}

}  // namespace engine
