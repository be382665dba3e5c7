#include <algorithm>
#include <utility>

#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/directory.h"
#include "engine/file_reading.h"
#include "engine/lock.h"
#include "engine/migrator.h"

namespace engine {
namespace {

struct FilesUntil {
  std::vector<Revision> rows;
  std::vector<Problem> problems;
};

// Each file up to that version as the ledger will have it: its texts are not kept.
FilesUntil read_files_until(MigrationSource& source, const std::string& version,
                            const DirectoryFormat& format, const std::vector<Revision>& revisions) {
  FilesUntil files;
  auto listing = list_migrations(source.entries(), format);
  choose_baseline_file(&listing, revisions, version);
  files.problems = std::move(listing.problems);
  std::vector<std::size_t> entries;
  std::vector<Listing::File*> covered;
  for (auto& file : listing.files) {
    if (compare_versions(file.name.version, version) > 0) continue;
    entries.push_back(file.entry);
    covered.push_back(&file);
  }
  read_script_configs(source, covered, files.problems);
  auto listed = listing.files.begin();
  source.read(entries, [&](const SourceFile& file) {
    files.rows.push_back(
        make_baseline_row(parse_listed(file, *listed++, format.placeholders, files.problems)));
  });
  std::erase_if(files.problems, [](const auto& p) { return p.severity != Severity::kError; });
  return files;
}

// Where the ledger and the files stand; the plan's problems are another command's.
void show(Command& command, RunReport* report) {
  command.look(report);
  report->problems.clear();
}

// False, and refused, when the ledger contradicts.
bool decide(const Command& command, const std::string& version, const std::vector<Revision>& files,
            BaselineDecision* decision, RunReport* report) {
  *decision = decide_baseline(version, files, command.state.revisions);
  for (auto& row : decision->rows) row.applied_by = command.options.owner;
  if (decision->problems.empty()) return true;
  refuse(report, std::move(decision->problems));
  return false;
}

// Nothing was left to write, or all of it is written.
void end(Command& command, const std::vector<Revision>& files, const BaselineDecision& decision,
         RunReport* report) {
  show(command, report);
  const auto& rows = decision.rows;
  const auto starts = std::count_if(rows.begin(), rows.end(), is_start);
  const auto marked = static_cast<int>(rows.size()) - static_cast<int>(starts);
  report->adopted = AdoptReport{marked, files.front().version, files.back().version, "", "", {}};
  const bool written = !rows.empty() || decision.cut_off;
  report->status = written ? Status::kAdopted : Status::kUpToDate;
}

void run_baseline(Command& command, const std::string& version, RunReport* report) {
  command.state = command.ledger.read();
  if (ends_with_earlier_ledger(command, report)) return;
  auto files =
      read_files_until(command.source, version, command.options.format, command.state.revisions);
  if (!files.problems.empty()) return refuse(report, std::move(files.problems));
  BaselineDecision decision;
  if (!decide(command, version, files.rows, &decision, report)) return;
  if (decision.rows.empty() && !decision.cut_off) return end(command, files.rows, decision, report);
  command.ensure_ledger();
  run_locked(command, report, [&](Lock& lock) {
    if (!is_untouched(command.state, lock)) {
      command.state = command.ledger.read();
      if (!decide(command, version, files.rows, &decision, report)) return;
    }
    command.ledger.adopt(lock, decision.rows, decision.cut_off);
    end(command, files.rows, decision, report);
  });
}

}  // namespace

RunReport baseline(Database& database, MigrationSource& source, const std::string& version,
                   const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer, [&](Command& command, RunReport* report) {
    run_baseline(command, version, report);
  });
}

}  // namespace engine
