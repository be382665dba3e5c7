// Files whose statements are all done and whose jobs are not settled: later files go on meanwhile.
// Keeps their ledger rows up to what RunJobs knows, with as few writes as can be.
#pragma once

#include <string>
#include <vector>

#include "engine/flight.h"
#include "engine/run.h"
#include "engine/run_jobs.h"

namespace engine {

class WaitingFiles {
 public:
  WaitingFiles(Run& run, const RunJobs& jobs) : run_(run), jobs_(jobs) {}

  // `work.revision` is as the ledger has it. Behind the files that are here already.
  void add(FileWork work) { works_.push_back(std::move(work)); }

  // For one transaction behind the lock's fence: the rows that say less than is known. With the
  // last job settled the file's completing record, with one that failed the failure. May be sent
  // twice.
  std::vector<Query> make_writes();
  // Those have been committed.
  void note_written();

  // The same as a transaction of its own, when there is anything to write. Throws Error.
  void record();

  // Those the ledger has as complete, which are not here any more.
  std::vector<FileWork> take_complete();
  const std::vector<FileWork>& works() const { return works_; }

 private:
  struct Write {
    std::size_t index;  // in works_
    Revision row;
  };

  Run& run_;
  const RunJobs& jobs_;
  std::vector<FileWork> works_;
  std::vector<Write> written_;  // by the last make_writes
};

}  // namespace engine
