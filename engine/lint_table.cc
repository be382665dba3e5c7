#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/findings.h"
#include "engine/index_statement.h"

// CREATE TABLE and ALTER TABLE. A name that is a keyword only in some places ("exclude") is told
// apart by the word behind it; where that is not enough there is no finding.

namespace engine {
namespace {

using Words = std::initializer_list<std::string_view>;

// The first place outside groups where the words stand, nullptr for none.
const Token* find_words(TokenReader reader, Words words) {
  for (; !reader.at_end(); reader.skip()) {
    if (reader.peek(words)) return &reader.token();
  }
  return nullptr;
}

// The last part of a name, bare; "" when it would need quotes in a name made of it.
std::string bare_name(const std::string& name) {
  std::string part = name.substr(name.rfind('.') + 1);
  if (part.size() > 2 && part.front() == '"') part = part.substr(1, part.size() - 2);
  for (const char c : part) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && c != '_' && !(c >= '0' && c <= '9')) return "";
  }
  return part;
}

std::string join_names(const std::string& table, const std::string& rest) {
  const std::string name = bare_name(table);
  return name.empty() || rest.empty() ? "" : name + "_" + rest;
}

bool is_table_constraint(const TokenReader& element) {
  return element.peek_any({"constraint", "check", "unique", "primary", "foreign"}) ||
         element.peek({"exclude", "using"}) || element.peek({"exclude", "("});
}

// At GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY: moves behind it.
bool accept_identity(TokenReader& reader) {
  return reader.accept({"generated", "always", "as", "identity"}) ||
         reader.accept({"generated", "by", "default", "as", "identity"});
}

// `options` is what follows IDENTITY.
bool has_identity_cache(TokenReader options) {
  for (const TokenReader& option : options.accept_list()) {
    if (has_accepted_cache(option)) return true;
  }
  return false;
}

std::string_view identity_type(const ColumnType& type) {
  if (type.name == "integer" || type.name == "int" || type.name == "int4") return "integer";
  if (type.name == "smallint" || type.name == "int2") return "smallint";
  return "";
}

void lint_identity(const TokenReader& options, const ColumnType& type, FindingWords words,
                   const Token& at, Findings& findings) {
  if (!has_identity_cache(options)) findings.add(Feature::kIdentityCache, at, words);
  words.type = identity_type(type);
  if (!words.type.empty()) findings.add(Feature::kIdentityType, *type.first, words);
}

void lint_key(const ColumnType& type, const Token& at, Findings& findings) {
  if (type.array || !is_refused_in_key(type.name)) return;
  FindingWords words;
  words.type = type.name;
  findings.add(Feature::kKeyType, at, words);
}

// name type [COLLATE c] constraints, inside CREATE TABLE.
void lint_column(TokenReader column, Findings& findings) {
  FindingWords words;
  if (!column.peek_name()) return;
  words.column = column.token().text;
  column.advance();
  const ColumnType type = accept_type(column);
  lint_type(type, Feature::kSerial, words, findings);
  if (column.peek("collate")) findings.add(Feature::kCollate, column.token(), words);
  while (!column.at_end()) {
    const Token& at = column.token();
    if (accept_identity(column)) {
      lint_identity(column, type, words, at, findings);
    } else {
      if (column.peek({"primary", "key"}) || column.peek("unique")) lint_key(type, at, findings);
      column.skip();
    }
  }
}

void lint_element(TokenReader element, Findings& findings) {
  if (element.peek("like")) return;
  if (!is_table_constraint(element)) {
    lint_column(element, findings);
    return;
  }
  if (element.accept("constraint")) element.advance();
  if (element.peek("exclude")) findings.add(Feature::kExclude, element.token());
}

struct Clause {
  Words words;
  Feature feature;
};

void lint_clauses(const TokenReader& reader, std::initializer_list<Clause> clauses,
                  Findings& findings) {
  for (const Clause& clause : clauses) {
    const Token* at = find_words(reader, clause.words);
    if (at != nullptr) findings.add(clause.feature, *at);
  }
}

