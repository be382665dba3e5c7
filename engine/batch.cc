#include "engine/batch.h"

#include "engine/lexer.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

bool has_where(TokenReader rest) {
  for (; !rest.at_end(); rest.skip()) {
    if (rest.peek("where")) return true;
  }
  return false;
}

// Behind INSERT INTO: up to what the rows come from.
void skip_target(TokenReader& rest) {
  rest.accept_qualified_name();
  if (rest.accept("as")) rest.advance();
  TokenReader columns = rest;
  if (columns.accept("(") && columns.peek_name() && !columns.peek_any({"select", "with", "values"}))
    rest.accept_group();
  if (rest.accept("overriding")) {
    rest.advance();
    rest.accept("value");
  }
}

std::optional<BatchFault> check_insert(TokenReader rest) {
  skip_target(rest);
  if (!rest.peek_any({"values", "default"})) return std::nullopt;
  return BatchFault{
      "migrate:batch does not go with INSERT ... VALUES, which adds the same rows every time",
      "Remove the directive; on Aurora DSQL an INSERT ... VALUES of too many rows is cut into "
      "transactions that fit by itself."};
}

// To the verb behind WITH's list.
void skip_with(TokenReader& reader) {
  if (!reader.peek("with")) return;
  while (!reader.at_end() &&
         !reader.peek_any({"update", "delete", "insert", "select", "merge", "values", "table"})) {
    reader.skip();
  }
}

// The table of UPDATE t, DELETE FROM t and INSERT INTO t.
std::string accept_table(TokenReader& reader) {
  reader.accept("only");
  const bool group = reader.accept("(");
  auto table = reader.accept_qualified_name();
  if (group) reader.accept(")");
  return table;
}

std::string explain(const std::string& change, const std::string& rows) {
  return "Change at most " + rows +
         " rows at a time, and let it be run until none is left (key stands for the primary key):\n"
         "-- migrate:batch\n" +
         change;
}

constexpr const char* kRows = "1000";

}  // namespace

std::optional<BatchFault> find_batch_fault(std::string_view statement) {
  const LexResult lexed = lex(statement);
  TokenReader reader(lexed.tokens);
  skip_with(reader);
  if (reader.accept("delete")) return std::nullopt;
  if (reader.accept({"insert", "into"})) return check_insert(reader);
  if (!reader.accept("update")) {
    return BatchFault{"migrate:batch is for UPDATE, DELETE and INSERT ... SELECT only",
                      "Remove the directive; the statement is run once."};
  }
  if (has_where(reader)) return std::nullopt;
  return BatchFault{
      "migrate:batch would run this UPDATE for ever: without WHERE it always changes "
      "every row",
      "Let it choose some of the rows that it has not changed yet: UPDATE t SET c = 1 "
      "WHERE id IN (SELECT id FROM t WHERE c IS DISTINCT FROM 1 LIMIT 1000)"};
}

std::string make_batch_hint(std::string_view statement, bool batch) {
  if (batch) {
    return "Lower the LIMIT of the batch: rows that foreign keys change with it and two of the "
           "ledger's count too";
  }
  const LexResult lexed = lex(statement);
  TokenReader reader(lexed.tokens);
  skip_with(reader);
  const std::string limit = std::string(" LIMIT ") + kRows;
  if (reader.accept({"delete", "from"})) {
    const auto t = accept_table(reader);
    return explain("DELETE FROM " + t + " WHERE key IN (SELECT key FROM " + t +
                       " WHERE <what is to go>" + limit + ");",
                   kRows);
  }
  if (reader.accept("update")) {
    const auto t = accept_table(reader);
    return explain("UPDATE " + t + " SET ... WHERE key IN (SELECT key FROM " + t +
                       " WHERE <not changed yet>" + limit + ");",
                   kRows);
  }
  if (!reader.accept({"insert", "into"})) {
    return "A transaction takes 3,000 rows, 10 MiB and 300 seconds: do less in one statement";
  }
  if (check_insert(reader)) {
    return "Write it as several INSERTs of at most 3,000 rows each";
  }
  const auto t = accept_table(reader);
  return explain("INSERT INTO " + t + " SELECT ... FROM s WHERE NOT EXISTS (SELECT 1 FROM " + t +
                     " WHERE " + t + ".key = s.key)" + limit + ";",
                 kRows);
}

}  // namespace engine
