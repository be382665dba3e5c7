#include "engine/lock.h"

#include <algorithm>
#include <utility>

namespace engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{1'000};
constexpr int kMostReleases = 20;

LockHolder make_holder(const std::optional<LockRow>& row) {
  if (!row || row->owner.empty()) return {"unknown", "", ""};
  return {row->owner, row->acquired_at, row->expires_at};
}

long long read_fencing(const ResultSet& result) {
  return std::stoll(result.rows.at(0).at(0).value_or("0"));
}

}  // namespace

Lock::Lock(Session& session, std::string schema, std::string owner, milliseconds lease,
           Dialect dialect)
    : session_(session),
      schema_(std::move(schema)),
      claim_{std::move(owner), make_nonce(session.clock()), lease},
      skip_locked_(dialect == Dialect::kPostgres),
      renewed_at_(session.clock().now()) {}

std::optional<LockRow> Lock::look() {
  return parse_ledger(session_.repeat(make_read_ledger(schema_))).lock;
}

void Lock::expect(long long fencing) {
  fencing_ = fencing + 1;
  held_ = false;
}

bool Lock::take() {
  const auto expected = fencing_;
  return try_acquire() && fencing_ == expected;
}

std::vector<Query> Lock::make_taking() const {
  return {make_take_lock(schema_, claim_, fencing_, skip_locked_),
          make_check_lock(schema_, claim_, fencing_)};
}

// The server may come to what was on the wire only now, and take the lock for it: with our nonce,
// and with the number that was expected.
bool Lock::retake() {
  const auto expected = fencing_;
  if (acquire(milliseconds{0})) return false;
  const bool as_expected = fencing_ == expected;
  refence();
  return as_expected;
}

void Lock::own(long long fencing, Deadline asked_at) {
  fencing_ = fencing;
  held_ = true;
  note_taken();
  note_renewal(asked_at);
}

void Lock::note_taken() {
  if (std::exchange(told_, true)) return;
  session_.notify(Event::Level::kInfo, "lock acquired", {{"fencing", std::to_string(fencing_)}});
}

void Lock::note_end() {
  fencing_ = 0;
  held_ = false;
}

void Lock::fail_of_loss() {
  note_end();
  throw Error(ErrorKind::kLeaseLost, "the lock is not ours any more: another run took it over");
}

// After an answer that did not arrive the row tells by its nonce whether it is ours.
bool Lock::try_acquire() {
  note_end();
  Backoff backoff(session_.clock(), session_.deadline());
  for (;;) {
    const auto asked_at = session_.clock().now();
    try {
      const auto result = session_.execute(make_acquire_lock(schema_, claim_, skip_locked_));
      if (result.rows.empty()) return false;
      own(read_fencing(result), asked_at);
      return true;
    } catch (const Error& error) {
      if (!session_.recover(error, backoff)) throw;
    }
    const auto row = look();
    if (!row || row->nonce != claim_.nonce) continue;
    own(row->fencing, asked_at);
    return true;
  }
}

std::optional<LockHolder> Lock::acquire(milliseconds patience) {
  const auto& clock = session_.clock();
  const auto start = clock.now();
  bool told = false;
  int released = 0;  // between our attempt and the look: nobody is to be waited for
  for (;;) {
    if (try_acquire()) return std::nullopt;
    const auto asked_at = clock.now();
    const auto row = look();
    if (row && row->nonce == claim_.nonce) {  // what was on the wire came to it first
      own(row->fencing, asked_at);
      return std::nullopt;
    }
    if (!row) session_.repeat(make_insert_lock(schema_));
    if (row && row->nonce.empty() && ++released < kMostReleases) continue;
    const auto waited = std::chrono::duration_cast<milliseconds>(clock.now() - start);
    const auto left = std::min(patience - waited, time_left(clock, session_.deadline()));
    if (row && left <= milliseconds{0}) return make_holder(row);
    if (!told && row) {
      session_.notify(Event::Level::kInfo, "waiting for the lock",
                      {{"owner", row->owner}, {"since", row->acquired_at}});
      told = true;
    }
    const auto jitter = static_cast<milliseconds::rep>(kLookAgain.count() * (clock.random() + 0.5));
    clock.sleep(std::clamp(milliseconds{jitter}, milliseconds{1}, std::max(left, milliseconds{1})));
  }
}

std::vector<Query> Lock::make_fence(milliseconds at_least) const {
  auto claim = claim_;
  claim.lease = std::max(claim.lease, at_least);
  return {make_renew_lock(schema_, claim, fencing_), make_check_lock(schema_, claim, fencing_)};
}

std::vector<Query> Lock::make_release() const {
  auto nobody = claim_;
  nobody.nonce.clear();
  return {make_release_lock(schema_, claim_, fencing_), make_check_lock(schema_, nobody, fencing_)};
}

void Lock::commit(const std::vector<Query>& writes, const std::function<bool()>& landed,
                  milliseconds at_least) {
  commit(writes, landed, session_.deadline(), at_least);
}

std::vector<Outcome> Lock::commit(const std::vector<Query>& writes,
                                  const std::function<bool()>& landed, Deadline deadline,
                                  milliseconds at_least, const std::function<void()>& before) {
  Backoff backoff(session_.clock(), session_.deadline());
  for (;;) {
    const auto asked_at = session_.clock().now();
    try {
      session_.connect_again();
      if (before) before();
      auto body = make_fence(at_least);
      const auto first = static_cast<std::ptrdiff_t>(body.size()) + 1;  // behind BEGIN
      body.insert(body.end(), writes.begin(), writes.end());
      const auto outcomes = session_.commit(std::move(body), deadline);
      note_renewal(asked_at);
      return {outcomes.begin() + first, outcomes.end() - 1};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kLeaseLost) note_end();
      if (!session_.recover(error, backoff)) throw;
      if (!error.in_doubt()) continue;
    }
    refence();
    if (landed()) return {};
  }
}

bool Lock::regain() {
  const auto asked_at = session_.clock().now();
  const auto result = session_.repeat(make_refence_lock(schema_, claim_));
  if (result.rows.empty()) return false;
  own(read_fencing(result), asked_at);
  return true;
}

void Lock::refence() {
  if (!regain()) fail_of_loss();
}

void Lock::note_renewal(Deadline sent_at) {
  renewed_at_ = sent_at;
  confirmed_at_ = session_.database().round_trips();
}

void Lock::renew_when_due() {
  if (session_.clock().now() - renewed_at_ < claim_.lease / 3) return;
  extend(claim_.lease);
}

void Lock::confirm(milliseconds at_least) {
  const bool confirmed = confirmed_at_ == session_.database().round_trips();
  if (!confirmed || at_least > claim_.lease) extend(at_least);
}

void Lock::extend(milliseconds at_least) {
  commit({}, [] { return false; }, at_least);
}

void Lock::release() {
  if (!held()) return;
  session_.repeat(make_release_lock(schema_, claim_, fencing_));
  note_end();
}

}  // namespace engine
