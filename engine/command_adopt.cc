#include <algorithm>
#include <set>
#include <utility>

#include "engine/adopt.h"
#include "engine/adoption.h"
#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/file_reading.h"
#include "engine/foreign_rows.h"
#include "engine/lock.h"
#include "engine/sum_check.h"

namespace engine {
namespace {

Problem make_several(const std::vector<ForeignHistory>& histories) {
  std::string names;
  for (const auto& history : histories) names += (names.empty() ? "" : ", ") + name_of(history);
  return make_problem("several-histories", "several histories are in this database: " + names,
                      "Name the one of these files: history as SCHEMA.TABLE.");
}

// nullopt, and refused, when there is none or more than one.
std::optional<ForeignHistory> find_history(Command& command, RunReport* report) {
  auto& session = command.session;
  const auto& choice = command.options.history;
  auto found = parse_histories(session.repeat(make_find_histories(choice)), choice);
  found = choose_histories(choice, std::move(found));
  const bool there = !found.empty();
  if (there) found = parse_filled(session.repeat(make_find_filled(found)), found);
  if (found.size() == 1) return found.front();
  refuse(report, {found.empty() ? explain_no_history(choice, there) : make_several(found)});
  return std::nullopt;
}

std::vector<ForeignRow> read_rows(Command& command, const ForeignHistory& history) {
  return parse_rows(history.tool, command.session.repeat(make_read_rows(history)));
}

AtlasHashes find_hashes(MigrationSource& source) {
  AtlasHashes hashes;
  for (auto& entry : read_sum(source).computed.entries) {
    hashes[std::move(entry.name)] = std::move(entry.hash);
  }
  return hashes;
}

// What one adoption knows; the ledger is read again where it may have changed.
struct Adoption {
  ForeignHistory history;
  std::vector<ForeignRow> rows;
  AdoptDecision decision = {};
};

std::vector<Listing::File*> find_files(Listing* listing, const std::vector<std::size_t>& entries) {
  const std::set<std::size_t> wanted(entries.begin(), entries.end());
  std::vector<Listing::File*> files;
  for (auto& file : listing->files) {
    if (wanted.contains(file.entry)) files.push_back(&file);
  }
  return files;
}

bool decide(Command& command, const AdoptRequest& request, Adoption* adoption, RunReport* report) {
  auto& source = command.source;
  auto listing = list_migrations(source.entries(), command.options.format);
  if (listing.has_errors()) {
    refuse(report, listing.problems);
    return false;
  }
  const auto progress = find_progress(adoption->history.tool, adoption->rows, source.entries());
  if (progress.baseline_row.type == "SQL_BASELINE")
    choose_baseline_file(&listing, {}, progress.baseline);
  Adopter adopter(adoption->history, progress, listing, source.entries(),
                  command.options.format.placeholders, request.accept);
  if (adoption->history.tool == ForeignTool::kAtlas) adopter.set_hashes(find_hashes(source));
  const auto wanted = adopter.wanted();
  std::vector<Problem> problems;
  read_script_configs(source, find_files(&listing, wanted), problems);
  source.read(wanted, [&](const SourceFile& file) { adopter.take(file); });
  adoption->decision = adopter.finish(command.state.revisions);
  auto& decided = adoption->decision.problems;
  decided.insert(decided.begin(), problems.begin(), problems.end());
  const bool refused = std::any_of(decided.begin(), decided.end(), [](const Problem& problem) {
    return problem.severity == Severity::kError;
  });
  if (refused) refuse(report, decided);
  return !refused;
}

// `rows` were written.
void count(const std::vector<Revision>& rows, AdoptReport* adopted) {
  for (const auto& row : rows) {
    if (is_start(row)) continue;
    if (row.applied == row.total) {
      ++adopted->marked;
    } else {
      adopted->partial.push_back({row.version, row.applied, row.total});
    }
  }
}

// Nothing was left to write, or all of it is written.
void end(Command& command, Adoption adoption, RunReport* report) {
  command.look(report);
  report->problems = std::move(adoption.decision.problems);
  const auto& files = adoption.decision.files;
  const auto& rows = adoption.decision.rows;
  AdoptReport adopted;
  count(rows, &adopted);
  if (!files.empty()) {
    adopted.first_version = files.front().version;
    adopted.last_version = files.back().version;
  }
  adopted.tool = to_string(adoption.history.tool);
  adopted.table = name_of(adoption.history);
  report->adopted = std::move(adopted);
  const bool written = !rows.empty() || adoption.decision.cut_off;
  report->status = written ? Status::kAdopted : Status::kUpToDate;
}

void adopt_locked(Command& command, const AdoptRequest& request, Adoption adoption, Lock& lock,
                  RunReport* report) {
  if (read_rows(command, adoption.history) != adoption.rows) {
    return refuse(report, {make_problem("history-changed",
                                        "rows of " + name_of(adoption.history) +
                                            " have changed while they were being read",
                                        "Stop what still runs the other tool, then adopt again.")});
  }
  if (!is_untouched(command.state, lock)) {
    command.state = command.ledger.read();
    if (!decide(command, request, &adoption, report)) return;
  }
  command.ledger.adopt(lock, adoption.decision.rows, adoption.decision.cut_off);
  end(command, std::move(adoption), report);
}

void run_adopt(Command& command, const AdoptRequest& request, RunReport* report) {
  command.state = command.ledger.read();
  if (ends_with_earlier_ledger(command, report)) return;
  const auto history = find_history(command, report);
  if (!history) return;
  command.session.notify(Event::Level::kInfo, "adopting",
                         {{"tool", to_string(history->tool)}, {"history", name_of(*history)}});
  Adoption adoption{*history, read_rows(command, *history)};
  if (!decide(command, request, &adoption, report)) return;
  if (adoption.decision.rows.empty() && !adoption.decision.cut_off)
    return end(command, std::move(adoption), report);
  if (!command.state.exists) command.ledger.ensure();
  run_locked(command, report, [&](Lock& lock) {
    adopt_locked(command, request, std::move(adoption), lock, report);
  });
}

}  // namespace

RunReport adopt(Database& database, MigrationSource& source, const AdoptRequest& request,
                const RunOptions& options, const Observer& observer) {
  return run_command(database, source, options, observer, [&](Command& command, RunReport* report) {
    run_adopt(command, request, report);
  });
}

}  // namespace engine
