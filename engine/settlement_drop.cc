#include "engine/settlement_kind.h"
#include "engine/settlement_routine.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

struct Target {
  ObjectName name;
  std::string and_condition;
  bool known = true;
};

std::optional<std::vector<Target>> read_targets(TokenReader statement, Question& question,
                                                const Kind& kind) {
  std::vector<Target> targets;
  for (TokenReader part : statement.split_at_commas()) {
    if (kind.group == Group::kRoutine) {
      const auto routine = accept_routine_name(part, question);
      if (!routine) return std::nullopt;
      targets.push_back({routine->name, routine->signature, routine->known});
    } else {
      const auto name = accept_object_name(part);
      if (!name) return std::nullopt;
      targets.push_back({*name, "", true});
    }
  }
  return targets.empty() ? std::nullopt : std::optional(targets);
}

bool are_qualified(const std::vector<Target>& targets, const Kind& kind) {
  if (kind.catalog->schema.empty()) return true;
  for (const auto& target : targets) {
    if (target.name.schema.empty()) return false;
  }
  return true;
}

Evidence target_dropped(Question& question, const Kind& kind, const Target& target) {
  auto evidence = dropped(question, *kind.catalog, target.name, target.and_condition);
  // Which of several routines of the name it was is not known: only that there is none.
  if (!target.known) evidence.not_done = "false";
  return evidence;
}

Settlement settle_targets(const std::vector<Target>& targets, Question& question, const Kind& kind,
                          bool if_exists) {
  std::vector<Evidence> evidence;
  std::string any_there;
  for (const auto& target : targets) {
    evidence.push_back(target_dropped(question, kind, target));
    any_there += (any_there.empty() ? "" : " OR ") + evidence.back().not_done;
  }
  auto whole = conjoin(evidence);
  if (!if_exists) return ask(Form::kDrop, question, whole);
  return ask(Form::kDropIfExistsUnqualified, question, {whole.done, "(" + any_there + ")"});
}

// name ON table
Settlement settle_on_table(TokenReader statement, Dialect dialect, const TableKind& kind) {
  if (statement.accept({"if", "exists"})) return make_settlement(Form::kDropIfExists);
  const auto name = accept_simple_name(statement);
  if (dialect == Dialect::kDsql || !statement.accept("on")) return make_settlement(Form::kUnknown);
  const auto table = accept_object_name(statement);
  if (!table) return make_settlement(Form::kUnknown);
  Question question(dialect);
  const auto there = exists_on_table(question, kind, name, *table);
  const auto has_table = find_oid(question, kRelations, *table, Place::kVisible) + " IS NOT NULL";
  return ask(Form::kDropOnTable, question, {has_table + " AND NOT " + there, there});
}

Settlement settle_dsql_statistics() {
  auto settlement = make_settlement(Form::kDropStatisticsDsql);
  settlement.already_so = {"42704"};
  return settlement;
}

}  // namespace

Settlement settle_drop(TokenReader statement, Dialect dialect) {
  if (statement.peek({"owned", "by"})) return make_settlement(Form::kDropOwned);
  if (const TableKind* kind = accept_table_kind(statement)) {
    return settle_on_table(statement, dialect, *kind);
  }
  statement.accept("procedural");
  const Kind* kind = accept_kind(statement);
  if (kind == nullptr) return make_settlement(Form::kUnknown);
  statement.accept("concurrently");
  const bool if_exists = statement.accept({"if", "exists"});
  Question question(dialect);
  const auto targets = read_targets(statement, question, *kind);
  if (!targets) return make_settlement(Form::kUnknown);
  if (if_exists && are_qualified(*targets, *kind)) return make_settlement(Form::kDropIfExists);
  if (dialect == Dialect::kDsql && !kind->catalog->on_dsql) {
    const bool statistics = kind->group == Group::kStatistics && !if_exists;
    return statistics ? settle_dsql_statistics() : make_settlement(Form::kUnknown);
  }
  return settle_targets(*targets, question, *kind, if_exists);
}

}  // namespace engine::settlement
