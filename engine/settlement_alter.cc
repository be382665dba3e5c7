#include "engine/settlement_kind.h"
#include "engine/settlement_routine.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

// An object that is renamed, moved or given away, whatever its kind.
struct Subject {
  const Catalog* catalog;
  ObjectName name;
  std::string and_condition = "";
  bool if_exists = false;  // one that is missing is left as it is, however often
};

Settlement ask_of(Form form, Question& question, const Subject& subject, Evidence evidence) {
  if (subject.if_exists) {
    evidence.not_done = "((" + evidence.not_done + ") OR " +
                        find_oid(question, *subject.catalog, subject.name, Place::kVisible) +
                        " IS NULL)";
  }
  return ask(form, question, evidence);
}

// RENAME TO, SET SCHEMA, OWNER TO; nullopt for anything else.
std::optional<Settlement> settle_common(TokenReader statement, Question& question,
                                        const Subject& subject) {
  const auto& [catalog, name, and_condition, if_exists] = subject;
  if (statement.accept({"rename", "to"})) {
    const auto new_name = accept_simple_name(statement);
    return ask_of(Form::kRename, question, subject,
                  renamed(question, *catalog, name, new_name, and_condition));
  }
  if (statement.accept({"set", "schema"})) {
    if (catalog->schema.empty()) return make_settlement(Form::kUnknown);
    const auto schema = accept_simple_name(statement);
    return ask_of(Form::kSetSchema, question, subject,
                  moved(question, *catalog, name, schema, and_condition));
  }
  if (statement.accept({"owner", "to"})) {
    if (catalog->owner.empty()) return make_settlement(Form::kUnknown);
    return ask_of(Form::kOwner, question, subject,
                  owned(question, *catalog, name, statement, and_condition));
  }
  return std::nullopt;
}

Evidence column_renamed(Question& question, const ObjectName& relation, const std::string& name,
                        const std::string& new_name) {
  const auto column = [&](const std::string& column_name) {
    return "EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = " +
           find_oid(question, kRelations, relation, Place::kVisible) +
           " AND a.attname = " + question.text(column_name) + " AND NOT a.attisdropped)";
  };
  const auto old_one = column(name);
  const auto new_one = column(new_name);
  return {"NOT " + old_one + " AND " + new_one, old_one + " AND NOT " + new_one};
}

// RENAME [COLUMN | ATTRIBUTE] a TO b, RENAME CONSTRAINT a TO b
Settlement settle_rename_part(TokenReader statement, Question& question,
                              const ObjectName& relation) {
  const bool constraint = statement.accept("constraint");
  if (!constraint && !statement.accept("column")) statement.accept("attribute");
  const auto name = accept_simple_name(statement);
  if (name.empty() || !statement.accept("to")) return make_settlement(Form::kUnknown);
  const auto new_name = accept_simple_name(statement);
  if (!constraint) {
    return ask(Form::kRenameColumn, question, column_renamed(question, relation, name, new_name));
  }
  const auto oid = find_oid(question, kRelations, relation, Place::kVisible);
  return ask(Form::kRenameConstraint, question,
             constraint_renamed(question, {oid, "conrelid", relation.name}, name, new_name));
}

Settlement settle_sequence_options(const TokenReader& statement, Question& question,
                                   const ObjectName& name) {
  if (!has_words(statement, {"restart"})) return make_settlement(Form::kAlterSequence);
  return ask(Form::kRestart, question,
             restarted(question, find_oid(question, kRelations, name, Place::kVisible)));
}

Settlement settle_relation(TokenReader statement, Dialect dialect, const Kind& kind) {
  if (statement.accept({"all", "in", "tablespace"})) return make_settlement(Form::kAlterSettings);
  // ASYNC is a reserved word of Aurora DSQL only.
  if (dialect == Dialect::kDsql) statement.accept("async");
  const bool if_exists = statement.accept({"if", "exists"});
  statement.accept("only");
  const auto name = accept_object_name(statement);
  statement.accept("*");
  if (!name) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const Subject subject{&kRelations, *name, "", if_exists};
  if (auto settled = settle_common(statement, question, subject)) return *settled;
  if (statement.accept("rename")) return settle_rename_part(statement, question, *name);
  if (*kind.words.begin() == "sequence") {
    return settle_sequence_options(statement, question, *name);
  }
  if (*kind.words.begin() == "index") return make_settlement(Form::kAlterSettings);
  return settle_actions(statement, question, *name, if_exists);
}

Settlement settle_domain(TokenReader statement, Question& question, const ObjectName& name) {
  const ConstraintOwner owner{find_oid(question, kTypes, name, Place::kVisible), "contypid",
                              name.name};
  if (statement.accept({"rename", "constraint"})) {
    const auto old_name = accept_simple_name(statement);
    statement.accept("to");
    return ask(Form::kRenameConstraint, question,
               constraint_renamed(question, owner, old_name, accept_simple_name(statement)));
  }
  Action action{Form::kAlterSettings};
  if (statement.accept("add")) action = read_add_constraint(statement, question, owner);
  if (statement.accept({"drop", "constraint"})) {
    action = read_drop_constraint(statement, question, owner);
  }
  if (statement.accept({"validate", "constraint"})) {
    action = read_validate_constraint(statement, question, owner);
  }
  if (!action.evidence) return make_settlement(action.form);
  return ask(action.form, question, *action.evidence);
}

