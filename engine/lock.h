// One writer at a time: a lease in the ledger's lock row. A fencing number that only grows tells an
// owner whose lease was taken over from the one that took it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

  // A look found the lock free, with this number. What was found then is still so for whoever gets
  // it by take() or behind make_taking(), which they do only when nobody has had it since.
  void expect(long long fencing);
  // By itself. False: not ours, or held() and what was found may have changed.
  bool take();
  // The same as a transaction's first statements, refused (Query::Guard, kLeaseLost) when it is
  // not to be had. What is behind it may have make_fence() before there is an answer.
  std::vector<Query> make_taking() const;
  // That goes out now: held() until more is known.
  void note_taking() { held_ = true; }
  // The answer is that it was committed; or rolled back, and may be sent again.
  void note_taken();
  void note_untaken() { held_ = false; }
  // After a connection was lost with make_taking() on the wire: once more, and nothing of what was
  // behind it can commit from now on. False as take().
  bool retake();

  // What a transaction that writes begins with: extends the lease, by `at_least` when that is
  // longer, and is refused when the lock is not ours (Query::Guard, kLeaseLost).
  std::vector<Query> make_fence(std::chrono::milliseconds at_least = {}) const;

  // `writes` behind the fence in one transaction and one flight, until it has committed exactly
  // once. After an answer that did not arrive `landed` reads whether it did. Throws Error,
  // kLeaseLost when the lock is not ours. `before` is called ahead of each attempt, on the
  // connection it will use. The second gives the answers to `writes`, none when they were lost.
  void commit(const std::vector<Query>& writes, const std::function<bool()>& landed,
              std::chrono::milliseconds at_least = {});
  std::vector<Outcome> commit(const std::vector<Query>& writes, const std::function<bool()>& landed,
                              Deadline deadline, std::chrono::milliseconds at_least = {},
                              const std::function<void()>& before = {});

  // The fence of the last transaction of all: with it the lock is free.
  std::vector<Query> make_release() const;

  // After a connection was lost with something on the wire: from now on none of that can commit.
  // False when the lock is not ours any more.
  bool regain();
  // The same. Throws Error(kLeaseLost).
  void refence();

  // What a flight said about the lease that it renewed, sent at that time.
  void note_renewal(Deadline sent_at);
  // It is not ours, by what another run did or by make_release().
  void note_end();
  [[noreturn]] void fail_of_loss();

  // Extends the lease, when a third of it is over since the last time.
  void renew_when_due();
  // Directly ahead of a statement that cannot be in a transaction with the fence, and may take
  // `at_least`: the last that the server answered is that the lock is ours. Sends nothing when that
  // is so already. On DSQL a run that was stopped in between is told of the catalog's changes since
  // (OC001) by the next statement, and not by one that came before.
  void confirm(std::chrono::milliseconds at_least);

  // Free for the next one at once. The row stays, for its fencing number. May throw Error.
  void release();

  bool held() const { return held_; }
  long long fencing() const { return fencing_; }

 private:
  std::optional<LockRow> look();
  bool try_acquire();
  void own(long long fencing, Deadline asked_at);
  void extend(std::chrono::milliseconds at_least);

  Session& session_;
  std::string schema_;
  LockClaim claim_;
  bool skip_locked_;
  long long fencing_ = 0;  // when not held, the one to be expected, or 0
  bool held_ = false;
  bool told_ = false;
  Deadline renewed_at_;
  int confirmed_at_ = -1;  // the session's messages so far, when that was the last one's answer
};

}  // namespace engine
