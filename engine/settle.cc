#include "engine/settle.h"

#include <algorithm>
#include <vector>

#include "engine/lexer.h"
#include "engine/name.h"
#include "engine/sqlstate.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

using Way = SettleRule::Way;

SettleRule run_again() { return {Way::kRunAgain, false, false, false, {}, {}}; }

SettleRule done_when_exists() { return {Way::kRunAgain, true, false, false, {}, {}}; }

SettleRule done_when_missing() { return {Way::kRunAgain, false, true, false, {}, {}}; }

SettleRule ask(std::string reason) {
  return {Way::kAsk, false, false, false, {}, std::move(reason)};
}

SettleRule rename(Query question) {
  return {Way::kRename, false, true, false, std::move(question), {}};
}

Query find_relation(const std::string& written) {
  return {"SELECT to_regclass($1) IS NOT NULL", {written}};
}

Query find_column(const std::string& table, const std::string& column) {
  return {
      "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) "
      "AND attname = $2 AND NOT attisdropped)",
      {table, catalog_name(column)}};
}

Query find_constraint(const std::string& table, const std::string& constraint) {
  return {
      "SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass($1) "
      "AND conname = $2)",
      {table, catalog_name(constraint)}};
}

Query find_schema(const std::string& schema) {
  return {"SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", {catalog_name(schema)}};
}

bool contains(TokenReader reader, std::string_view word) {
  for (; !reader.at_end(); reader.skip()) {
    if (reader.peek(word)) return true;
  }
  return false;
}

SettleRule rule_of_create(TokenReader reader, const PreparedStatement& statement) {
  if (reader.accept({"or", "replace"})) return run_again();
  reader.accept("unique");
  if (reader.accept("index")) {
    if (!statement.index_name.empty()) return {Way::kIndex, false, false, false, {}, {}};
    return ask("an index that has no name in its statement cannot be told from another");
  }
  if (reader.accept("statistics") && (reader.peek("on") || reader.peek("("))) {
    return ask("statistics that have no name in their statement cannot be told from others");
  }
  return done_when_exists();
}

// What the actions of one ALTER TABLE do, taken together.
struct Actions {
  SettleRule rule = run_again();
  std::vector<std::string> added;
  std::vector<std::string> dropped;
};

void read_add(TokenReader action, Actions* actions) {
  actions->rule.exists_is_done = true;
  if (!action.accept("constraint")) {
    if (action.peek_any({"check", "unique", "primary", "foreign", "exclude"})) {
      actions->rule =
          ask("a constraint that has no name in its statement cannot be told from another");
      return;
    }
    action.accept("column");
    action.accept({"if", "not", "exists"});
  }
  actions->added.push_back(catalog_name(action.accept_qualified_name()));
}

void read_drop(TokenReader action, Actions* actions) {
  actions->rule.missing_is_done = true;
  if (!action.accept("constraint")) action.accept("column");
  action.accept({"if", "exists"});
  actions->dropped.push_back(catalog_name(action.accept_qualified_name()));
}

void read_alter(TokenReader action, Actions* actions) {
  action.accept("column");
  action.accept_qualified_name();
  if (contains(action, "using")) {
    actions->rule = ask("a conversion with USING gives something else the second time");
  } else if (contains(action, "restart")) {
    actions->rule = ask("numbers may have been taken since the sequence was restarted");
  } else if (action.peek("add") || action.peek("drop")) {
    actions->rule.state_is_done = true;
  }
}

SettleRule rule_of_actions(const TokenReader& reader) {
  Actions actions;
  for (auto action : reader.split_at_commas()) {
    if (action.accept("add")) {
      read_add(action, &actions);
    } else if (action.accept("drop")) {
      read_drop(action, &actions);
    } else if (action.accept("alter")) {
      read_alter(action, &actions);
    }
    if (actions.rule.way == Way::kAsk) return actions.rule;
  }
  for (const auto& name : actions.added) {
    if (std::find(actions.dropped.begin(), actions.dropped.end(), name) != actions.dropped.end()) {
      return ask("it drops and adds one name, which works any number of times");
    }
  }
  return actions.rule;
}