std::string has_label(Question& question, const std::string& type, const std::string& label) {
  return "EXISTS (SELECT 1 FROM pg_enum e WHERE e.enumtypid = " + type +
         " AND e.enumlabel = " + question.text(label) + ")";
}

Settlement settle_add_value(TokenReader statement, Question& question, const std::string& type) {
  if (statement.peek({"if", "not", "exists"})) return make_settlement(Form::kAlterSettings);
  const auto label = accept_string(statement);
  if (!label) return make_settlement(Form::kUnknown);
  const auto there = has_label(question, type, *label);
  return ask(Form::kAddEnumValue, question, {there, type + " IS NOT NULL AND NOT " + there});
}

Settlement settle_rename_value(TokenReader statement, Question& question, const std::string& type) {
  const auto old_label = accept_string(statement);
  statement.accept("to");
  const auto new_label = accept_string(statement);
  if (!old_label || !new_label) return make_settlement(Form::kUnknown);
  const auto old_one = has_label(question, type, *old_label);
  const auto new_one = has_label(question, type, *new_label);
  return ask(Form::kRenameEnumValue, question,
             {"NOT " + old_one + " AND " + new_one, old_one + " AND NOT " + new_one});
}

Settlement settle_type(TokenReader statement, Question& question, const ObjectName& name) {
  const auto type = find_oid(question, kTypes, name, Place::kVisible);
  if (statement.accept({"add", "value"})) return settle_add_value(statement, question, type);
  if (statement.accept({"rename", "value"})) return settle_rename_value(statement, question, type);
  if (statement.accept("rename")) return settle_rename_part(statement, question, name);
  if (statement.peek("set")) return make_settlement(Form::kAlterSettings);
  return settle_actions(statement, question, name, false);
}

// What is left after settle_common: mostly settings, which are the same however often they are set.
Settlement settle_rest(TokenReader statement, Question& question, const Kind& kind,
                       const ObjectName& name) {
  switch (kind.group) {
    case Group::kType:
      return *kind.words.begin() == "domain" ? settle_domain(statement, question, name)
                                             : settle_type(statement, question, name);
    case Group::kRoutine:
    case Group::kStatistics:
      return make_settlement(Form::kAlterSettings);
    case Group::kRole:
      return make_settlement(Form::kAlterRole);
    default: {
      const bool setting =
          statement.peek_any({"set", "reset", "enable", "disable", "refresh", "update"});
      return make_settlement(setting ? Form::kAlterSettings : Form::kUnknown);
    }
  }
}

Settlement settle_object(TokenReader statement, Dialect dialect, const Kind& kind) {
  Question question(dialect);
  statement.accept({"if", "exists"});
  const auto routine = kind.group == Group::kRoutine ? accept_routine_name(statement, question)
                                                     : std::optional<RoutineName>();
  const auto name = routine ? routine->name : accept_object_name(statement);
  if (!name) return make_settlement(Form::kUnknown);
  const bool named = statement.peek({"rename", "to"}) || statement.peek({"set", "schema"}) ||
                     statement.peek({"owner", "to"});
  if (named && routine && !routine->known) return make_settlement(Form::kUnknown);
  if (named && dialect == Dialect::kDsql && !kind.catalog->on_dsql) {
    const bool statistics = kind.group == Group::kStatistics;
    return make_settlement(statistics ? Form::kAlterStatisticsDsql : Form::kUnknown);
  }
  const Subject subject{kind.catalog, *name, routine ? routine->signature : ""};
  if (auto settled = settle_common(statement, question, subject)) return *settled;
  return settle_rest(statement, question, kind, *name);
}

// name ON table RENAME TO name, and what else there is
Settlement settle_on_table(TokenReader statement, Dialect dialect, const TableKind& kind) {
  const auto name = accept_simple_name(statement);
  if (dialect == Dialect::kDsql || !statement.accept("on")) return make_settlement(Form::kUnknown);
  const auto table = accept_object_name(statement);
  if (!table) return make_settlement(Form::kUnknown);
  if (!statement.accept({"rename", "to"})) return make_settlement(Form::kAlterSettings);
  const auto new_name = accept_simple_name(statement);
  Question question(dialect);
  const auto old_one = exists_on_table(question, kind, name, *table);
  const auto new_one = exists_on_table(question, kind, new_name, *table);
  return ask(Form::kRename, question,
             {"NOT " + old_one + " AND " + new_one, old_one + " AND NOT " + new_one});
}

}  // namespace

Settlement settle_alter(TokenReader statement, Dialect dialect) {
  if (statement.peek({"default", "privileges"}) || statement.peek("system")) {
    return make_settlement(Form::kAlterSettings);
  }
  if (const TableKind* kind = accept_table_kind(statement)) {
    return settle_on_table(statement, dialect, *kind);
  }
  statement.accept("procedural");
  const Kind* kind = accept_kind(statement);
  if (kind == nullptr) return make_settlement(Form::kUnknown);
  if (kind->group == Group::kRelation) return settle_relation(statement, dialect, *kind);
  return settle_object(statement, dialect, *kind);
}

}  // namespace engine::settlement