// [TEMPORARY | UNLOGGED] TABLE; false when something else is made.
bool accept_table(TokenReader& reader, Findings& findings) {
  TokenReader at = reader;
  if (!reader.accept("global")) reader.accept("local");
  const bool temporary = reader.accept("temp") || reader.accept("temporary");
  const bool unlogged = !temporary && reader.accept("unlogged");
  if (!reader.accept("table")) return false;
  if (temporary) findings.add(Feature::kTemporaryTable, at.token());
  if (unlogged) findings.add(Feature::kUnloggedTable, at.token());
  return true;
}

struct AddedConstraint {
  const Token* at = nullptr;  // nullptr for none
  Feature feature = Feature::kAddColumnDefault;
};

// What an ADD COLUMN has behind its type. Several are one refusal; its rewrite goes by the first,
// and DEFAULT with NOT NULL has one of its own. A plain NULL is no constraint.
AddedConstraint find_added_constraint(TokenReader rest) {
  const bool has_default = find_words(rest, {"default"}) != nullptr;
  const bool not_null = find_words(rest, {"not", "null"}) != nullptr;
  for (; !rest.at_end(); rest.skip()) {
    const Token* at = &rest.token();
    if (rest.peek("generated")) return {at, Feature::kAddColumnGenerated};
    if (rest.peek("default") || rest.peek({"not", "null"})) {
      if (has_default && not_null) return {at, Feature::kAddColumnDefaultNotNull};
      return {at, has_default ? Feature::kAddColumnDefault : Feature::kAddColumnNotNull};
    }
    if (rest.peek("check")) return {at, Feature::kAddColumnCheck};
    if (rest.peek("unique")) return {at, Feature::kAddColumnUnique};
    if (rest.peek({"primary", "key"})) return {at, Feature::kAddColumnPrimaryKey};
    if (rest.peek("references")) return {at, Feature::kAddColumnReferences};
  }
  return {};
}

// Behind ADD [COLUMN] [IF NOT EXISTS].
void lint_add_column(TokenReader column, const std::string& table, Findings& findings) {
  if (!column.peek_name()) return;
  FindingWords words;
  words.table = table;
  words.column = column.token().text;
  words.name = join_names(table, bare_name(words.column));
  column.advance();
  const ColumnType type = accept_type(column);
  lint_type(type, Feature::kAddColumnSerial, words, findings);
  words.type = type.text;
  if (column.peek("collate")) findings.add(Feature::kCollate, column.token(), words);
  const AddedConstraint added = find_added_constraint(column);
  if (added.at != nullptr) findings.add(added.feature, *added.at, words);
}

// Behind ADD, at a table constraint.
void lint_add_constraint(TokenReader constraint, const std::string& table, Findings& findings) {
  const Token& at = constraint.token();
  FindingWords words;
  words.table = table;
  if (constraint.accept("constraint")) words.name = constraint.accept_qualified_name();
  const bool valid = find_words(constraint, {"not", "valid"}) == nullptr;
  const auto add = [&](Feature feature, const char* suffix) {
    if (words.name.empty()) words.name = join_names(table, suffix);
    findings.add(feature, at, words);
  };
  if (constraint.peek("check") && valid) add(Feature::kAddCheck, "check");
  if (constraint.peek("foreign") && valid) add(Feature::kAddForeignKey, "fkey");
  if (constraint.peek({"primary", "key"})) add(Feature::kAddPrimaryKey, "pkey");
  if (constraint.peek("exclude")) add(Feature::kExclude, "excl");
  if (constraint.peek("unique") && !constraint.peek({"unique", "using", "index"})) {
    add(Feature::kAddUnique, "key");
  }
}

void lint_add(TokenReader rest, const std::string& table, Findings& findings) {
  if (is_table_constraint(rest)) {
    lint_add_constraint(rest, table, findings);
    return;
  }
  rest.accept("column");
  rest.accept({"if", "not", "exists"});
  lint_add_column(rest, table, findings);
}

