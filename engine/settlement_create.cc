#include <algorithm>

#include "engine/settlement_columns.h"
#include "engine/settlement_kind.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

Evidence created(Question& question, const Catalog& catalog, const ObjectName& name,
                 const std::string& looks_right) {
  const auto there = from(question, catalog, name, Place::kCreated);
  return {exists(there, looks_right), "NOT " + exists(there)};
}

// [IF NOT EXISTS] [name] [AUTHORIZATION role]; without a name it is the role's. One that was made
// just now is empty unless the statement fills it.
Settlement settle_schema(TokenReader statement, Dialect dialect) {
  const bool if_not_exists = statement.accept({"if", "not", "exists"});
  std::string name;
  if (!statement.peek("authorization")) name = accept_simple_name(statement);
  std::string owner;
  if (statement.accept("authorization")) owner = accept_simple_name(statement);
  if (name.empty()) name = owner;
  Question question(dialect);
  std::string looks_right = "true";
  if (!if_not_exists && statement.at_end()) {
    looks_right = "NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = o.oid)";
  }
  const Form form = if_not_exists ? Form::kCreateSchemaIfNotExists : Form::kCreateSchema;
  return ask(form, question, created(question, kSchemas, {"", name}, looks_right));
}

// One of this name has what the name says, in the version asked for.
Settlement settle_extension(TokenReader statement, Dialect dialect, const Kind& kind) {
  Question question(dialect);
  const ObjectName name{"", accept_simple_name(statement)};
  std::string looks_right = "true";
  if (skip_behind(statement, "version")) {
    const auto text = accept_string(statement);
    const auto version = text ? *text : accept_simple_name(statement);
    looks_right = "o.extversion = " + question.text(version);
  }
  return ask(Form::kCreateExtension, question, created(question, *kind.catalog, name, looks_right));
}

// name ON columns FROM table
Settlement settle_statistics(TokenReader statement, Dialect dialect, const Kind& kind) {
  if (statement.peek_any({"on", "("})) return make_settlement(Form::kCreateStatisticsUnnamed);
  if (dialect == Dialect::kDsql) {
    auto settlement = make_settlement(Form::kCreateStatisticsDsql);
    settlement.already_so = {"42710"};
    return settlement;
  }
  Question question(dialect);
  const auto name = accept_object_name(statement);
  if (!name || !skip_behind(statement, "from")) return make_settlement(Form::kUnknown);
  const auto table = accept_object_name(statement);
  if (!table) return make_settlement(Form::kUnknown);
  const auto on_table = "o.stxrelid = " + find_oid(question, kRelations, *table, Place::kVisible);
  return ask(Form::kCreateStatistics, question, created(question, *kind.catalog, *name, on_table));
}

// A trigger is the one whose function is the same.
Settlement settle_on_table(TokenReader statement, Dialect dialect, const TableKind& kind) {
  Question question(dialect);
  const auto name = accept_simple_name(statement);
  if (dialect == Dialect::kDsql || !skip_behind(statement, kind.before_table)) {
    return make_settlement(Form::kUnknown);
  }
  const auto table = accept_object_name(statement);
  if (!table) return make_settlement(Form::kUnknown);
  const auto missing = find_oid(question, kRelations, *table, Place::kVisible) +
                       " IS NOT NULL AND NOT " + exists_on_table(question, kind, name, *table);
  if (kind.word != "trigger" || !skip_behind(statement, "execute")) {
    return ask(Form::kCreateOther, question, {"false", missing});
  }
  statement.advance();
  const auto function = accept_object_name(statement);
  if (!function) return make_settlement(Form::kUnknown);
  const auto calls = "EXISTS (SELECT 1 FROM pg_proc p WHERE p.oid = x.tgfoid AND p.proname = " +
                     question.text(function->name) + ")";
  return ask(Form::kCreateTrigger, question,
             {exists_on_table(question, kind, name, *table, calls), missing});
}

// Nothing of it is compared, so an older one cannot be told from a new one.
Settlement settle_other(TokenReader statement, Dialect dialect, const Kind& kind) {
  if (dialect == Dialect::kDsql) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const auto name = accept_object_name(statement);
  if (!name) return make_settlement(Form::kUnknown);
  return ask(Form::kCreateOther, question, created(question, *kind.catalog, *name, "false"));
}

bool accept_temporary(TokenReader& statement) {
  if (statement.peek_any({"local", "global"})) statement.advance();
  return statement.accept("temp") || statement.accept("temporary");
}

Settlement settle_kind(TokenReader statement, Dialect dialect, const Kind& kind) {
  switch (kind.group) {
    case Group::kSchema:
      return settle_schema(statement, dialect);
    case Group::kRoutine:
      return settle_create_function(statement, dialect);
    case Group::kRole:
      return settle_create_role(statement, dialect, *kind.words.begin() == "user");
    case Group::kStatistics:
      return settle_statistics(statement, dialect, kind);
    case Group::kExtension:
      return settle_extension(statement, dialect, kind);
    case Group::kType:
      return *kind.words.begin() == "domain" ? settle_create_domain(statement, dialect)
                                             : settle_create_type(statement, dialect);
    default:
      return settle_other(statement, dialect, kind);
  }
}

// Tables, views, sequences; nullopt for another kind.
std::optional<Settlement> settle_relation(TokenReader statement, Dialect dialect) {
  const bool temporary = accept_temporary(statement);
  statement.accept("unlogged");
  statement.accept("recursive");
  const bool materialized = statement.accept("materialized");
  const bool view = statement.accept("view");
  const bool sequence = !view && statement.accept("sequence");
  const bool table =
      !view && !sequence && (statement.accept("table") || statement.accept({"foreign", "table"}));
  if (!view && !sequence && !table) return std::nullopt;
  if (statement.peek({"if", "not", "exists"})) return make_settlement(Form::kCreateIfNotExists);
  if (view) return settle_create_view(statement, dialect, temporary, materialized);
  return sequence ? settle_create_sequence(statement, dialect, temporary)
                  : settle_create_table(statement, dialect, temporary);
}

}  // namespace

Settlement settle_create(TokenReader statement, Dialect dialect) {
  if (statement.accept({"or", "replace"})) return make_settlement(Form::kCreateOrReplace);
  if (auto relation = settle_relation(statement, dialect)) return *relation;
  const bool unique = statement.accept("unique");
  if (statement.accept("index")) return settle_create_index(statement, dialect, unique);
  statement.accept("constraint");
  if (const TableKind* kind = accept_table_kind(statement)) {
    return settle_on_table(statement, dialect, *kind);
  }
  statement.accept("trusted");
  statement.accept("procedural");
  const Kind* kind = accept_kind(statement);
  if (kind == nullptr) return make_settlement(Form::kUnknown);
  if (kind->group != Group::kSchema && statement.accept({"if", "not", "exists"})) {
    return make_settlement(Form::kCreateIfNotExists);
  }
  if (!kind->catalog->on_dsql && dialect == Dialect::kDsql && kind->group != Group::kStatistics) {
    return make_settlement(Form::kUnknown);
  }
  return settle_kind(statement, dialect, *kind);
}

}  // namespace engine::settlement
