// How a statement is settled when its answer did not arrive: what is asked, and what the answers
// mean. The table is in engine/README.md. Only for statements that cannot share a transaction with
// their ledger record.
#pragma once

#include <optional>
#include <string>

#include "engine/dialect.h"
#include "engine/session.h"

namespace engine {

struct SettleRule {
  enum class Way {
    kRunAgain,  // twice is as good as once, or the second is refused with a code that says "done"
    kRename,  // run again; refused for the old name: `question` tells whether the new one is there
    kIndex,   // the catalog has the index valid, being built, invalid, or not at all
    kAsk,     // cannot be told from outside: `reason` says why, and a person has to look
  };
  Way way = Way::kAsk;
  bool exists_is_done = false;   // says_exists(SQLSTATE)
  bool missing_is_done = false;  // says_missing(SQLSTATE)
  bool state_is_done = false;  // 55000: the column is, or is not, an identity or generated already
  std::optional<Query> question;  // one row, one boolean column
  std::string reason;
};

SettleRule make_settle_rule(const PreparedStatement& statement);

// Whether this refusal of a statement in doubt means that it had taken effect before. For kRename
// only together with the question.
bool means_done(const SettleRule& rule, const std::string& sqlstate);

// Whether this refusal of a statement in doubt means that it had no effect before either: what it
// says is wrong in itself. Precondition: means_done did not hold.
bool means_not_done(const SettleRule& rule, const std::string& sqlstate);

}  // namespace engine
