#include "engine/job_wait.h"

#include <algorithm>
#include <iterator>

#include "engine/excerpt.h"
#include "engine/statement_runner.h"

namespace engine {
namespace {

using Verdict = JobState::Verdict;
using std::chrono::milliseconds;

JobReport make_report(const Job& job, const JobState& state, const Migration& migration) {
  return {job.id, state.state, state.object, migration.version, state.details};
}

const char* hint_of(const Job& job) {
  return job.constraint_name.empty()
             ? "The invalid index was dropped. Correct the data and run again: it is built again"
             : "The constraint stays as it is, not validated. Correct the rows and run again";
}

}  // namespace

JobWait::JobWait(Run& run, const Migration& migration, std::vector<Job> jobs)
    : run_(run), migration_(migration), jobs_(std::move(jobs)), looks_(run.session) {}

JobWait::End JobWait::wait(const std::function<bool(const Job&)>& wanted) {
  bool told = false;
  for (;;) {
    std::vector<Job> asked;
    std::copy_if(jobs_.begin(), jobs_.end(), std::back_inserter(asked),
                 [&](const Job& job) { return !job.id.empty() && wanted(job); });
    if (asked.empty()) return End::kSettled;
    const auto end = settle(asked, looks_.look(asked));
    if (end != End::kPaused) return end;
    if (!told) {
      run_.session.notify(
          Event::Level::kInfo, "waiting for jobs",
          {{"version", migration_.version}, {"jobs", std::to_string(asked.size())}});
      told = true;
    }
    if (!run_.has_budget()) return End::kPaused;
    pause_between_looks();
  }
}

void JobWait::pause_between_looks() {
  const auto pause = std::min(run_.options.job_poll,
                              time_left(run_.session.clock(), run_.work_until()) + milliseconds{1});
  run_.session.clock().sleep(pause);
  waited_ += pause;
  run_.lock.renew_when_due();
}

// kPaused: some are still under way.
JobWait::End JobWait::settle(const std::vector<Job>& asked, const std::vector<JobState>& states) {
  reports_.clear();
  auto end = End::kSettled;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& state = states[i];
    if (state.verdict == Verdict::kDone) {
      run_.session.notify(Event::Level::kDebug, "job completed",
                          {{"version", migration_.version}, {"object", state.object}});
      jobs_.erase(jobs_.begin() + (&find(asked[i].id) - jobs_.data()));
      continue;
    }
    reports_.push_back(make_report(asked[i], state, migration_));
    if (state.verdict == Verdict::kFailed) fail(asked[i], state);
    if (state.verdict == Verdict::kRunning) end = End::kPaused;
  }
  return failure_ ? End::kFailed : end;
}

void JobWait::fail(const Job& job, const JobState& state) {
  run_.session.notify(
      Event::Level::kError, "job failed",
      {{"version", migration_.version}, {"object", state.object}, {"details", state.details}});
  if (!state.invalid_index.empty()) drop_invalid_index(run_.session, state.invalid_index);
  find(job.id).id.clear();
  if (failure_) return;
  const auto& statement = migration_.statements.at(static_cast<std::size_t>(job.statement) - 1);
  Failure failure;
  failure.code = "job-failed";
  failure.message = (job.constraint_name.empty() ? "the index build failed: "
                                                 : "the constraint was not validated: ") +
                    state.object;
  failure.detail = state.details;
  failure.hint = hint_of(job);
  failure.version = migration_.version;
  failure.file = migration_.file;
  failure.line = statement.line;
  failure.column = statement.column;
  failure.statement_number = job.statement;
  failure.statement = make_excerpt(statement.text);
  failure_ = std::move(failure);
}

Job& JobWait::find(const std::string& id) {
  return *std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.id == id; });
}

}  // namespace engine
