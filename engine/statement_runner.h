// One statement on its way: sent, settled when its answer was lost, and recorded.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "engine/jobs.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/run_report.h"
#include "engine/settlement.h"
#include "engine/temporary_tables.h"

namespace engine {

// How sending a statement ended. Without failure it has taken effect, once.
struct Sent {
  std::optional<Failure> failure = std::nullopt;
  // What it makes is there already, and that is tolerated: nothing happened, and for
  // send_with_record neither did the record.
  std::optional<std::string> existing = std::nullopt;
  std::string job_id = "";    // of the asynchronous job it started, "" for none
  JobNames names = {};        // of that job, and of an index without one
  bool leaves_index = false;  // with failure: an invalid one of its given name is there
  // Rows it changed, by its command tag; nullopt when the answer was lost.
  std::optional<long long> affected = std::nullopt;
  int position = 0;  // of the failure in the text sent, 0 when not known
};

// Of CREATE INDEX without a name, which goes out with one (index_name.h).
struct Naming {
  std::string name;  // that was chosen for it before, "" for none
  // Writes one to the ledger, and that the statement is in doubt.
  std::function<void(const std::string& name)> record;
};

// Whether it goes out with a name of ours: it is not in doubt until that is in the ledger.
bool is_named_by_us(const PreparedStatement& prepared);

class StatementRunner {
 public:
  StatementRunner(Run& run, const Migration& migration)
      : run_(run),
        migration_(migration),
        temporary_tables_(run.session, migration, run.options.dialect) {}

  // For a statement that cannot share a transaction with its record, which is the caller's to
  // write. `in_doubt`: an earlier attempt may have taken effect.
  Sent send_alone(const PlannedStatement& statement, bool in_doubt, const Naming& naming = {});

  // For every other: the statement and its record commit together or not at all.
  Sent send_with_record(const PlannedStatement& statement, const StatementRecord& record);
  // The same with `sql` in the statement's place, a part of it.
  Sent send_with_record(const PlannedStatement& statement, const std::string& sql,
                        const StatementRecord& record);

  // SET and RESET: their effect ends with the connection, so sending them again is always right.
  Sent send_session(const PlannedStatement& statement);

 private:
  enum class Answer { kDone, kSend };
  struct Attempt;

  Answer look_before(Attempt& attempt);
  void find_schema(Attempt& attempt);
  void choose_name(Attempt& attempt);
  Answer settle(Attempt& attempt);
  SettleVerdict ask(Attempt& attempt);
  Answer stop(Attempt& attempt, const std::string& reason);
  Answer look_for_index(Attempt& attempt, const std::string& index_name);
  bool send_once(Attempt& attempt);
  void tell_leftovers(Attempt& attempt);
  void tell_leftover(Attempt& attempt);
  std::optional<Answer> settle_refusal(Attempt& attempt, const Error& error);
  std::chrono::milliseconds longest_lease() const;

  Run& run_;
  const Migration& migration_;
  TemporaryTables temporary_tables_;
};

// DROP INDEX of an index a build left invalid; an index that is gone already is as good.
void drop_invalid_index(Run& run, const std::string& quoted_name);

}  // namespace engine
