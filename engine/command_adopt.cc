#include <algorithm>
#include <utility>

#include "engine/adopt.h"
#include "engine/adoption.h"
#include "engine/atlas_sum.h"
#include "engine/baseline_file.h"
#include "engine/command.h"
#include "engine/foreign_rows.h"
#include "engine/lock.h"

namespace engine {
namespace {

Problem make_problem(const char* code, std::string message, std::string hint) {
  Problem problem;
  problem.code = code;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

Problem make_no_history(const HistoryChoice& choice) {
  return make_problem("no-history",
                      choice.tool ? std::string("there is no filled table of ") +
                                        to_string(*choice.tool) + "'s in this database"
                                  : "no table of aurora's, Atlas's, Flyway's or sequelize's with a "
                                    "row is in this database",
                      "Where the table has another name give history as TOOL:SCHEMA.TABLE; where "
                      "nothing tells what is applied, baseline marks it.");
}

Problem make_several(const std::vector<ForeignHistory>& histories) {
  std::string names;
  for (const auto& history : histories) names += (names.empty() ? "" : ", ") + name_of(history);
  return make_problem("several-histories", "several histories are in this database: " + names,
                      "Name the one of these files: history as SCHEMA.TABLE.");
}

// nullopt, and refused, when there is none or more than one.
std::optional<ForeignHistory> find_history(Command& command, const HistoryChoice& choice,
                                           RunReport* report) {
  auto& session = command.session;
  auto found = parse_histories(session.repeat(make_find_histories()));
  found = choose_histories(choice, std::move(found));
  if (!found.empty()) found = parse_filled(session.repeat(make_find_filled(found)), found);
  if (found.size() == 1) return found.front();
  refuse(report, {found.empty() ? make_no_history(choice) : make_several(found)});
  return std::nullopt;
}

std::vector<ForeignRow> read_rows(Command& command, const ForeignHistory& history) {
  return parse_rows(history.tool, command.session.repeat(make_read_rows(history)));
}

AtlasHashes find_hashes(MigrationSource& source) {
  const auto& entries = source.entries();
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& name = entries[i].name;
    if (name.ends_with(".sql") && name.find('/') == std::string::npos) wanted.push_back(i);
  }
  std::sort(wanted.begin(), wanted.end(),
            [&](std::size_t a, std::size_t b) { return entries[a].name < entries[b].name; });
  AtlasHashes hashes;
  AtlasChain chain;
  source.read(wanted, [&](const SourceFile& file) {
    if (auto hash = chain.add(file.name, file.bytes)) hashes[file.name] = std::move(*hash);
  });
  return hashes;
}

// What one adoption knows; the ledger is read again where it may have changed.
struct Adoption {
  ForeignHistory history;
  std::vector<ForeignRow> rows;
  AdoptDecision decision = {};
};

bool decide(Command& command, const AdoptRequest& request, Adoption* adoption, RunReport* report) {
  auto& source = command.source;
  auto listing = list_migrations(source.entries(), command.options.format);
  if (listing.has_errors()) {
    refuse(report, listing.problems);
    return false;
  }
  const auto progress = find_progress(adoption->history.tool, adoption->rows, source.entries());
  if (progress.baseline_file) choose_baseline_file(&listing, {}, progress.baseline);
  Adopter adopter(adoption->history, progress, listing, source.entries(),
                  command.options.format.placeholders, request.accept);
  if (adoption->history.tool == ForeignTool::kAtlas) adopter.set_hashes(find_hashes(source));
  source.read(adopter.wanted(), [&](const SourceFile& file) { adopter.take(file); });
  adoption->decision = adopter.finish(command.state.revisions);
  const auto& problems = adoption->decision.problems;
  const bool refused = std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Severity::kError;
  });
  if (refused) refuse(report, problems);
  return !refused;
}

void end(Command& command, Adoption adoption, std::size_t marked, RunReport* report) {
  command.look(report);
  report->problems = std::move(adoption.decision.problems);
  const auto& files = adoption.decision.files;
  AdoptReport adopted;
  adopted.marked = static_cast<int>(marked);
  if (!files.empty()) {
    adopted.first_version = files.front().version;
    adopted.last_version = files.back().version;
  }
  report->adopted = std::move(adopted);
  report->status = marked > 0 ? Status::kAdopted : Status::kUpToDate;
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
  command.ledger.adopt(lock, adoption.decision.rows);
  const auto marked = adoption.decision.rows.size();
  end(command, std::move(adoption), marked, report);
}

void run_adopt(Command& command, const AdoptRequest& request, RunReport* report) {
  command.state = command.ledger.read();
  const auto history = find_history(command, request.history, report);
  if (!history) return;
  command.session.notify(Event::Level::kInfo, "adopting",
                         {{"tool", to_string(history->tool)}, {"history", name_of(*history)}});
  Adoption adoption{*history, read_rows(command, *history)};
  if (!decide(command, request, &adoption, report)) return;
  if (adoption.decision.rows.empty()) return end(command, std::move(adoption), 0, report);
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
