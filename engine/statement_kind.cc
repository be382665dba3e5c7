#include "engine/statement_kind.h"

#include <string_view>
#include <utility>

#include "engine/session_setting.h"

namespace engine {
namespace {

using Classify = StatementKind (*)(TokenReader rest);

template <StatementKind kKind>
StatementKind always(TokenReader) {
  return kKind;
}

constexpr Classify kAsDdl = always<StatementKind::kDdl>;
constexpr Classify kAsDml = always<StatementKind::kDml>;
constexpr Classify kAsQuery = always<StatementKind::kQuery>;
constexpr Classify kAsSession = always<StatementKind::kSession>;
constexpr Classify kAsTransaction = always<StatementKind::kTransaction>;
constexpr Classify kAsStandalone = always<StatementKind::kStandalone>;

// SELECT, VALUES, TABLE, also in parentheses; SELECT ... INTO makes a table.
StatementKind classify_select(TokenReader rest) {
  if (is_set_config_list(rest)) return StatementKind::kSession;
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek_any({"union", "intersect", "except", "from"})) break;
    if (rest.peek("into")) return StatementKind::kDdl;
  }
  return StatementKind::kQuery;
}

// The verb of WITH a AS (...), b AS (...) verb: the first one outside the parentheses. A query
// whose WITH list changes rows is DML too.
StatementKind classify_with(TokenReader rest) {
  StatementKind kind = StatementKind::kQuery;
  bool opened = false;
  for (TokenReader at = rest; !at.at_end(); at.advance()) {
    if (opened && at.peek_any({"insert", "update", "delete", "merge"})) kind = StatementKind::kDml;
    opened = at.peek("(");
  }
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek_any({"insert", "update", "delete", "merge"})) return StatementKind::kDml;
    if (rest.accept("select")) {
      const StatementKind select = classify_select(rest);
      return select == StatementKind::kDdl ? select : kind;
    }
    if (rest.peek_any({"values", "table"})) return kind;
  }
  return kind;
}

StatementKind classify_create(TokenReader rest) {
  if (rest.peek_any({"database", "tablespace", "subscription"})) return StatementKind::kStandalone;
  rest.accept("unique");
  if (rest.accept({"index", "concurrently"})) return StatementKind::kStandalone;
  return StatementKind::kDdl;
}

StatementKind classify_drop(TokenReader rest) {
  if (rest.peek_any({"database", "tablespace", "subscription"})) return StatementKind::kStandalone;
  if (rest.accept({"index", "concurrently"})) return StatementKind::kStandalone;
  return StatementKind::kDdl;
}

// ALTER TABLE ... DETACH PARTITION p CONCURRENTLY cannot run in a transaction block. ALTER TYPE ...
// ADD VALUE can, but what follows may not use the value before COMMIT (55P04).
StatementKind classify_alter(TokenReader rest) {
  if (rest.peek_any({"system", "database", "subscription"})) return StatementKind::kStandalone;
  const bool type = rest.accept("type");
  bool detach = false;
  for (; !rest.at_end(); rest.skip()) {
    detach = detach || rest.peek({"detach", "partition"});
    if (type && rest.peek({"add", "value"})) return StatementKind::kStandalone;
    if (detach && rest.peek("concurrently")) return StatementKind::kStandalone;
  }
  return StatementKind::kDdl;
}

// PREPARE TRANSACTION is one; PREPARE p AS ... lives as long as the session.
StatementKind classify_prepare(TokenReader rest) {
  return rest.peek("transaction") ? StatementKind::kTransaction : StatementKind::kSession;
}

// SET TRANSACTION and SET CONSTRAINTS work on the transaction they are in, as SET LOCAL does.
StatementKind classify_set(TokenReader rest) {
  return rest.peek("transaction") ? StatementKind::kTransaction : StatementKind::kSession;
}

StatementKind classify_copy(TokenReader rest) {
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek("to")) return StatementKind::kQuery;
    if (rest.peek("from")) return StatementKind::kDml;
  }
  return StatementKind::kDml;
}

// AWS IAM GRANT role TO arn, AWS IAM REVOKE role FROM arn.
StatementKind classify_aws(TokenReader rest) {
  return rest.peek("iam") ? StatementKind::kDdl : StatementKind::kUnknown;
}

struct Verb {
  std::string_view word;
  Classify classify;
};

constexpr Verb kVerbs[] = {
    {"abort", kAsTransaction},
    {"alter", classify_alter},
    {"analyse", kAsStandalone},
    {"analyze", kAsStandalone},
    {"aws", classify_aws},
    {"begin", kAsTransaction},
    {"call", kAsStandalone},
    {"checkpoint", kAsStandalone},
    {"close", kAsQuery},
    {"cluster", kAsStandalone},
    {"comment", kAsDdl},
    {"commit", kAsTransaction},
    {"copy", classify_copy},
    {"create", classify_create},
    {"deallocate", kAsSession},
    {"declare", kAsQuery},
    {"delete", kAsDml},
    {"discard", kAsSession},
    {"do", kAsDml},
    {"drop", classify_drop},
    {"end", kAsTransaction},
    {"execute", kAsDml},
    {"fetch", kAsQuery},
    {"grant", kAsDdl},
    {"import", kAsDdl},
    {"insert", kAsDml},
    {"listen", kAsSession},
    {"load", kAsSession},
    {"lock", kAsQuery},
    {"merge", kAsDml},
    {"move", kAsQuery},
    {"notify", kAsDml},
    {"prepare", classify_prepare},
    {"reassign", kAsDdl},
    {"refresh", kAsDdl},
    {"reindex", kAsStandalone},
    {"release", kAsTransaction},
    {"reset", kAsSession},
    {"revoke", kAsDdl},
    {"rollback", kAsTransaction},
    {"savepoint", kAsTransaction},
    {"security", kAsDdl},
    {"select", classify_select},
    {"set", classify_set},
    {"show", kAsQuery},
    {"start", kAsTransaction},
    {"table", kAsQuery},
    {"truncate", kAsDml},
    {"unlisten", kAsSession},
    {"update", kAsDml},
    {"vacuum", kAsStandalone},
    {"values", kAsQuery},
    {"with", classify_with},
};

// Consumes EXPLAIN and its options; true when they have ANALYZE, which runs the statement.
bool accept_explain(TokenReader& statement) {
  bool runs = false;
  statement.accept("explain");
  if (statement.peek("(")) {
    TokenReader options = statement;
    statement.accept_group();
    for (; !options.at_end() && !options.peek(")"); options.advance()) {
      runs = runs || options.peek_any({"analyze", "analyse"});
      if (options.peek({"analyze", "false"}) || options.peek({"analyze", "off"})) return false;
    }
  } else {
    runs = statement.accept("analyze") || statement.accept("analyse");
    statement.accept("verbose");
  }
  return runs;
}

}  // namespace

StatementKind classify_statement(TokenReader statement) {
  while (statement.peek("explain")) {
    if (!accept_explain(statement)) return StatementKind::kQuery;
  }
  while (statement.accept("(")) {
  }
  for (const Verb& verb : kVerbs) {
    if (statement.accept(verb.word)) return verb.classify(statement);
  }
  return StatementKind::kUnknown;
}

}  // namespace engine
