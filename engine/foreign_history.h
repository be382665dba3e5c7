// Another tool's record of what it has applied, where a database has no ledger of ours yet: running
// its files again would do everything twice. Questions as values, and what their answers mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/problem.h"

namespace engine {

enum class ForeignTool { kAurora, kAtlas, kFlyway, kSequelize };

const char* to_string(ForeignTool tool);  // as a person writes it: "Atlas"

// A table of one of them: named as the tool names it when nothing else is configured, or as the
// caller says.
struct ForeignHistory {
  std::string schema;
  std::string table;
  ForeignTool tool;
};

// "schema"."table".
std::string name_of(const ForeignHistory& history);

// Which history is meant, in the caller's words. Empty: the only one there is.
struct HistoryChoice {
  std::optional<ForeignTool> tool;
  std::string schema;  // with a table
  std::string table;
};

struct AdoptRequest {
  HistoryChoice history;
  std::vector<std::string> accept;  // differences (adopt_difference.h), "CODE" or "CODE:VERSION"
};

// "TOOL", "SCHEMA.TABLE" of a table with the tool's own name, or "TOOL:SCHEMA.TABLE"; TOOL is
// aurora, atlas, flyway or sequelize, the names as the catalog has them. nullopt for anything else.
std::optional<HistoryChoice> parse_history_choice(std::string_view text);

// The first of them, by schema and name.
Query make_find_histories();
std::vector<ForeignHistory> parse_histories(const ResultSet& result);

// Which of them have a row: aurora makes its table for every command, also when it applies nothing.
// `histories` is not empty.
Query make_find_filled(const std::vector<ForeignHistory>& histories);
std::vector<ForeignHistory> parse_filled(const ResultSet& result,
                                         std::vector<ForeignHistory> histories);

// Those of `histories` that the choice can mean; a table it names is not looked for.
std::vector<ForeignHistory> choose_histories(const HistoryChoice& choice,
                                             std::vector<ForeignHistory> histories);

// Why a run does not begin: nullopt when there is none.
std::optional<Problem> explain_histories(const std::vector<ForeignHistory>& histories);

}  // namespace engine