// Behind ALTER, at [COLUMN] name.
void lint_alter_column(TokenReader rest, const std::string& table, Findings& findings) {
  rest.accept("column");
  if (!rest.peek_name()) return;
  FindingWords words;
  words.table = table;
  words.column = rest.token().text;
  rest.advance();
  if (rest.at_end()) return;
  const Token& at = rest.token();
  if (rest.accept("type") || rest.accept({"set", "data", "type"})) {
    words.type = accept_type(rest).text;
    words.name = bare_name(words.column);
    findings.add(Feature::kAlterColumnType, at, words);
  } else if (rest.peek({"set", "not", "null"})) {
    words.name = join_names(table, bare_name(words.column));
    findings.add(Feature::kSetNotNull, at, words);
  } else if (rest.peek({"set", "statistics"})) {
    findings.add(Feature::kSetStatistics, at, words);
  } else if (rest.peek({"set", "compression"})) {
    findings.add(Feature::kSetCompression, at, words);
  } else if (rest.accept("add") && accept_identity(rest) && !has_identity_cache(rest)) {
    findings.add(Feature::kIdentityCache, at, words);
  }
}

struct Action {
  Words words;
  Feature feature;
};

// Actions known by their first words alone.
const Feature* find_action(const TokenReader& action) {
  static const Action kActions[] = {
      {{"attach", "partition"}, Feature::kPartition},
      {{"cluster", "on"}, Feature::kTableOptions},
      {{"detach", "partition"}, Feature::kPartition},
      {{"disable", "row", "level"}, Feature::kRowLevelSecurity},
      {{"disable", "rule"}, Feature::kRuleAction},
      {{"enable", "always", "rule"}, Feature::kRuleAction},
      {{"enable", "replica", "rule"}, Feature::kRuleAction},
      {{"enable", "row", "level"}, Feature::kRowLevelSecurity},
      {{"enable", "rule"}, Feature::kRuleAction},
      {{"force", "row", "level"}, Feature::kRowLevelSecurity},
      {{"inherit"}, Feature::kInherits},
      {{"no", "force", "row", "level"}, Feature::kRowLevelSecurity},
      {{"no", "inherit"}, Feature::kInherits},
      {{"replica", "identity"}, Feature::kReplicaIdentity},
      {{"reset", "("}, Feature::kTableOptions},
      {{"set", "("}, Feature::kTableOptions},
      {{"set", "tablespace"}, Feature::kTableTablespace},
      {{"set", "without", "cluster"}, Feature::kTableOptions},
  };
  for (const Action& known : kActions) {
    if (action.peek(known.words)) return &known.feature;
  }
  return nullptr;
}

void lint_action(TokenReader action, const std::string& table, Findings& findings) {
  const Token& at = action.token();
  if (action.accept("add")) {
    lint_add(action, table, findings);
  } else if (action.accept("alter")) {
    if (!action.peek("constraint")) lint_alter_column(action, table, findings);
  } else if (action.accept({"validate", "constraint"})) {
    FindingWords words;
    words.table = table;
    words.name = action.accept_qualified_name();
    findings.add(Feature::kValidateTogether, at, words);
  } else if (const Feature* feature = find_action(action)) {
    findings.add(*feature, at);
  }
}

}  // namespace

void lint_create_table(TokenReader rest, Findings& findings) {
  if (!accept_table(rest, findings)) return;
  rest.accept({"if", "not", "exists"});
  FindingWords words;
  words.table = rest.accept_qualified_name();
  if (const Token* as = find_words(rest, {"as"})) {
    findings.add(Feature::kCreateTableAs, *as, words);
    return;
  }
  lint_clauses(rest,
               {{{"partition", "of"}, Feature::kPartition},
                {{"partition", "by"}, Feature::kPartitionBy},
                {{"inherits"}, Feature::kInherits},
                {{"with", "("}, Feature::kTableOptions},
                {{"on", "commit"}, Feature::kOnCommit},
                {{"tablespace"}, Feature::kTableTablespace}},
               findings);
  if (rest.peek("of")) findings.add(Feature::kTypedTable, rest.token());
  for (const TokenReader& element : rest.accept_list()) lint_element(element, findings);
}

void lint_alter_table(TokenReader rest, Findings& findings) {
  rest.accept({"if", "exists"});
  rest.accept("only");
  const std::string table = rest.accept_qualified_name();
  rest.accept("*");
  for (const TokenReader& action : rest.split_at_commas()) lint_action(action, table, findings);
}

}  // namespace engine
