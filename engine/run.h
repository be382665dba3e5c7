// What the parts of one run share.
#pragma once

#include <algorithm>
#include <chrono>

#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/migrator.h"
#include "engine/session.h"

namespace engine {

struct Run {
  Session& session;
  Ledger& ledger;
  Lock& lock;
  const RunOptions& options;

  // No statement is started, and no job waited for, after this.
  Deadline work_until() const { return options.deadline - options.reserve; }
  // A statement under way is given up here: what is left of the reserve is for recording that.
  Deadline statement_until() const { return options.deadline - options.reserve / 2; }

  // For what may take long, from a little before it begins. On PostgreSQL of what has no
  // transaction that keeps the lock's row. Aurora DSQL ends a transaction after 300 s, and the
  // lease is seen to be longer only when the transaction that says so has committed.
  std::chrono::milliseconds long_lease() const {
    constexpr std::chrono::milliseconds kHour{3'600'000};
    constexpr std::chrono::milliseconds kOldestTransaction{300'000};
    const auto left = time_left(session.clock(), statement_until());
    if (options.dialect == Dialect::kPostgres) return std::min(left, kHour);
    return options.lease + std::min(left, kOldestTransaction);
  }

  bool has_budget() const { return session.clock().now() < work_until(); }
};

// The last moment for anything a run with these options sends; what follows is the caller's time to
// answer.
inline Deadline session_deadline(const RunOptions& options) {
  return options.deadline - options.reserve / 8;
}

}  // namespace engine
