#include "engine/baseline.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/version.h"

namespace engine {
namespace {

constexpr const char* kBaseline = "baseline";
constexpr const char* kStart = "start";
constexpr std::string_view kStartKey = "start:";

Problem make_refusal(std::string message, std::string hint) {
  return make_problem("baseline-refused", std::move(message), std::move(hint));
}

Problem make_no_version(const std::string& version, const std::vector<Revision>& files) {
  return make_refusal("no file has version " + version,
                      files.empty()
                          ? "Its files and all before them are marked as applied; there "
                            "is none before it either: nothing needs to be marked."
                          : "The last one before it has version " + files.back().version + ".");
}

Problem make_undone(const Revision& row) {
  return make_refusal("version " + row.version + " was taken back by an undo",
                      "Run apply, which applies it again.");
}

Problem make_partly(const Revision& row) {
  return make_refusal("version " + row.version + " is partly applied (" +
                          std::to_string(row.applied) + " of " + std::to_string(row.total) +
                          " statements)",
                      "Run apply, which finishes it, or repair, which marks its statements.");
}

Problem make_changed(const Revision& row) {
  return make_refusal("version " + row.version + " was changed after it was marked or applied",
                      "Put the file back as it was, or accept the change: command repair, outcome "
                      "checksum.");
}

Problem make_applied(const Revision& row, const std::string& without_row) {
  return make_refusal("version " + row.version + " was applied by a run, and version " +
                          without_row + " is not in the ledger",
                      "A baseline is for a database that no run has migrated yet: run apply.");
}

Problem make_later(const Revision& row, const std::string& version) {
  return make_refusal(
      "version " + row.version + ", after version " + version + ", is marked as applied already",
      "The ledger says more than this baseline would: leave it as it is.");
}

}  // namespace

Revision make_baseline_row(const Migration& file) {
  Revision row;
  row.version = file.version;
  row.description = file.description;
  row.kind = file.kind == MigrationKind::kBaseline ? to_string(file.kind) : kBaseline;
  row.checksum = file.checksum;
  for (const auto& statement : file.statements) row.statement_hashes.push_back(statement.hash);
  row.total = row.applied = static_cast<int>(file.statements.size());
  row.source = file.location;
  row.source_version = file.source_version;
  row.source_etag = file.source_etag;
  row.source_size = file.source_size;
  return row;
}

Revision make_start_row(const std::string& version) {
  Revision row;
  row.version = std::string(kStartKey) + version;
  row.kind = kStart;
  return row;
}

bool is_start(const Revision& row) { return row.kind == kStart; }

std::string find_start(const std::vector<Revision>& ledger) {
  std::string start;
  for (const auto& row : ledger) {
    if (!is_start(row)) continue;
    auto version = row.version.substr(kStartKey.size());
    if (start.empty() || compare_versions(start, version) < 0) start = std::move(version);
  }
  return start;
}

bool is_up_to(const std::string& version, const std::string& start) {
  return !start.empty() && is_version(version) && compare_versions(version, start) <= 0;
}

const Revision* find_unfinished_marking(const std::vector<Revision>& ledger) {
  const auto found = std::find_if(ledger.begin(), ledger.end(),
                                  [](const Revision& row) { return row.is_unfinished_marking(); });
  return found == ledger.end() ? nullptr : &*found;
}

Problem make_unfinished_marking(const Revision& row) {
  return make_problem(
      "marking-unfinished",
      "a baseline or an adoption up to version " + row.version +
          " was cut off before all its rows were in the ledger",
      "Run it again, which marks the rest, or baseline with version " + row.version + ".");
}

std::optional<Revision> find_cut_off(const std::vector<Revision>& ledger,
                                     const std::vector<Revision>& files,
                                     std::vector<Problem>& problems) {
  const auto* marking = find_unfinished_marking(ledger);
  if (marking == nullptr) return std::nullopt;
  const auto found = std::find_if(files.begin(), files.end(), [&](const Revision& file) {
    return compare_versions(file.version, marking->version) == 0;
  });
  if (found != files.end()) return *found;
  problems.push_back(make_unfinished_marking(*marking));
  return std::nullopt;
}

namespace {

// What a run has applied, nullptr for nothing.
const Revision* find_run(const std::vector<Revision>& ledger) {
  const auto found = std::find_if(ledger.begin(), ledger.end(), [](const Revision& row) {
    return row.complete() && !row.is_marked() && !row.is_undo() && !is_start(row);
  });
  return found == ledger.end() ? nullptr : &*found;
}

// Whether the ledger, with the last file's row, would not say yet that the database began there.
bool needs_start(const Revision& last, const std::vector<Revision>& ledger) {
  const auto* row = find_revision(ledger, last.version);
  if (last.kind != kBaseline || (row != nullptr && row->kind != kBaseline)) return false;
  return !is_up_to(last.version, find_start(ledger));
}

}  // namespace

BaselineDecision decide_baseline(const std::string& version, const std::vector<Revision>& files,
                                 const std::vector<Revision>& ledger) {
  BaselineDecision decision;
  auto& problems = decision.problems;
  auto& rows = decision.rows;
  if (files.empty() || compare_versions(files.back().version, version) != 0) {
    problems.push_back(make_no_version(version, files));
    return decision;
  }
  const auto* run = find_run(ledger);
  const auto start = run == nullptr ? "" : find_start(ledger);
  for (const auto& file : files) {
    const auto* row = find_revision(ledger, file.version);
    if (row == nullptr) {
      // One that was put below the baseline after a run needs no row.
      if (!is_up_to(file.version, start)) rows.push_back(file);
    } else if (row->is_undone()) {
      problems.push_back(make_undone(*row));
    } else if (!row->complete() && !row->is_unfinished_marking()) {
      problems.push_back(make_partly(*row));
    } else if (row->checksum != file.checksum) {
      problems.push_back(make_changed(*row));
    }
  }
  for (const auto& row : ledger) {
    const bool later = compare_versions(row.version, version) > 0;
    if (later && row.is_marked() && !row.is_unfinished_marking()) {
      problems.push_back(make_later(row, version));
    }
  }
  if (run != nullptr && !rows.empty()) {
    problems.push_back(make_applied(*run, rows.front().version));
  }
  if (needs_start(files.back(), ledger)) rows.push_back(make_start_row(files.back().version));
  decision.cut_off = find_cut_off(ledger, files, problems);
  if (!problems.empty()) rows.clear();
  return decision;
}

}  // namespace engine
