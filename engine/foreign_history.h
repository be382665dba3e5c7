// Another tool's record of what it has applied, where a database has no ledger of ours yet: running
// its files again would do everything twice. Questions as values, and what their answers mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/problem.h"

namespace engine {

// A table named as aurora, Atlas, Flyway and sequelize name theirs when nothing else is configured.
struct ForeignHistory {
  std::string schema;
  std::string table;
};

// The first of them, by schema and name.
Query make_find_histories();
std::vector<ForeignHistory> parse_histories(const ResultSet& result);

// Which of them have a row: aurora makes its table for every command, also when it applies nothing.
// `histories` is not empty.
Query make_find_filled(const std::vector<ForeignHistory>& histories);
std::vector<ForeignHistory> parse_filled(const ResultSet& result,
                                         std::vector<ForeignHistory> histories);

// Why a run does not begin: nullopt when there is none.
std::optional<Problem> explain_histories(const std::vector<ForeignHistory>& histories);

}  // namespace engine
