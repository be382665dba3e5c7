#include "engine/temporary_tables.h"

#include "engine/lexer.h"
#include "engine/name.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

constexpr std::string_view kSchema = "pg_temp";

bool accept_temporary(TokenReader& statement) {
  if (statement.peek_any({"local", "global"})) statement.advance();
  return statement.accept("temp") || statement.accept("temporary");
}

// A name in pg_temp makes a temporary one without the word.
std::string accept_made(TokenReader& statement, bool temporary) {
  const auto written = statement.accept_qualified_name();
  temporary = temporary || catalog_name(qualifier_of(written)) == kSchema;
  return temporary ? catalog_name(last_part(written)) : "";
}

std::string find_created(TokenReader statement) {
  statement.accept({"or", "replace"});
  const bool temporary = accept_temporary(statement);
  statement.accept("recursive");
  if (!statement.peek_any({"table", "view", "sequence"})) return "";
  statement.advance();
  statement.accept({"if", "not", "exists"});
  auto name = accept_made(statement, temporary);
  for (; !statement.at_end(); statement.skip()) {
    if (statement.peek({"on", "commit", "drop"})) return "";
  }
  return name;
}

// SELECT ... INTO TEMPORARY name
std::string find_selected_into(TokenReader statement) {
  while (!statement.at_end() && !statement.peek_any({"into", "from", "insert"})) statement.skip();
  if (!statement.accept("into")) return "";
  const bool temporary = accept_temporary(statement);
  statement.accept("table");
  return accept_made(statement, temporary);
}

std::set<std::string> find_dropped(TokenReader statement) {
  if (!statement.peek_any({"table", "view", "sequence"})) return {};
  statement.advance();
  statement.accept({"if", "exists"});
  std::set<std::string> names;
  for (auto part : statement.split_at_commas()) {
    const auto written = part.accept_qualified_name();
    const auto schema = catalog_name(qualifier_of(written));
    if (schema.empty() || schema == kSchema) names.insert(catalog_name(last_part(written)));
  }
  return names;
}

}  // namespace

TemporaryChange find_temporary_change(std::string_view sql) {
  const auto lexed = lex(sql);
  TokenReader statement(lexed.tokens);
  if (statement.accept("create")) return {find_created(statement), {}, false};
  if (statement.peek_any({"select", "with"})) return {find_selected_into(statement), {}, false};
  if (statement.accept("drop")) return {"", find_dropped(statement), false};
  if (!statement.accept("discard")) return {};
  return {"", {}, statement.peek_any({"all", "temp", "temporary"})};
}

void TemporaryTables::check(const PlannedStatement& statement) {
  if (dialect_ == Dialect::kDsql) return;
  read_up_to(statement.number - 1);
  if (made_.empty() || checked_at_ == session_.retries()) return;
  const auto made_again = find_temporary_change(statement.prepared.sql).made;
  for (const auto& name : made_) {
    if (name == made_again || is_there(name)) continue;
    const std::string message = "the connection was lost, and with it the temporary table " +
                                quote_identifier(name) +
                                " that an earlier statement of this file made";
    throw Error(ErrorKind::kStatement, message,
                {"", message, "", "Make it again in a statement before this one", 0});
  }
  checked_at_ = session_.retries();
}

void TemporaryTables::read_up_to(int number) {
  while (read_ < number) {
    const auto change =
        find_temporary_change(file_.statements.at(static_cast<std::size_t>(read_++)).text);
    if (change.dropped_all) made_.clear();
    for (const auto& name : change.dropped) made_.erase(name);
    if (!change.made.empty()) made_.insert(change.made);
  }
}

bool TemporaryTables::is_there(const std::string& name) {
  const auto found = session_.execute(
      {"SELECT FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = $1", {name}});
  return !found.rows.empty();
}

}  // namespace engine
