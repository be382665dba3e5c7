// One writer at a time: a lease in the ledger's lock row. A fencing number that only grows tells an
// owner whose lease was taken over from the one that took it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/dialect.h"
#include "engine/foreign_history.h"
#include "engine/ledger_sql.h"
#include "engine/run_report.h"
#include "engine/session.h"

namespace engine {

struct LockTerms {
  std::string schema;  // of the ledger
  std::string owner;   // shown to whoever is kept out
  std::chrono::milliseconds lease;
  // On PostgreSQL a transaction that has renewed the lease keeps it while it is open, however long
  // (the row is locked); DSQL has no such locks.
  Dialect dialect;
  std::chrono::milliseconds patience{0};  // for another tool's lock, on a new connection
  HistoryChoice history = {};             // foreign_lock.h
};

class Lock {
 public:
  // The session must outlive this.
  Lock(Session& session, LockTerms terms);
  ~Lock() { session_.keep_ahead({}); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // nullopt: the lock is ours, and on PostgreSQL Flyway's and Atlas's (foreign_lock.h). Else who
  // had it when `patience` was over. The ledger must exist.
  std::optional<LockHolder> acquire(std::chrono::milliseconds patience);

  // A look found the lock free, with this number. What was found then is still so for whoever gets
  // it by take() or behind make_taking(), which they do only when nobody has had it since.
  void expect(long long fencing);
  // By itself. False: not ours, or held() and what was found may have changed.
  bool take();
  // The same as a transaction's first statements, refused (Query::Guard, kLeaseLost) when it is
  // not to be had. What is behind it may have make_fence() before there is an answer.
  // The lease is `at_least` as long.
  std::vector<Query> make_taking(std::chrono::milliseconds at_least = {}) const;
  // That goes out now: held() until more is known.
  void note_taking();
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

  // From now on whatever extends the lease does so by that at least. On DSQL nothing can while a
  // transaction is open that has the fence: it would be refused.
  void lengthen(std::chrono::milliseconds at_least) { at_least_ = at_least; }

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
  // Who got one of the other tools' locks between two connections and kept it until the patience
  // was over. The lock is not ours any more then (kLeaseLost), but free.
  const std::optional<LockHolder>& kept_out() const { return kept_out_; }
  long long fencing() const { return fencing_; }

 private:
  std::optional<LockRow> look();
  bool try_acquire();
  std::optional<LockHolder> acquire_row(Deadline until);
  std::optional<LockHolder> acquire_keys(Deadline until);
  std::optional<LockHolder> wait_for_keys(Deadline until);
  void hold_keys_again();
  bool is_ours(const std::optional<LockRow>& row, Deadline asked_at);
  void take_keys();
  void keep_keys();
  Deadline latest(std::chrono::milliseconds patience) const;
  void pause(std::chrono::milliseconds left) const;
  void own(long long fencing, Deadline asked_at);
  bool is_renewal_due() const;
  LockClaim make_claim(std::chrono::milliseconds at_least) const;
  void extend(std::chrono::milliseconds at_least);

  Session& session_;
  std::string schema_;
  LockClaim claim_;
  HistoryChoice history_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds at_least_{0};
  bool skip_locked_;
  std::string missing_;  // of the other tools' locks, as foreign_lock.h names one; "" for none
  std::optional<LockHolder> kept_out_;
  long long fencing_ = 0;  // when not held, the one to be expected, or 0
  bool held_ = false;
  bool told_ = false;
  Deadline renewed_at_;
  int confirmed_at_ = -1;  // the session's messages so far, when that was the last one's answer
};

}  // namespace engine
