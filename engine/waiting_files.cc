#include "engine/waiting_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace engine {
namespace {

// Aurora DSQL's limit is 3,000 rows a transaction, and others share it.
constexpr std::size_t kMostRows = 500;

StatementRecord make_record(const Revision& row) {
  StatementRecord record;
  record.version = row.version;
  record.from = record.applied = row.total;
  record.job_ids = row.job_ids;
  record.execution_ms = row.execution_ms;
  record.complete = row.job_ids.empty();
  record.of_undo = row.is_undo();
  return record;
}

}  // namespace

std::vector<Query> WaitingFiles::make_writes() {
  written_.clear();
  std::vector<Query> queries;
  for (std::size_t i = 0; i < works_.size() && written_.size() < kMostRows; ++i) {
    auto& work = works_[i];
    auto row = jobs_.make_row(work.revision);
    if (work.complete || !(row.job_ids.empty() || is_news(row, work.revision))) continue;
    work.add_time(run_.session.clock().now());
    row.execution_ms = work.revision.execution_ms;
    if (row.error.empty()) {
      auto record = run_.ledger.make_record(make_record(row));
      std::move(record.begin(), record.end(), std::back_inserter(queries));
    } else {
      queries.push_back(run_.ledger.make_put(row));
    }
    written_.push_back({i, std::move(row)});
  }
  return queries;
}

void WaitingFiles::note_written() {
  for (auto& [index, row] : std::exchange(written_, {})) {
    works_[index].complete = row.job_ids.empty();
    works_[index].revision = std::move(row);
  }
}

void WaitingFiles::record() {
  for (auto writes = make_writes(); !writes.empty(); writes = make_writes()) {
    run_.lock.commit(writes, [] { return false; });  // absolute: doing it again does no harm
    note_written();
  }
}

std::vector<FileWork> WaitingFiles::take_complete() {
  const auto end = std::stable_partition(works_.begin(), works_.end(),
                                         [](const FileWork& work) { return !work.complete; });
  std::vector<FileWork> complete(std::make_move_iterator(end),
                                 std::make_move_iterator(works_.end()));
  works_.erase(end, works_.end());
  written_.clear();
  return complete;
}

}  // namespace engine
