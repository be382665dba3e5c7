// What the parts of one run share.
#pragma once

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

  bool has_budget() const { return session.clock().now() < work_until(); }
};

// The last moment for anything a run with these options sends; what follows is the caller's time to
// answer.
inline Deadline session_deadline(const RunOptions& options) {
  return options.deadline - options.reserve / 8;
}

}  // namespace engine
