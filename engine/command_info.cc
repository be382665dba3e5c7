#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/file_reading.h"
#include "engine/info.h"
#include "engine/migrator.h"
#include "engine/selection.h"

namespace engine {
namespace {

constexpr std::size_t kRowsAtOnce = 1000;  // with all their hashes

// The whole rows, a thousand a query, without their hashes: nobody looks at these here.
std::vector<Revision> read_all_rows(Command& command) {
  std::vector<std::string> versions;
  versions.reserve(command.state.revisions.size());
  for (const auto& row : command.state.revisions) versions.push_back(row.version);
  std::vector<Revision> rows;
  for (std::size_t first = 0; first < versions.size(); first += kRowsAtOnce) {
    const auto count = std::min(kRowsAtOnce, versions.size() - first);
    for (auto& row : command.ledger.read_rows(
             {versions.begin() + static_cast<std::ptrdiff_t>(first),
              versions.begin() + static_cast<std::ptrdiff_t>(first + count)})) {
      row.statement_hashes = {};
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// Repeatable files whose text, with the values in it, is not the one that ran last.
std::set<std::string> find_outdated(Command& command, Listing* listing,
                                    const std::vector<Revision>& rows) {
  std::vector<std::size_t> entries;
  std::vector<Listing::File*> files;
  for (auto& file : listing->files) {
    const auto* row = find_revision(rows, file.name.version);
    if (file.name.kind != MigrationKind::kRepeatable || row == nullptr || !row->complete())
      continue;
    if (is_settled(*row, command.source.entries()[file.entry])) continue;
    entries.push_back(file.entry);
    files.push_back(&file);
  }
  read_script_configs(command.source, files, listing->problems);
  std::set<std::string> outdated;
  auto file = files.begin();
  command.source.read(entries, [&](const SourceFile& source) {
    const auto& listed = **file++;
    const auto migration =
        parse_listed(source, listed, command.options.format.placeholders, listing->problems);
    const auto* row = find_revision(rows, listed.name.version);
    if (migration.checksum != row->checksum) outdated.insert(listed.name.version);
  });
  return outdated;
}

void check_names(const Listing& listing, const std::vector<SourceEntry>& entries,
                 const std::vector<Revision>& rows, std::vector<Problem>* problems) {
  for (const auto& file : listing.files) {
    const auto* row = find_revision(rows, file.name.version);
    if (row == nullptr) continue;
    if (auto problem = judge_name(*row, file.name, entries[file.entry].name)) {
      problems->push_back(std::move(*problem));
    }
  }
}

void run_info(Command& command, const InfoPage& page, RunReport* report) {
  auto listing = list_migrations(command.source.entries(), command.options.format);
  if (!listing.format) return refuse(report, std::move(listing.problems));
  command.state = command.ledger.read();
  if (ends_with_earlier_ledger(command, report)) return;
  auto rows = read_all_rows(command);
  choose_baseline_file(&listing, rows);
  report->current_version = find_current_version(rows);
  report->already_applied =
      static_cast<int>(std::count_if(rows.begin(), rows.end(), [](const Revision& row) {
        return row.complete() && !row.is_undo() && !is_start(row);
      }));
  report->target_version = find_last_version(listing.files);
  const auto outdated = find_outdated(command, &listing, rows);
  report->problems = std::move(listing.problems);
  check_names(listing, command.source.entries(), rows, &report->problems);
  report->info = cut_page(make_info(listing.files, command.source.entries(), std::move(rows),
                                    command.options.selection, outdated),
                          page);
  report->status = report->info->pending > 0 ? Status::kPending : Status::kUpToDate;
}

}  // namespace

RunReport info(Database& database, MigrationSource& source, const InfoPage& page,
               const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer,
                     [&](Command& command, RunReport* report) { run_info(command, page, report); });
}

}  // namespace engine