SettleRule rule_of_alter_table(TokenReader reader) {
  reader.accept("async");
  reader.accept({"if", "exists"});
  reader.accept("only");
  const auto table = reader.accept_qualified_name();
  if (reader.accept({"set", "schema"})) {
    const auto schema = reader.accept_qualified_name();
    return rename(find_relation(schema + "." + std::string(last_part(table))));
  }
  if (!reader.accept("rename")) return rule_of_actions(reader);
  if (reader.accept("to")) {
    return rename(find_relation(name_beside(table, reader.accept_qualified_name())));
  }
  const bool constraint = reader.accept("constraint");
  reader.accept("column");
  reader.accept_qualified_name();
  if (!reader.accept("to")) return ask("its form is not known");
  const auto name = reader.accept_qualified_name();
  return rename(constraint ? find_constraint(table, name) : find_column(table, name));
}

// Indexes, views and sequences share the tables' name space.
bool accept_relation_kind(TokenReader* reader) {
  return reader->accept("index") || reader->accept("view") || reader->accept("sequence") ||
         reader->accept({"materialized", "view"});
}

SettleRule rule_of_alter(TokenReader reader) {
  if (reader.accept("table")) return rule_of_alter_table(reader);
  if (contains(reader, "restart")) {
    return ask("numbers may have been taken since the sequence was restarted");
  }
  if (accept_relation_kind(&reader)) {
    reader.accept({"if", "exists"});
    const auto name = reader.accept_qualified_name();
    if (reader.accept({"rename", "to"})) {
      return rename(find_relation(name_beside(name, reader.accept_qualified_name())));
    }
    if (reader.accept({"set", "schema"})) {
      const auto schema = reader.accept_qualified_name();
      return rename(find_relation(schema + "." + std::string(last_part(name))));
    }
    return contains(reader, "rename") ? ask("its form is not known") : run_again();
  }
  if (reader.accept("schema")) {
    reader.accept_qualified_name();
    return reader.accept({"rename", "to"}) ? rename(find_schema(reader.accept_qualified_name()))
                                           : run_again();
  }
  if (contains(reader, "rename") || contains(reader, "schema")) {
    return ask("whether the new name is the old object is not in one catalog row");
  }
  if (contains(reader, "add")) return done_when_exists();
  return contains(reader, "drop") ? done_when_missing() : run_again();
}

}  // namespace

SettleRule make_settle_rule(const PreparedStatement& statement) {
  const auto lexed = lex(statement.sql);
  TokenReader reader(lexed.tokens);
  if (reader.accept("create")) return rule_of_create(reader, statement);
  if (reader.accept("alter")) return rule_of_alter(reader);
  if (reader.accept("drop")) return done_when_missing();
  if (reader.accept({"aws", "iam", "grant"})) return done_when_exists();
  if (reader.accept({"aws", "iam", "revoke"})) return done_when_missing();
  if (reader.peek_any({"analyze", "checkpoint", "cluster", "comment", "grant", "refresh", "reindex",
                       "revoke", "vacuum"})) {
    return run_again();
  }
  return ask("what it did cannot be seen from outside");
}

bool means_done(const SettleRule& rule, const std::string& sqlstate) {
  return (rule.exists_is_done && says_exists(sqlstate)) ||
         (rule.missing_is_done && says_missing(sqlstate)) ||
         (rule.state_is_done && sqlstate == "55000");
}

bool means_not_done(const SettleRule& rule, const std::string& sqlstate) {
  if (rule.way == Way::kRename && says_missing(sqlstate)) return false;  // neither name is there
  const bool about_the_text = sqlstate.starts_with("42") || sqlstate.starts_with("0A");
  return about_the_text && sqlstate != "42501";  // a privilege may have gone since
}

}  // namespace engine
