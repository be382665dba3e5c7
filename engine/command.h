// What every command does alike: connect, look, take the lock, close, and tell how it ended. The
// commands (migrator.h) are one file each, command_*.cc.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/lock.h"
#include "engine/migrator.h"
#include "engine/plan.h"
#include "engine/session.h"

namespace engine {

// The arguments, the connection, and what was found on it.
struct Command {
  MigrationSource& source;
  const RunOptions& options;
  Session& session;
  Ledger ledger;
  LedgerState state = {};
  Plan plan = {};
  std::vector<Problem> notes = {};  // warnings that are not the plan's

  Command(MigrationSource& files, const RunOptions& run_options, Session& open_session)
      : source(files),
        options(run_options),
        session(open_session),
        ledger(open_session, run_options.ledger_schema) {}

  // Reads the ledger and the files that it does not know; the report says how they stand. `shown`:
  // the plan is the answer.
  void look(RunReport* report, bool shown = false);

  // Makes what of the ledger was not there at the look. When that was all, nobody has had its lock.
  void ensure_ledger();

  // The whole row of that version.
  std::optional<Revision> find_row(const std::string& version);
};

// Connects, runs one command, closes; counts what it cost. Every Error ends in the report. What the
// password callback throws at the first connection, and the source before anything was sent, is the
// caller's own, and passed on.
RunReport run_command(Database& database, MigrationSource& source, const RunOptions& options,
                      const Observer& observer,
                      const std::function<void(Command&, RunReport*)>& body);

// `body` with the lock, or kLocked. There has to be a ledger.
void run_locked(Command& command, RunReport* report, const std::function<void(Lock&)>& body);

// `body` with a lock that is still to be acquired, if that is what it comes to; released then.
void run_with_lock(Command& command, RunReport* report, const std::function<void(Lock&)>& body);
// False when it was not to be had in time, and the report says who had it.
bool acquire(Command& command, Lock& lock, RunReport* report);

// The lock's fencing number when the look found it free. When nobody has it between the look and
// our turn, nobody writes the ledger.
std::optional<long long> find_free_lock(const LedgerState& state);
bool is_untouched(const LedgerState& state, const Lock& lock);

// True when the plan says that nothing is to be run.
bool ends_with_plan(const Plan& plan, RunReport* report);

// True, and refused, when there is no ledger, and the one that may be it under its earlier name has
// rows: one message more where there is none.
bool ends_with_earlier_ledger(Command& command, RunReport* report);

// True, and refused, when the ledger is empty and another tool has applied something: one message
// more where the ledger is empty, a second one where there is such a table.
bool ends_with_history(Command& command, RunReport* report);

void set_failure(RunReport* report, Failure failure);           // kFailed
void refuse(RunReport* report, std::vector<Problem> problems);  // kInvalid, with these only

}  // namespace engine
