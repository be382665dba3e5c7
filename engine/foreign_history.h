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
  std::string schema;
  std::string table;         // "": whichever there is, of those the schema and the tool leave
  std::string said_in = {};  // for messages: "table in flyway.conf"; "" for the caller's own words

  bool empty() const { return !tool && schema.empty(); }
  // A table with a name of its own.
  bool is_renamed() const;
};

struct AdoptRequest {
  std::vector<std::string> accept;  // differences (adopt_difference.h), "CODE" or "CODE:VERSION"
};

// "TOOL", "SCHEMA.TABLE" of a table with the tool's own name, or "TOOL:SCHEMA.TABLE"; TOOL is
// aurora, atlas, flyway or sequelize, the names as the catalog has them, TABLE may be * for any
// with a tool's own name. nullopt for anything else.
std::optional<HistoryChoice> parse_history_choice(std::string_view text);

// The first of them, by schema and name; a renamed one that is chosen before all.
Query make_find_histories(const HistoryChoice& choice = {});
std::vector<ForeignHistory> parse_histories(const ResultSet& result,
                                            const HistoryChoice& choice = {});

// Which of them have a row: aurora makes its table for every command, also when it applies nothing.
// `histories` is not empty.
Query make_find_filled(const std::vector<ForeignHistory>& histories);
std::vector<ForeignHistory> parse_filled(const ResultSet& result,
                                         std::vector<ForeignHistory> histories);

// Those of `histories` that the choice can mean.
std::vector<ForeignHistory> choose_histories(const HistoryChoice& choice,
                                             std::vector<ForeignHistory> histories);

// That there is none of the choice's. `there`: without a row.
Problem explain_no_history(const HistoryChoice& choice, bool there);

// Why a run does not begin: nullopt when there is none.
std::optional<Problem> explain_histories(const std::vector<ForeignHistory>& histories);

}  // namespace engine
