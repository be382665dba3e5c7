#include <algorithm>

#include "engine/settlement_columns.h"
#include "engine/settlement_kind.h"
#include "engine/settlement_statement.h"

// The actions of ALTER TABLE, of other relations and of composite types. They take effect together
// or not at all, so those that can be asked about speak for those that cannot.

namespace engine::settlement {
namespace {

// What an action works on.
struct Relation {
  ObjectName name;
  std::string oid;
  bool when_exists = false;  // IF EXISTS: a relation that is missing is left as it is
};

// Where an action stands in its statement.
struct Company {
  bool alone = true;     // it is the only action
  bool changed = false;  // others work on the same column too
};

std::string from_column(Question& question, const Relation& relation, const std::string& column) {
  return "FROM pg_attribute a WHERE a.attrelid = " + relation.oid +
         " AND a.attname = " + question.text(column) + " AND NOT a.attisdropped";
}

std::string has_relation(const Relation& relation) { return relation.oid + " IS NOT NULL"; }

std::string has_type(Question& question, const TypeName& type) {
  std::string sql = "EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = a.atttypid AND t.typname = " +
                    question.text(type.name) + ")";
  if (type.modifier) {
    sql += " AND a.atttypmod::text = " + question.text(std::to_string(*type.modifier));
  }
  return sql;
}

std::string quote_char(char value) { return value == 0 ? "''" : "'" + std::string(1, value) + "'"; }

// With other actions in the statement a column may become NOT NULL by one of them (PRIMARY KEY).
std::string has_traits(const ColumnTraits& traits, bool alone) {
  std::vector<std::string> conditions = {
      "a.attidentity = " + quote_char(traits.identity),
      "a.attgenerated = " + quote_char(traits.generated ? 's' : '\0')};
  if (traits.not_null || alone) {
    conditions.emplace_back(traits.not_null ? "a.attnotnull" : "NOT a.attnotnull");
  }
  if (traits.has_default) {
    conditions.emplace_back(*traits.has_default ? "a.atthasdef" : "NOT a.atthasdef");
  }
  return conjoin(conditions);
}

// ADD [COLUMN] [IF NOT EXISTS] name type ...
Action read_add_column(TokenReader action, Question& question, const Relation& relation,
                       const Company& company) {
  if (!action.accept("column")) action.accept("attribute");
  const bool if_not_exists = action.accept({"if", "not", "exists"});
  const auto name = accept_simple_name(action);
  if (if_not_exists) return {Form::kAddColumnIfNotExists, std::nullopt, false, name, true};
  const auto type = accept_type_name(action, question.dialect());
  const auto column = from_column(question, relation, name);
  std::string looks_right = "false";
  if (company.changed) {
    looks_right = "";
  } else if (type) {
    looks_right = has_type(question, *type) + " AND " +
                  has_traits(read_column_traits(action, *type), company.alone);
  }
  const Evidence evidence{exists(column, looks_right),
                          has_relation(relation) + " AND NOT " + exists(column)};
  return {Form::kAddColumn, evidence, false, name, true};
}

Action read_drop_column(TokenReader action, Question& question, const Relation& relation) {
  if (!action.accept("column")) action.accept("attribute");
  const bool if_exists = action.accept({"if", "exists"});
  const auto name = accept_simple_name(action);
  if (if_exists) return {Form::kDropColumnIfExists, std::nullopt, false, name};
  const auto there = exists(from_column(question, relation, name));
  return {Form::kDropColumn, Evidence{has_relation(relation) + " AND NOT " + there, there}, false,
          name};
}

// Goes inside a parenthesis that is all there is; false when there is none.
bool unwrap(TokenReader& expression) {
  TokenReader rest = expression;
  const auto inside = rest.accept_list();
  if (inside.size() != 1 || !rest.at_end()) return false;
  expression = inside[0];
  return true;
}

// Whether USING only says what the type says: col::type, CAST(col AS type).
bool is_plain_cast(TokenReader expression, const std::string& column, const TypeName& type,
                   Dialect dialect) {
  while (unwrap(expression)) {
  }
  const bool cast = expression.accept("cast");
  if (cast && !unwrap(expression)) return false;
  if (accept_simple_name(expression) != column) return false;
  if (!expression.accept(cast ? "as" : "::")) return expression.at_end();
  const auto target = accept_type_name(expression, dialect);
  return target && expression.at_end() && target->name == type.name &&
         target->modifier == type.modifier;
}

// [SET DATA] TYPE type [COLLATE c] [USING expression]. Only a conversion that is more than a cast
// does harm the second time.
Action read_alter_type(TokenReader action, Question& question, const Relation& relation,
                       const std::string& name) {
  const auto type = accept_type_name(action, question.dialect());
  if (!skip_behind(action, "using") ||
      (type && is_plain_cast(action, name, *type, question.dialect()))) {
    return {Form::kAlterType, std::nullopt, false, name};
  }
  const auto column = from_column(question, relation, name);
  if (!type) return {Form::kUnknown, std::nullopt, false, name};
  const auto changed = exists(column, has_type(question, *type));
  return {Form::kAlterTypeUsing, Evidence{"false", exists(column) + " AND NOT " + changed}, true,
          name};
}

Action read_identity_action(TokenReader action, Question& question, const Relation& relation,
                            const std::string& name) {
  const auto column = from_column(question, relation, name);
  const auto none = exists(column, "a.attidentity = ''");
  if (action.accept("add")) {
    const char identity = read_identity(action);
    if (identity == 0) return {};
    return {Form::kAddIdentity,
            Evidence{exists(column, "a.attidentity = " + quote_char(identity)), none}, false, name};
  }
  action.accept({"drop", "identity"});
  if (action.accept({"if", "exists"})) return {Form::kAlterColumn, std::nullopt, false, name};
  return {Form::kDropIdentity, Evidence{none, exists(column, "a.attidentity <> ''")}, false, name};
}

// 1259 is pg_class itself.
Action read_restart(Question& question, const Relation& relation, const std::string& name) {
  const auto column = "(SELECT a.attnum " + from_column(question, relation, name) + ")";
  const auto sequence =
      "(SELECT d.objid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
      "WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.refobjid = " +
      relation.oid + " AND d.refobjsubid = " + column + " AND d.deptype = 'i')";
  return {Form::kRestart, restarted(question, sequence), true, name};
}

// ALTER [COLUMN] name ...
Action read_alter_column(TokenReader action, Question& question, const Relation& relation) {
  if (!action.accept("column")) action.accept("attribute");
  const auto name = accept_simple_name(action);
  if (action.accept("type") || action.accept({"set", "data", "type"})) {
    return read_alter_type(action, question, relation, name);
  }
  if (action.accept({"drop", "expression"})) {
    if (action.accept({"if", "exists"})) return {Form::kAlterColumn, std::nullopt, false, name};
    const auto column = from_column(question, relation, name);
    return {Form::kDropExpression,
            Evidence{exists(column, "a.attgenerated = ''"), exists(column, "a.attgenerated <> ''")},
            false, name};
  }
  if (action.peek("add") || action.peek({"drop", "identity"})) {
    return read_identity_action(action, question, relation, name);
  }
  if (!action.peek_any({"set", "drop", "reset", "restart"})) return {};
  const bool expression = action.peek({"set", "default"}) || action.peek({"set", "expression"});
  if (!expression && has_words(action, {"restart"})) return read_restart(question, relation, name);
  const bool identity = action.peek({"set", "generated"}) || action.peek({"set", "cache"}) ||
                        action.peek({"set", "increment"}) || action.peek({"set", "start"});
  return {identity ? Form::kAlterIdentity : Form::kAlterColumn, std::nullopt, false, name};
}

// `child` and `parent` are sub-selects.
Action make_inherits(Form form, const std::string& child, const std::string& parent, bool pending) {
  const std::string rows =
      "FROM pg_inherits h WHERE h.inhrelid = " + child + " AND h.inhparent = " + parent;
  const std::string both = child + " IS NOT NULL AND " + parent + " IS NOT NULL";
  const std::string there = exists(rows);
  const std::string gone = both + " AND NOT " + there;
  if (form == Form::kAttach) return {form, Evidence{there, gone}};
  return {form, Evidence{gone, pending ? exists(rows, "NOT h.inhdetachpending") : there}};
}

// ATTACH and DETACH PARTITION, INHERIT and NO INHERIT. A DETACH ... CONCURRENTLY that is left half
// way has to be FINALIZEd.
Action read_inherits(TokenReader action, Question& question, const Relation& relation) {
  const bool partition = action.peek_any({"attach", "detach"});
  const bool attach = action.peek_any({"attach", "inherit"});
  while (action.peek_any({"attach", "detach", "no", "inherit", "partition"})) action.advance();
  const auto name = accept_object_name(action);
  if (!name) return {};
  const bool finalize = action.peek("finalize");
  const bool pending = action.peek("concurrently");
  const auto other = find_oid(question, kRelations, *name, Place::kVisible);
  const Form form = attach ? Form::kAttach : Form::kDetach;
  return partition ? make_inherits(form, other, relation.oid, pending && !finalize)
                   : make_inherits(form, relation.oid, other, false);
}

Action read_owner(TokenReader role, Question& question, const Relation& relation) {
  return {Form::kOwner, owned(question, kRelations, relation.name, role)};
}

Action read_action(TokenReader action, Question& question, const Relation& relation,
                   const Company& company) {
  const ConstraintOwner owner{relation.oid, "conrelid", relation.name.name};
  if (action.accept("add")) {
    return is_table_constraint(action) ? read_add_constraint(action, question, owner)
                                       : read_add_column(action, question, relation, company);
  }
  if (action.accept({"drop", "constraint"})) return read_drop_constraint(action, question, owner);
  if (action.accept("drop")) return read_drop_column(action, question, relation);
  if (action.peek({"alter", "constraint"})) return {Form::kTableSettings};
  if (action.accept("alter")) return read_alter_column(action, question, relation);
  if (action.accept({"validate", "constraint"})) {
    return read_validate_constraint(action, question, owner);
  }
  if (action.accept({"owner", "to"})) return read_owner(action, question, relation);
  if (action.peek_any({"attach", "detach", "inherit"}) || action.peek({"no", "inherit"})) {
    return read_inherits(action, question, relation);
  }
  const bool setting = action.peek_any(
      {"enable", "disable", "set", "reset", "cluster", "replica", "force", "no", "of", "not"});
  return {setting ? Form::kTableSettings : Form::kUnknown};
}

// The column or constraint an action is about, without reading it further.
std::string find_name(TokenReader action) {
  if (!action.peek_any({"add", "drop", "alter"})) return "";
  action.advance();
  if (action.peek_any({"column", "constraint", "attribute"})) action.advance();
  action.accept({"if", "not", "exists"});
  action.accept({"if", "exists"});
  return accept_simple_name(action);
}

std::size_t count_name(const std::vector<TokenReader>& parts, const std::string& name) {
  std::size_t count = 0;
  for (const auto& part : parts) {
    if (find_name(part) == name) ++count;
  }
  return count;
}

bool is_constraint(const Action& action) {
  return action.form == Form::kAddConstraint || action.form == Form::kAddConstraintUsingIndex ||
         action.form == Form::kDropConstraint || action.form == Form::kDropConstraintIfExists;
}

bool is_drop(const Action& action) {
  return action.form == Form::kDropColumn || action.form == Form::kDropColumnIfExists ||
         action.form == Form::kDropConstraint || action.form == Form::kDropConstraintIfExists;
}

// One drops what the other adds again under its name.
bool clash(const Action& a, const Action& b) {
  return !a.name.empty() && a.name == b.name && is_constraint(a) == is_constraint(b) &&
         (is_drop(a) ? b.adds : a.adds && is_drop(b));
}

struct Clashes {
  bool columns = false;
  bool constraints = false;
};

// What is dropped and added under one name is there before and after, so it says nothing. Only the
// index that a constraint is made of does.
Clashes remove_clashes(std::vector<Action>& actions) {
  Clashes clashes;
  std::vector<Action> left;
  for (const auto& action : actions) {
    const bool clashing =
        std::any_of(actions.begin(), actions.end(),
                    [&action](const Action& other) { return clash(action, other); });
    if (clashing) (is_constraint(action) ? clashes.constraints : clashes.columns) = true;
    if (!clashing || action.form == Form::kAddConstraintUsingIndex) left.push_back(action);
  }
  actions = std::move(left);
  return clashes;
}

bool is_decisive(const Action& action) { return action.evidence && !action.one_sided; }

// None can be asked about.
Settlement settle_unasked(const std::vector<Action>& actions, const Clashes& clashes) {
  if (clashes.columns) return make_settlement(Form::kOneNameTwice);
  for (const auto& action : actions) {
    if (find_form(action.form).method == SettleMethod::kRefuse) return make_settlement(action.form);
  }
  return make_settlement(clashes.constraints ? Form::kReplaceConstraint : actions.front().form);
}

Settlement settle_together(const std::vector<Action>& actions, const Clashes& clashes,
                           Question& question, const Relation& relation) {
  const bool decisive = std::any_of(actions.begin(), actions.end(), is_decisive);
  std::vector<Evidence> evidence;
  Form form = Form::kSeveralActions;
  for (const auto& action : actions) {
    if (!action.evidence || (decisive && action.one_sided)) continue;
    evidence.push_back(*action.evidence);
    form = evidence.size() == 1 ? action.form : Form::kSeveralActions;
  }
  if (evidence.empty()) return settle_unasked(actions, clashes);
  auto whole = conjoin(evidence);
  if (relation.when_exists) {
    whole.not_done = "((" + whole.not_done + ") OR " + relation.oid + " IS NULL)";
  }
  return ask(form, question, whole);
}

}  // namespace

// pg_sequences shows last_value as NULL to those who may not see it, too.
Evidence restarted(const Question& question, const std::string& oid) {
  const std::string seen =
      question.dialect() == Dialect::kPostgres
          ? "has_sequence_privilege(c.oid, 'SELECT, USAGE')"
          : "c.relowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)";
  return {"false",
          "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace m ON m.oid = c.relnamespace JOIN "
          "pg_sequences q ON q.schemaname = m.nspname AND q.sequencename = c.relname WHERE c.oid "
          "= " +
              oid + " AND q.last_value IS NULL AND " + seen + ")"};
}

Settlement settle_actions(const TokenReader& actions, Question& question,
                          const ObjectName& relation, bool if_exists) {
  const Relation target{relation, find_oid(question, kRelations, relation, Place::kVisible),
                        if_exists};
  const auto parts = actions.split_at_commas();
  std::vector<Action> read;
  for (const auto& part : parts) {
    const auto name = find_name(part);
    const bool changed = !name.empty() && count_name(parts, name) > 1;
    read.push_back(read_action(part, question, target, {parts.size() == 1, changed}));
  }
  if (read.empty()) return make_settlement(Form::kUnknown);
  const Clashes clashes = remove_clashes(read);
  return settle_together(read, clashes, question, target);
}

}  // namespace engine::settlement
