#include "engine/run_jobs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/excerpt.h"
#include "engine/failure.h"
#include "engine/name.h"
#include "engine/statement_runner.h"

namespace engine {
namespace {

using Verdict = JobState::Verdict;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};

const char* hint_of(const Job& job, const JobState& state) {
  if (!job.constraint_name.empty()) {
    return "The constraint stays as it is, not validated. Correct the rows and run again";
  }
  return state.invalid_index.empty()
             ? "Run again: it is built again"
             : "The invalid index was dropped. Correct the data and run again: it is built again";
}

}  // namespace

milliseconds make_job_pause(milliseconds waited, milliseconds longest) {
  return std::min(std::max(waited / 8, kFirstPause), longest);
}

void RunJobs::load(const Migration& file, const std::vector<std::string>& entries) {
  const auto known = files_.extract(file.version);
  for (auto& job : parse_entries(entries, file, run_.options.dialect)) {
    const auto& statement = file.statements.at(static_cast<std::size_t>(job.statement) - 1);
    put(file, {std::move(job), statement.line, statement.column, make_excerpt(statement.text),
               "submitted", "", ""});
  }
  if (known.empty()) return;
  for (const auto& entry : known.mapped().entries) {
    if (!entry.job.id.empty()) put(file, entry);
  }
}

void RunJobs::add(const Migration& file, const PlannedStatement& statement, const std::string& id,
                  const JobNames& names) {
  put(file, {make_job(statement.number, id, statement.prepared, names), statement.line,
             statement.column, make_excerpt(statement.text), "submitted", "", ""});
}

void RunJobs::put(const Migration& file, Entry entry) {
  auto& here = files_[file.version];
  here.name = file.file;
  const int number = entry.job.statement;
  std::erase_if(here.entries, [&](const Entry& other) { return other.job.statement == number; });
  const auto at = std::find_if(here.entries.begin(), here.entries.end(),
                               [&](const Entry& other) { return other.job.statement > number; });
  here.entries.insert(at, std::move(entry));
}

void RunJobs::remove(const std::string& version, int statement) {
  const auto file = files_.find(version);
  if (file == files_.end()) return;
  std::erase_if(file->second.entries,
                [&](const Entry& entry) { return entry.job.statement == statement; });
  if (file->second.entries.empty()) files_.erase(file);
}

std::vector<std::string> RunJobs::entries(const std::string& version) const {
  std::vector<std::string> texts;
  const auto file = files_.find(version);
  if (file == files_.end()) return texts;
  for (const auto& entry : file->second.entries) texts.push_back(to_entry(entry.job));
  return texts;
}

Revision RunJobs::make_row(const Revision& recorded) const {
  const auto* failure = find_failure(recorded.version);
  auto row = failure == nullptr ? recorded : make_failed_revision(recorded, *failure);
  row.job_ids = entries(recorded.version);
  return row;
}

bool is_news(const Revision& row, const Revision& recorded) {
  return row.job_ids != recorded.job_ids || row.error != recorded.error;
}

std::vector<int> RunJobs::lost(const std::string& version, int applied) const {
  std::vector<int> statements;
  const auto file = files_.find(version);
  if (file == files_.end()) return statements;
  for (const auto& entry : file->second.entries) {
    const bool lost = entry.job.id.empty() && entry.job.statement <= applied;
    if (lost) statements.push_back(entry.job.statement);
  }
  return statements;
}

std::string RunJobs::given_name(const std::string& version, int statement) const {
  const auto file = files_.find(version);
  if (file == files_.end()) return "";
  for (const auto& entry : file->second.entries) {
    if (entry.job.statement == statement) return entry.job.names.given_name;
  }
  return "";
}

void RunJobs::locate() {
  std::vector<Job*> jobs;
  std::vector<Query> questions;
  for (auto& [version, file] : files_) {
    for (auto& entry : file.entries) {
      auto& job = entry.job;
      if (job.id.empty() || !job.names.schema.empty() || !qualifier_of(job.table_name).empty())
        continue;
      jobs.push_back(&job);
      questions.push_back(make_find_schema(job.table_name));
    }
  }
  const auto answers = run_.session.repeat_all(questions);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].rows.empty()) jobs[i]->names.schema = answers[i].rows[0].at(0).value_or("");
  }
}

std::vector<Job> RunJobs::under_way() const {
  std::vector<Job> jobs;
  for (const auto& [version, file] : files_) {
    for (const auto& entry : file.entries) {
      if (!entry.job.id.empty()) jobs.push_back(entry.job);
    }
  }
  return jobs;
}

