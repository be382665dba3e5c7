#include "engine/settlement_columns.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

// What is written of a constraint, behind its name.
struct ConstraintText {
  char type = 0;  // pg_constraint.contype, 0 for one not known
  bool not_valid = false;
  std::optional<std::vector<std::string>> columns;
  std::optional<ObjectName> foreign;
  std::string index;  // of USING INDEX
};

void read_index_constraint(TokenReader& text, ConstraintText& constraint) {
  text.accept({"nulls", "not", "distinct"});
  text.accept({"nulls", "distinct"});
  if (text.accept({"using", "index"})) {
    constraint.index = accept_simple_name(text);
  } else if (text.peek("(")) {
    constraint.columns = read_names(text);
  }
}

ConstraintText read_constraint(TokenReader text) {
  ConstraintText constraint;
  constraint.not_valid = has_words(text, {"not", "valid"});
  if (text.accept("check")) {
    constraint.type = 'c';
  } else if (text.accept("unique")) {
    constraint.type = 'u';
    read_index_constraint(text, constraint);
  } else if (text.accept({"primary", "key"})) {
    constraint.type = 'p';
    read_index_constraint(text, constraint);
  } else if (text.accept("exclude")) {
    constraint.type = 'x';
  } else if (text.accept({"foreign", "key"})) {
    constraint.type = 'f';
    constraint.columns = read_names(text);
    text.accept_group();
    if (text.accept("references")) constraint.foreign = accept_object_name(text);
  }
  return constraint;
}

std::string from_owner(const ConstraintOwner& owner) {
  return "FROM pg_constraint k WHERE k." + owner.column + " = " + owner.oid;
}

std::string from_named(Question& question, const ConstraintOwner& owner, const std::string& name) {
  return from_owner(owner) + " AND k.conname = " + question.text(name);
}

std::string has_owner(const ConstraintOwner& owner) { return owner.oid + " IS NOT NULL"; }

std::string looks_right(Question& question, const ConstraintText& constraint) {
  std::vector<std::string> conditions = {"k.contype = '" + std::string(1, constraint.type) + "'"};
  if (constraint.type == 'c' || constraint.type == 'f') {
    conditions.push_back(constraint.not_valid ? "NOT k.convalidated" : "k.convalidated");
  }
  if (constraint.columns) {
    conditions.push_back(numbered_columns(question, "k.conkey", "k.conrelid") + " = " +
                         question.list(*constraint.columns));
  }
  if (constraint.foreign) {
    conditions.push_back("k.confrelid = " +
                         find_oid(question, kRelations, *constraint.foreign, Place::kVisible));
  }
  return conjoin(conditions);
}

Action settle_named(Question& question, const ConstraintOwner& owner,
                    const ConstraintText& constraint, const std::string& name) {
  const auto named = from_named(question, owner, name);
  const Evidence evidence{exists(named, looks_right(question, constraint)),
                          has_owner(owner) + " AND NOT " + exists(named)};
  return {Form::kAddConstraint, evidence, false, name, true};
}

// The index is free until the constraint takes it, and is then called what the constraint is.
Action settle_using_index(Question& question, const ConstraintOwner& owner,
                          const ConstraintText& constraint, const std::string& name) {
  const auto free_index =
      "EXISTS (SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid "
      "= " +
      owner.oid + " AND c.relname = " + question.text(constraint.index) +
      " AND NOT EXISTS (SELECT 1 FROM pg_constraint u WHERE u.conindid = c.oid AND u.contype IN "
      "('u', 'p')))";
  const auto made = exists(from_named(question, owner, name), looks_right(question, constraint));
  return {Form::kAddConstraintUsingIndex, Evidence{made + " AND NOT " + free_index, free_index},
          false, name, true};
}

// A table has one primary key; any that is there has to be this one.
Action settle_unnamed_primary_key(Question& question, const ConstraintOwner& owner,
                                  const ConstraintText& constraint) {
  const auto any = from_owner(owner) + " AND k.contype = 'p'";
  const Evidence evidence{exists(any, looks_right(question, constraint)),
                          has_owner(owner) + " AND NOT " + exists(any)};
  return {Form::kAddConstraintUnnamed, evidence};
}

// UNIQUE and FOREIGN KEY. One over the same columns with another name may be an older one.
Action settle_unnamed_columns(Question& question, const ConstraintOwner& owner,
                              const ConstraintText& constraint,
                              const std::vector<std::string>& columns) {
  const auto name = make_generated_name(owner.name, join_generated_names(columns),
                                        constraint.type == 'u' ? "key" : "fkey");
  const auto alike = from_owner(owner) + " AND k.contype = '" + constraint.type + "' AND " +
                     numbered_columns(question, "k.conkey", "k.conrelid") + " = " +
                     question.list(columns);
  const Evidence evidence{
      exists(from_named(question, owner, name), looks_right(question, constraint)),
      has_owner(owner) + " AND NOT " + exists(alike)};
  return {Form::kAddConstraintUnnamed, evidence};
}

// CHECK and EXCLUDE: the name depends on the expression, and more than one is usual. The server
// ends the name it makes in "check" or "excl" and a number.
Action settle_unnamed_expression(const ConstraintOwner& owner, const ConstraintText& constraint) {
  const std::string ending = constraint.type == 'c' ? "check" : "excl";
  const auto generated =
      from_owner(owner) + " AND rtrim(k.conname::text, '0123456789') LIKE '%" + ending + "'";
  const Evidence evidence{"false", has_owner(owner) + " AND NOT " + exists(generated)};
  return {Form::kAddCheckUnnamed, evidence, true};
}

}  // namespace

Action read_add_constraint(TokenReader action, Question& question, const ConstraintOwner& owner) {
  const std::string name = action.accept("constraint") ? accept_simple_name(action) : "";
  const ConstraintText constraint = read_constraint(action);
  if (constraint.type == 0) return {};
  if (!constraint.index.empty()) {
    return settle_using_index(question, owner, constraint, name.empty() ? constraint.index : name);
  }
  if (!name.empty()) return settle_named(question, owner, constraint, name);
  if (constraint.type == 'p') return settle_unnamed_primary_key(question, owner, constraint);
  if (constraint.columns) {
    return settle_unnamed_columns(question, owner, constraint, *constraint.columns);
  }
  return settle_unnamed_expression(owner, constraint);
}

Action read_drop_constraint(TokenReader action, Question& question, const ConstraintOwner& owner) {
  const bool if_exists = action.accept({"if", "exists"});
  const auto name = accept_simple_name(action);
  if (if_exists) return {Form::kDropConstraintIfExists, std::nullopt, false, name};
  const auto there = exists(from_named(question, owner, name));
  return {Form::kDropConstraint, Evidence{has_owner(owner) + " AND NOT " + there, there}, false,
          name};
}

Action read_validate_constraint(TokenReader action, Question& question,
                                const ConstraintOwner& owner) {
  const auto name = accept_simple_name(action);
  const auto named = from_named(question, owner, name);
  return {Form::kValidateConstraint,
          Evidence{exists(named, "k.convalidated"), exists(named, "NOT k.convalidated")}, false,
          name};
}

Evidence constraint_renamed(Question& question, const ConstraintOwner& owner,
                            const std::string& name, const std::string& new_name) {
  const auto old_one = exists(from_named(question, owner, name));
  const auto new_one = exists(from_named(question, owner, new_name));
  return {"NOT " + old_one + " AND " + new_one, old_one + " AND NOT " + new_one};
}

}  // namespace engine::settlement
