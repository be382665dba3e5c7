// A flight as a value: a run of statements, each in a transaction of its own, with the ledger's
// records between them, all sent before the first answer. Pure; flight_run.h sends it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/directory.h"
#include "engine/jobs.h"
#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/plan.h"

namespace engine {

// A file on its way: what is left of it, and its row.
struct FileWork {
  Step step;
  std::shared_ptr<const Migration> file;  // with the texts of all statements; until all are done
  std::size_t index = 0;                  // of the step in the plan
  Revision revision;                      // the ledger's, or what it is to become
  int statements = 0;                     // done by this run
  bool begun = false;
  bool complete = false;  // and the ledger says so
  bool is_new = false;    // the ledger has no row of it
  // The ledger names its first statement as in doubt, and the server has answered since that it
  // did not take effect.
  bool doubt_is_over = false;
  Deadline started = {};
  long long earlier_ms = 0;
  std::size_t bytes = 0;  // of the statements to be sent

  // Statements up to that number are done.
  void advance(int applied);
  // The row's time in it, up to now.
  void add_time(Deadline now);
};

// Not all in one place: they come and go while some of them are on their way.
using Works = std::span<FileWork* const>;

// What may be on its way at once.
struct FlightLimits {
  std::size_t statements = 250;
  std::size_t bytes = 1 << 20;
  bool release = false;                     // of the lock, when nothing is left to do behind it
  std::chrono::milliseconds long_lease{0};  // while a statement is at work that may take long
};

struct Flight {
  struct Item {
    FileWork* work;
    PlannedStatement statement;
    std::size_t message = 0;      // the statement's own
    StatementRecord record = {};  // without ids of jobs that the flight itself starts
  };
  // A transaction. When the answer to its COMMIT, `last`, is there, so are its effects.
  struct Part {
    std::size_t last = 0;
    std::optional<std::size_t> done = std::nullopt;  // the item whose statement it has, or the last
    std::vector<std::size_t> recorded = {};          // items whose records it has
  };
  std::vector<Item> items;
  std::vector<Part> parts;
  std::vector<Query> messages;
  std::optional<std::size_t> written = std::nullopt;  // COMMIT of FlightJobs::writes
  std::optional<std::size_t> taken = std::nullopt;    // COMMIT of what takes the lock
  bool releases = false;                              // the lock is free with the last COMMIT

  // The jobs that its statements start, whose ids are not known.
  void add_jobs(std::vector<Job>* under_way) const;
  // What was sent behind it is a part of it: to the server the two are one.
  void append(Flight behind);
  // How many items, from the first, have taken effect with their records when that many messages
  // were answered; and whether the next has taken effect, without its record.
  std::size_t recorded(std::size_t answered) const;
  // Whose statement the message is, or the COMMIT of; nullptr for what the engine itself adds.
  const Item* find(std::size_t message) const;
  bool is_done(std::size_t item, std::size_t answered) const;
  // Whether the ledger then names the item's statement as in doubt.
  bool is_named(std::size_t item, std::size_t answered) const;
};

// Whether the dialect lets the statement be in a flight: not what has to be looked at before it is
// sent, or cannot be in a transaction, or takes many, or lasts as long as the connection.
bool may_fly(const PlannedStatement& statement);

// Whether on Aurora DSQL the statement may be at work for longer than a lease. DDL is not: what
// takes time there is a job.
bool may_take_long(const PlannedStatement& statement);

// How much of a flight there is, beside the one that is on its way ahead of it (nullptr: none).
class FlightRoom {
 public:
  FlightRoom(const FlightLimits& limits, const Flight* ahead);

  // Half of what may be on its way: the rest is for the flight behind it.
  bool is_half() const {
    return statements_ >= (limits_.statements + 1) / 2 || bytes_ >= limits_.bytes / 2;
  }
  bool has_room_for(std::size_t statements, std::size_t bytes) const {
    return ahead_statements_ + statements_ + statements <= limits_.statements &&
           ahead_bytes_ + bytes_ + bytes <= limits_.bytes;
  }
  void add(std::size_t statements, std::size_t bytes);

 private:
  const FlightLimits& limits_;
  std::size_t ahead_statements_ = 0;
  std::size_t ahead_bytes_ = 0;
  std::size_t statements_ = 0;
  std::size_t bytes_ = 0;
};

// What the jobs of files before it mean for a flight.
struct FlightJobs {
  std::vector<Job> under_way = {};  // no statement that needs one of them flies
  std::vector<Query> writes = {};   // for its first transaction of the ledger's
};

// From the first statement of the first of `files`, over as many files as fit: half of what may be
// on its way, so that there is room for another behind it; with nothing ahead the first statement
// goes however large. `ahead`, the flight on its way or nullptr, may have the first ones of the
// first of `files`. A lock that is not held is taken ahead of it,
// in a transaction without a statement of the files, so that others see whose it is. No items: the
// first statement has to go another way, or later. Records name the statement after them as in
// doubt when it is in the same flight; with the last one nothing is in doubt. Points into `files`,
// whose rows say which jobs they have.
Flight make_flight(Works files, FlightJobs jobs, const FlightLimits& limits, const Lock& lock,
                   const Ledger& ledger, const Flight* ahead);

// PostgreSQL: whole files, each of them one transaction with its row, so that nothing can be in
// doubt but a COMMIT, which the rows tell of. The lock as above, and how many; but the first file
// may have as many statements as may be on their way.
Flight make_file_flight(Works files, const FlightLimits& limits, const Lock& lock,
                        const Ledger& ledger, const Flight* ahead);

}  // namespace engine
