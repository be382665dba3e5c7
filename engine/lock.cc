#include "engine/lock.h"

#include <algorithm>
#include <utility>

#include "engine/foreign_lock.h"

namespace engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{1'000};
constexpr int kMostReleases = 20;
constexpr milliseconds kTimeToEnd{1'000};  // of the session's: to say who has it, and to release

LockHolder make_holder(const std::optional<LockRow>& row) {
  if (!row || row->owner.empty()) return {"unknown", "", ""};
  return {row->owner, row->acquired_at, row->expires_at};
}

// Of make_take_keys(), as foreign_lock.h names one.
std::string parse_missing(const ResultSet& result) { return result.rows.at(0).at(0).value_or(""); }

long long read_fencing(const ResultSet& result) {
  return std::stoll(result.rows.at(0).at(0).value_or("0"));
}

}  // namespace

Lock::Lock(Session& session, LockTerms terms)
    : session_(session),
      schema_(std::move(terms.schema)),
      claim_{std::move(terms.owner), make_nonce(session.clock()), terms.lease},
      history_(std::move(terms.history)),
      patience_(terms.patience),
      skip_locked_(terms.dialect == Dialect::kPostgres),
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
  if (!try_acquire() || fencing_ != expected) return false;
  if (!missing_.empty()) release();
  if (held()) keep_keys();
  return held();
}

LockClaim Lock::make_claim(milliseconds at_least) const {
  auto claim = claim_;
  claim.lease = std::max({claim.lease, at_least, at_least_});
  return claim;
}

std::vector<Query> Lock::make_taking(milliseconds at_least) const {
  const auto claim = make_claim(at_least);
  std::vector<Query> taking = {make_take_lock(schema_, claim, fencing_, skip_locked_),
                               make_check_lock(schema_, claim, fencing_)};
  if (skip_locked_) taking.push_back(make_hold_keys(history_));
  return taking;
}

void Lock::note_taking() {
  held_ = true;
  keep_keys();
}

// They end with a connection, and the next one has them before anything else is sent.
void Lock::keep_keys() {
  if (skip_locked_) session_.keep_ahead([this] { hold_keys_again(); });
}

// Who has one now got it when the server had ended the connection before: nothing of ours is under
// way any more.
void Lock::hold_keys_again() {
  missing_ = parse_missing(session_.execute(make_take_keys(history_)));
  const auto holder = wait_for_keys(latest(patience_));
  if (!holder) return;
  session_.execute(make_release_lock(schema_, claim_, fencing_));
  kept_out_ = holder;
  note_end();
  throw Error(ErrorKind::kLeaseLost, "the connection was lost, and before there was another one " +
                                         holder->owner + " began to work on this database");
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
  session_.keep_ahead({});
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
      const auto result =
          session_.execute(make_acquire_lock(schema_, claim_, skip_locked_ ? &history_ : nullptr));
      if (result.rows.empty()) return false;
      const auto& row = result.rows.front();
      missing_ = row.size() > 1 ? row[1].value_or("") : "";
      own(read_fencing(result), asked_at);
      return true;
    } catch (const Error& error) {
      if (!session_.recover(error, backoff)) throw;
    }
    const auto row = look();
    if (is_ours(row, asked_at)) return true;
  }
}

bool Lock::is_ours(const std::optional<LockRow>& row, Deadline asked_at) {
  if (!row || row->nonce != claim_.nonce) return false;
  own(row->fencing, asked_at);
  take_keys();
  return true;
}

Deadline Lock::latest(milliseconds patience) const {
  return std::min(session_.clock().now() + patience, session_.deadline() - kTimeToEnd);
}

std::optional<LockHolder> Lock::acquire(milliseconds patience) {
  const auto until = latest(patience);
  auto holder = acquire_row(until);
  if (holder) return holder;
  holder = acquire_keys(until);
  if (holder) {
    release();
  } else {
    keep_keys();
  }
  return holder;
}

void Lock::pause(milliseconds left) const {
  const auto& clock = session_.clock();
  const auto jitter = static_cast<milliseconds::rep>(kLookAgain.count() * (clock.random() + 0.5));
  clock.sleep(std::clamp(milliseconds{jitter}, milliseconds{1}, std::max(left, milliseconds{1})));
}

std::optional<LockHolder> Lock::acquire_row(Deadline until) {
  const auto& clock = session_.clock();
  bool told = false;
  int released = 0;  // between our attempt and the look: nobody is to be waited for
  for (;;) {
    if (try_acquire()) return std::nullopt;
    const auto asked_at = clock.now();
    const auto row = look();
    if (is_ours(row, asked_at)) return std::nullopt;  // what was on the wire came to it first
    if (!row) session_.repeat(make_insert_lock(schema_));
    if (row && row->nonce.empty() && ++released < kMostReleases) continue;
    const auto left = time_left(clock, until);
    if (row && left <= milliseconds{0}) return make_holder(row);
    if (row && !std::exchange(told, true)) {
      const auto most = std::chrono::ceil<std::chrono::seconds>(left);
      session_.notify(Event::Level::kInfo, "waiting for the lock",
                      {{"owner", row->owner},
                       {"since", row->acquired_at},
                       {"atMostSeconds", std::to_string(most.count())}});
    }
    pause(left);
  }
}

void Lock::take_keys() {
  if (skip_locked_) missing_ = parse_missing(session_.repeat(make_take_keys(history_)));
}

std::optional<LockHolder> Lock::acquire_keys(Deadline until) {
  Backoff backoff(session_.clock(), session_.deadline());
  for (;;) {
    try {
      return wait_for_keys(until);
    } catch (const Error& error) {
      if (!session_.recover(error, backoff)) throw;
    }
    take_keys();
  }
}

// With the row ours meanwhile, so that no other run begins to wait for them as well.
std::optional<LockHolder> Lock::wait_for_keys(Deadline until) {
  bool told = false;
  while (!missing_.empty()) {
    auto holder = parse_key_holder(missing_, session_.execute(make_find_key_holder(missing_)));
    const auto left = time_left(session_.clock(), until);
    if (left <= milliseconds{0}) return holder;
    if (!std::exchange(told, true)) {
      session_.notify(Event::Level::kInfo, "waiting for another tool",
                      {{"owner", holder.owner}, {"since", holder.since}});
    }
    pause(left);
    if (is_renewal_due()) {
      renewed_at_ = session_.clock().now();
      session_.execute(make_renew_lock(schema_, claim_, fencing_));
    }
    missing_ = parse_missing(session_.execute(make_take_keys(history_)));
  }
  return std::nullopt;
}

std::vector<Query> Lock::make_fence(milliseconds at_least) const {
  const auto claim = make_claim(at_least);
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
    const bool again = backoff.attempts() > 0 && !writes.empty();
    if (again && at_least_ > claim_.lease) renew_when_due();  // the attempt before took its time
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
  const auto result = session_.repeat(make_refence_lock(schema_, make_claim({})));
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

bool Lock::is_renewal_due() const {
  return session_.clock().now() - renewed_at_ >= claim_.lease / 3;
}

void Lock::renew_when_due() {
  if (is_renewal_due()) extend(claim_.lease);
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
  session_.keep_ahead({});
  session_.repeat(make_release_lock(schema_, claim_, fencing_));
  note_end();
}

}  // namespace engine
