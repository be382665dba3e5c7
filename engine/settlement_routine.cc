#include "engine/settlement_routine.h"

#include "engine/settlement_statement.h"
#include "engine/settlement_type.h"

namespace engine::settlement {
namespace {

std::string has_signature(Question& question, const std::vector<std::string>& types) {
  return joined(question, "t.typname::text",
                "FROM unnest(o.proargtypes) WITH ORDINALITY AS k(type, place) JOIN pg_type t ON "
                "t.oid = k.type",
                "k.place") +
         " = " + question.list(types);
}

// The body between AS and the next clause, when it is one plain string.
std::optional<std::string> find_body(TokenReader statement) {
  if (!skip_behind(statement, "as")) return std::nullopt;
  auto body = accept_string(statement);
  const bool alone = statement.at_end() || (statement.peek_name() && !statement.peek(","));
  return alone ? body : std::nullopt;
}

}  // namespace

std::optional<RoutineName> accept_routine_name(TokenReader& statement, Question& question) {
  auto name = accept_object_name(statement);
  if (!name) return std::nullopt;
  RoutineName routine{*name, "", true};
  if (!statement.peek("(")) return routine;
  const auto types = accept_argument_types(statement, question.dialect());
  routine.known = types.has_value();
  if (types) routine.signature = has_signature(question, *types);
  return routine;
}

Settlement settle_create_function(TokenReader statement, Dialect dialect) {
  Question question(dialect);
  const auto routine = accept_routine_name(statement, question);
  if (!routine) return make_settlement(Form::kUnknown);
  const auto there = from(question, kRoutines, routine->name, Place::kCreated);
  const auto body = find_body(statement);
  const bool readable = routine->known && body;
  const std::string same =
      readable ? routine->signature + " AND o.prosrc = " + question.text(*body) : "false";
  return ask(Form::kCreateFunction, question,
             {exists(there, same), "NOT " + exists(there, routine->signature)});
}

}  // namespace engine::settlement