RunJobs::End RunJobs::wait_for(const std::string& sql) {
  const auto jobs = under_way();
  if (jobs.empty()) return End::kNone;
  const StatementNames names(sql);
  const auto needs = [&](const Job& job) { return names.needs(job); };
  if (std::none_of(jobs.begin(), jobs.end(), needs)) return End::kNone;
  return wait(needs, run_.work_until());
}

RunJobs::End RunJobs::wait(const Wanted& wanted, Deadline until) {
  const auto& clock = run_.session.clock();
  const auto start = clock.now();
  for (bool told = false;; told = true) {
    if (!look()) return End::kFailed;
    const auto left = under_way();
    const auto count = std::count_if(left.begin(), left.end(), wanted);
    if (count == 0) return End::kSettled;
    const bool decides_soon = is_any_missing() && run_.has_budget();
    if (clock.now() >= until && !decides_soon) return End::kPaused;
    if (!told) {
      run_.session.notify(Event::Level::kInfo, "waiting for jobs",
                          {{"jobs", std::to_string(count)}});
      record_();
    }
    const auto waited = std::chrono::duration_cast<milliseconds>(clock.now() - start);
    const auto pause = std::min(make_job_pause(waited, run_.options.job_poll),
                                time_left(clock, run_.work_until()) + milliseconds{1});
    clock.sleep(pause);
    waited_ += pause;
    run_.lock.renew_when_due();
  }
}

bool RunJobs::is_any_missing() const {
  return std::any_of(files_.begin(), files_.end(), [](const auto& file) {
    return std::any_of(
        file.second.entries.begin(), file.second.entries.end(),
        [](const Entry& entry) { return !entry.job.id.empty() && entry.state == "vanished"; });
  });
}

// False when one has failed.
bool RunJobs::look() {
  const auto jobs = under_way();
  const auto states = looks_.look(jobs);
  std::size_t i = 0;
  for (auto& [version, file] : files_) {
    for (auto& entry : file.entries) {
      if (!entry.job.id.empty()) take(version, file, states.at(i++), &entry);
    }
    std::erase_if(file.entries, [](const Entry& entry) { return entry.settled; });
  }
  std::erase_if(files_, [](const auto& file) { return file.second.entries.empty(); });
  return failures_.empty();
}

void RunJobs::take(const std::string& version, const File& file, const JobState& state,
                   Entry* entry) {
  entry->state = state.state;
  entry->object = state.object;
  entry->details = state.details;
  entry->settled = state.verdict == Verdict::kDone;
  if (entry->settled) {
    run_.session.notify(Event::Level::kDebug, "job completed",
                        {{"version", version}, {"object", state.object}});
  }
  if (state.verdict == Verdict::kFailed) fail(version, file, state, entry);
}

void RunJobs::fail(const std::string& version, const File& file, const JobState& state,
                   Entry* entry) {
  run_.session.notify(Event::Level::kError, "job failed",
                      {{"version", version}, {"object", state.object}, {"details", state.details}});
  if (!state.invalid_index.empty()) drop_invalid_index(run_, state.invalid_index);
  failed_.push_back({entry->job.id, state.state, state.object, version, state.details});
  entry->job.id.clear();
  Failure failure;
  failure.code = "job-failed";
  failure.message = (entry->job.constraint_name.empty() ? "the index build failed: "
                                                        : "the constraint was not validated: ") +
                    state.object;
  failure.detail = state.details;
  failure.hint = hint_of(entry->job, state);
  failure.version = version;
  failure.file = file.name;
  failure.line = entry->line;
  failure.column = entry->column;
  failure.statement_number = entry->job.statement;
  failure.statement = entry->statement;
  failures_.push_back(std::move(failure));
}

const Failure* RunJobs::find_failure(const std::string& version) const {
  const auto found = std::find_if(failures_.begin(), failures_.end(), [&](const Failure& failure) {
    return failure.version == version;
  });
  return found == failures_.end() ? nullptr : &*found;
}

std::vector<JobReport> RunJobs::reports() const {
  auto reports = failed_;
  for (const auto& [version, file] : files_) {
    for (const auto& entry : file.entries) {
      const auto& job = entry.job;
      if (job.id.empty()) continue;
      const auto& object = entry.object.empty() ? object_of(job) : entry.object;
      reports.push_back({job.id, entry.state, object, version, entry.details});
    }
  }
  return reports;
}

}  // namespace engine
