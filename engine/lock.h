// One writer at a time: a lease in the ledger's lock row. A fencing number that only grows tells an
// owner whose lease was taken over from the one that took it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/dialect.h"
#include "engine/ledger_sql.h"
#include "engine/run_report.h"

namespace engine {

class Lock {
 public:
  // `owner` is shown to whoever is kept out. On PostgreSQL a transaction that has renewed the lease
  // keeps it while it is open, however long (the row is locked); DSQL has no such locks.
  Lock(Session& session, std::string schema, std::string owner, std::chrono::milliseconds lease,
       Dialect dialect);

  // nullopt: the lock is ours. Else who had it when `patience` was over. The ledger must exist.
  std::optional<LockHolder> acquire(std::chrono::milliseconds patience);

  // Extends the lease from now, by `at_least` when that is longer than the lease. Inside a
  // transaction it is the fence check as well. Throws Error(kLeaseLost) when it is not ours.
  void renew(std::chrono::milliseconds at_least = {});
  // The same in a transaction of its own, when a third of the lease is over since the last time.
  void renew_when_due();
  // The same now, for a statement that may take so long and cannot be in a transaction.
  void extend(std::chrono::milliseconds at_least);

  // Free for the next one at once. The row stays, for its fencing number. May throw Error.
  void release();

  bool held() const { return fencing_ > 0; }
  long long fencing() const { return fencing_; }

 private:
  std::optional<LockRow> look();
  bool try_acquire();

  Session& session_;
  std::string schema_;
  LockClaim claim_;
  bool skip_locked_;
  long long fencing_ = 0;
  Deadline renewed_at_;
};

}  // namespace engine
