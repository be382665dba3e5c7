// The kinds of objects that CREATE, ALTER and DROP name, and where the catalog lists them.
#pragma once

#include <initializer_list>
#include <string_view>

#include "engine/settlement_question.h"

namespace engine::settlement {

enum class Group { kRelation, kSchema, kType, kRoutine, kRole, kStatistics, kExtension, kOther };

struct Kind {
  std::initializer_list<std::string_view> words;
  Group group;
  const Catalog* catalog;
};

// Consumes the words of a kind; nullptr when none stands here.
const Kind* accept_kind(TokenReader& statement);

// Objects that hang on a table and are named within it: triggers, policies, rules.
struct TableKind {
  std::string_view word;
  std::string_view catalog;
  std::string_view name;
  std::string_view table;
  std::string_view before_table;  // the word before the table's name in CREATE
};

const TableKind* accept_table_kind(TokenReader& statement);

// Whether `table` has one called `name`.
std::string exists_on_table(Question& question, const TableKind& kind, const std::string& name,
                            const ObjectName& table, const std::string& and_condition = "");

}  // namespace engine::settlement
