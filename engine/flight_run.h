// Sends flights, each while the one before it is on its way, and takes in what came of them. What a
// flight cannot tell or settle is left to FileRun: a statement that was refused is sent again there
// by itself.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "engine/flight.h"
#include "engine/run.h"
#include "engine/run_jobs.h"
#include "engine/run_report.h"
#include "engine/waiting_files.h"

namespace engine {

class FlightRun {
 public:
  enum class End {
    kNone,     // the first statement may not fly: nothing was sent
    kGoOn,     // all of it took effect
    kAlone,    // the first statement of what is left has to be sent by itself
    kPaused,   // time was over with statements on their way
    kStopped,  // failure() says why, of the first file that is not complete
    kUntaken,  // the lock is not ours, or not as expected: what was made from a look is not so
  };

  FlightRun(Run& run, RunJobs& jobs, WaitingFiles& waiting);
  ~FlightRun();

  // One flight: works that took effect completely say so; of the others the rest is left in them.
  // `last`: nothing is left to do when they are. Of what is behind the flight as much as may is
  // sent before it is waited for; then has_more(), and `files` may be longer at the next call,
  // where they begin with what is not complete. Throws Error when the ledger cannot be read or
  // written.
  End go(std::deque<FileWork>& files, bool last);
  // Something is on its way: nothing else may be sent, or done with its works, but go() or land().
  bool has_more() const { return !sent_.empty(); }
  // That, and nothing behind it.
  End land();

  // The statement of that hash was sent by itself and took effect: when a flight was refused
  // because of it, the server takes no such flights. "": it was refused again, and tolerated.
  void note_success(const std::string& hash);
  // A file of so many statements went by itself in one transaction: the next flight may hold more.
  void note_file(std::size_t statements);

  const Failure& failure() const { return failure_; }
  // A connection was lost, and what of its flight took effect has not been read: the ledger knows
  // more of these files than we do.
  bool is_unread() const { return unread_; }

 private:
  struct Sent;
  enum class Settled { kDone, kBusy, kUntaken };

  FlightLimits limits(bool last) const;
  Flight make(Works files, bool last) const;
  bool launch(Works files, bool last);
  void launch_behind(Works files, bool last);
  void send(Flight flight);
  void set_out(Sent& sent) const;
  void begin(const Sent& sent) const;
  void note_taken(const Sent& sent) const;
  End take(Sent& sent);
  void take_item(Sent& sent, std::size_t index) const;
  void take_job(Sent& sent, const Flight::Item& item) const;
  void record_done(Sent& sent) const;
  End go_on_untaken(const Sent& sent, const Error& error);
  End go_on_after(Sent& sent, const Error& error);
  End settle_loss(Sent& sent, const Error& error);
  Settled settle_by_rows(Sent& sent, bool timeout);
  Settled settle_lock(Sent& sent);
  static void note_doubt_is_over(const Sent& sent);
  bool tolerates(const PlannedStatement& statement, const Error& error) const;
  void lower();
  void read_rows(Sent& sent) const;
  End stop(Sent& sent, const Error& error);
  End give_up(const Sent& sent, const Error& error);
  End give_up_unread(const Sent& sent, const Error& error);

  Run& run_;
  RunJobs& jobs_;
  WaitingFiles& waiting_;
  std::vector<Sent> sent_;  // on their way: one, and at most one behind it
  Failure failure_;
  std::string refused_;                           // hash of the statement a flight was refused at
  std::size_t most_ = FlightLimits{}.statements;  // follows how far the last flight came
  int in_row_ = 0;           // flights without a Sync between them, up to the last that went out
  bool was_behind_ = false;  // the last that failed was one of several in such a row
  bool keeps_back_ = false;  // answers, the server, or it is slow: nothing goes behind a flight
  bool unread_ = false;
  int lost_ = 0;                                 // flights in a row that brought nothing
  std::chrono::milliseconds statement_time_{0};  // in the last flight, on average
};

}  // namespace engine
