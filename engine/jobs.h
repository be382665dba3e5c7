// Asynchronous jobs: index builds and constraint validations that DSQL runs on its own after the
// statement has answered (Aurora DSQL user guide, "Asynchronous indexes", sys.jobs).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/dialect.h"
#include "engine/directory.h"
#include "engine/session.h"

namespace engine {

// As the catalog has them, "" for not known.
struct JobNames {
  std::string given_name = "";  // of an index whose statement leaves its name to the server
  std::string schema = "";      // the table's, when search_path may have been another one than a
                                // connection begins with
};

struct Job {
  int statement = 0;       // its number in the file
  std::string id;          // "": the statement is to be sent, or sent again: its build failed and
                           // was removed, or only the name of its index is known
  std::string index_name;  // these three as written, of PreparedStatement
  std::string table_name;
  std::string constraint_name;
  JobNames names = {};  // with a given_name index_name is the same

  // Where the table is, as to_regclass() takes it.
  std::string place() const;
};

// A ledger entry, "3:cczvbz3wbvbizlfmp5mbjjwo5y@app=t_n_idx": its statement, the job's id, schema
// and given name. Without a job "3:", and what is not known is left out with the character before
// it. A blank, a control character and "%", "@" and "=" in a name are %XX.
std::string to_entry(const Job& job);
// Whether an entry has no id.
bool names_no_job(const std::string& entry);
std::vector<std::string> to_entries(const std::vector<Job>& jobs);
// Throws Error(kLedger) for an entry that does not fit the file, unless it names no job.
std::vector<Job> parse_entries(const std::vector<std::string>& entries, const Migration& file,
                               Dialect dialect);

Job make_job(int statement, std::string id, const PreparedStatement& prepared, JobNames names = {});

// The id that the statement which starts a job answers with, "" for none.
std::string parse_job_id(const ResultSet& result);

// "schema.index", "table.constraint": for people.
std::string object_of(const Job& job);

// What a statement names, for asking which jobs it has to wait for.
class StatementNames {
 public:
  explicit StatementNames(const std::string& sql);

  // Whether it names what the job works on: its table, index or constraint. An index may be built
  // beside another, so CREATE INDEX never has to wait.
  bool needs(const Job& job) const;

 private:
  bool builds_index_ = false;
  bool changes_schema_ = false;
  std::unordered_set<std::string> names_;  // as the catalog has them
};

struct JobState {
  enum class Verdict {
    kRunning,
    kDone,  // and the catalog agrees: the index is valid, the constraint validated
    kFailed,
  };
  Verdict verdict = Verdict::kRunning;
  std::string state;  // JobReport::state
  std::string object;
  std::string details;
  std::string
      invalid_index;  // what a failed build left behind, quoted, to be dropped; "" for nothing
};

// An index in the catalog.
struct FoundIndex {
  std::string quoted_name;  // "schema"."index"
  std::string oid;
  bool valid = false;
};

// The index of that name on that table, both as written.
Query make_find_index(const std::string& index_name, const std::string& table_name);
Query make_find_index_by_oid(const std::string& oid);
std::optional<FoundIndex> parse_index(const ResultSet& result);

// One row with the table's schema; none for no table of that name (as written).
Query make_find_schema(const std::string& table_name);

// The job that is building the index right now: one row with its id, or none.
Query make_find_build(const std::string& index_oid);

class Jobs {
 public:
  explicit Jobs(Session& session) : session_(session) {}

  // One message for all of them, and one flight for those that have ended: a job's word is not
  // enough. A finished job's row is removed after 30 minutes, so a missing one is decided by the
  // catalog, when it stays missing.
  std::vector<JobState> look(const std::vector<Job>& jobs);

 private:
  struct Looked;
  struct Missing {
    int looks = 0;  // in a row that did not find it
    Deadline since;
  };
  void judge_index(Looked& looked);
  void judge_constraint(Looked& looked);
  bool may_appear(const Looked& looked);

  Session& session_;
  std::map<std::string, Missing> missing_;  // by job id
};

}  // namespace engine
