// The advisory locks that Flyway and Atlas hold on PostgreSQL while they migrate. A run has them
// too where their tables are, so that an old pipeline and this function are never at work at once.
// It has them shared, which keeps out those two and no other run; and until its connection ends.
// The server finds tables and keys itself, so that it costs no message. Values; lock.h sends them.
#pragma once

#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/foreign_history.h"
#include "engine/run_report.h"

namespace engine {

// Takes all that are to be had, and answers with "TOOL KEY" of the first that is not; NULL when
// there is none. As a value within another statement, whose parameters it adds to, and by itself.
// `history`: a table that Flyway or Atlas has under another name than its own.
std::string make_taking_keys(const HistoryChoice& history, std::vector<Value>* parameters);
Query make_take_keys(const HistoryChoice& history = {});

// Takes all of them, or is refused (Query::Guard, kLeaseLost).
Query make_hold_keys(const HistoryChoice& history = {});

// Who has the key of "TOOL KEY"; parse_key_holder is given that, too.
Query make_find_key_holder(const std::string& taken);
LockHolder parse_key_holder(const std::string& taken, const ResultSet& result);

}  // namespace engine
