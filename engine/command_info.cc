#include <algorithm>
#include <span>
#include <utility>

#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/info.h"
#include "engine/migrator.h"

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

void run_info(Command& command, const InfoPage& page, RunReport* report) {
  auto listing = list_migrations(command.source.entries(), command.options.format);
  if (!listing.format) return refuse(report, std::move(listing.problems));
  command.state = command.ledger.read();
  const auto rows = read_all_rows(command);
  choose_baseline_file(&listing, rows);
  for (const auto& row : rows) {
    if (!row.complete() || row.is_undo()) continue;
    if (is_version(row.version)) report->current_version = row.version;
    ++report->already_applied;
  }
  for (const auto& file : listing.files) {
    if (is_version(file.name.version)) report->target_version = file.name.version;
  }
  report->problems = std::move(listing.problems);
  report->info = cut_page(
      make_info(listing.files, command.source.entries(), rows, command.options.selection), page);
  report->status = report->info->pending > 0 ? Status::kPending : Status::kUpToDate;
}

}  // namespace

RunReport info(Database& database, MigrationSource& source, const InfoPage& page,
               const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer,
                     [&](Command& command, RunReport* report) { run_info(command, page, report); });
}

}  // namespace engine
