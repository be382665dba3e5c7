#include "engine/info.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "engine/baseline.h"
#include "engine/baseline_file.h"
#include "engine/undo.h"
#include "engine/version.h"

namespace engine {
namespace {

struct ComparesVersions {
  bool operator()(const std::string& a, const std::string& b) const {
    return compare_versions(a, b) < 0;
  }
};

// What a state depends on beside file and row.
struct Surroundings {
  std::string last_file;           // the highest version of a file
  std::string current;             // of a complete row
  std::string baseline;            // what the database began with
  std::string target;              // no version above it is to run, "" for none
  bool out_of_order = false;       // what is below the current version runs
  std::set<std::string> outdated;  // repeatable ones that are to run again
  // By version: something after it was applied before it.
  std::map<std::string, bool, ComparesVersions> was_out_of_order;
};

bool is_before(const std::string& a, const std::string& b) {
  return !b.empty() && compare_versions(a, b) < 0;
}

Surroundings look_around(const std::vector<Listing::File>& files, const std::vector<Revision>& rows,
                         const Selection& selection, const std::set<std::string>& outdated) {
  Surroundings around;
  around.outdated = outdated;
  around.target = parse_limit(selection.to_version).version;
  around.out_of_order = selection.out_of_order == OutOfOrder::kApply;
  around.current = find_current_version(rows);
  around.baseline = find_baseline(rows);
  around.last_file = find_last_version(files);
  std::string earliest;  // start among the rows after this one
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (!row->complete() || row->is_undo() || !is_version(row->version)) continue;
    if (row->kind != "versioned" && row->kind != kAdoptedKind) continue;
    // Not every tool says when it applied what is adopted.
    around.was_out_of_order[row->version] =
        row->kind != kAdoptedKind && !earliest.empty() && earliest < row->started_at;
    if (earliest.empty() || row->started_at < earliest) earliest = row->started_at;
  }
  return around;
}

std::string_view state_to_come(const std::string& version, const Surroundings& around) {
  if (is_before(version, around.current) && !around.out_of_order) return "Ignored";
  const bool above =
      !around.target.empty() && is_version(version) && compare_versions(around.target, version) < 0;
  return above ? "Above Target" : "Pending";
}

std::string_view state_without_row(const std::string& version, const Surroundings& around) {
  return is_up_to(version, around.baseline) ? "Below Baseline" : state_to_come(version, around);
}

std::string state_of_row(const Revision& row, bool has_file, const Surroundings& around) {
  const bool failed = !row.complete() && !row.error.empty();
  if (row.kind == "baseline") return "Baseline";
  if (row.is_undone()) return "Undone";
  if (!has_file) {
    const bool missing = !is_version(row.version) || is_before(row.version, around.last_file);
    const std::string where = missing ? "Missing" : "Future";
    return failed ? "Failed (" + where + ")" : where;
  }
  if (failed) return "Failed";
  if (!row.complete()) return "In Progress";
  if (around.outdated.contains(row.version)) return "Outdated";
  const auto found = around.was_out_of_order.find(row.version);
  return found != around.was_out_of_order.end() && found->second ? "Out of Order" : "Success";
}

MigrationInfo make_info_of_row(const Revision& row) {
  MigrationInfo info;
  info.version = row.version;
  info.description = row.description;
  info.kind = row.kind;
  info.applied = row.applied;
  info.total = row.total;
  info.started_at = row.started_at;
  info.finished_at = row.finished_at;
  info.execution_ms = row.execution_ms;
  info.applied_by = row.applied_by;
  info.error = row.error;
  return info;
}

bool has_version(const std::vector<Listing::File>& files, const std::string& version) {
  return std::any_of(files.begin(), files.end(), [&](const Listing::File& file) {
    return compare_versions(file.name.version, version) == 0;
  });
}

// What the database began with is a baseline of that version, unless a file or a row has it.
void show_start(const std::vector<Listing::File>& files, std::vector<Revision>* rows) {
  const auto version = find_start(*rows);
  const auto* found = find_revision(*rows, make_start_row(version).version);
  auto start = found == nullptr ? Revision() : *found;
  std::erase_if(*rows, is_start);
  if (version.empty() || has_version(files, version) || find_revision(*rows, version)) return;
  start.version = version;
  start.kind = "baseline";
  const auto place = std::find_if(rows->begin(), rows->end(), [&](const Revision& row) {
    return compare_versions(row.version, version) > 0;
  });
  rows->insert(place, std::move(start));
}

}  // namespace

std::vector<MigrationInfo> make_info(const std::vector<Listing::File>& files,
                                     const std::vector<SourceEntry>& entries,
                                     std::vector<Revision> rows, const Selection& selection,
                                     const std::set<std::string>& outdated) {
  const auto around = look_around(files, rows, selection, outdated);
  show_start(files, &rows);
  std::vector<MigrationInfo> all;
  auto row = rows.begin();
  const auto add_rows_before = [&](const std::string* version) {
    for (; row != rows.end() && (version == nullptr || is_before(row->version, *version)); ++row) {
      all.push_back(make_info_of_row(*row));
      all.back().state = state_of_row(*row, false, around);
    }
  };
  for (const auto& file : files) {
    const auto& name = file.name;
    add_rows_before(&name.version);
    const auto* own =
        row != rows.end() && compare_versions(row->version, name.version) == 0 ? &*row++ : nullptr;
    if (own != nullptr && !own->is_undone()) {
      all.push_back(make_info_of_row(*own));
      all.back().state = state_of_row(*own, true, around);
    } else {
      all.emplace_back();
      all.back().version = name.version;
      all.back().kind = to_string(name.kind);
      all.back().state = own != nullptr ? state_to_come(name.version, around)
                                        : state_without_row(name.version, around);
    }
    all.back().description = name.description;
    all.back().file = entries[file.entry].name;
  }
  add_rows_before(nullptr);
  return all;
}

InfoReport cut_page(std::vector<MigrationInfo> all, const InfoPage& page) {
  InfoReport report;
  report.total = static_cast<int>(all.size());
  report.pending =
      static_cast<int>(std::count_if(all.begin(), all.end(), [](const MigrationInfo& info) {
        return info.state == "Pending" || info.state == "In Progress" || info.state == "Failed" ||
               info.state == "Outdated";
      }));
  auto first = all.begin();
  if (!page.after.empty()) {
    first = std::find_if(all.begin(), all.end(), [&](const MigrationInfo& info) {
      return compare_versions(info.version, page.after) > 0;
    });
  }
  const auto count = std::min<std::ptrdiff_t>(page.limit, all.end() - first);
  const auto last = first + count;
  if (last != all.end() && last != all.begin()) report.next = (last - 1)->version;
  report.migrations.assign(std::make_move_iterator(first), std::make_move_iterator(last));
  return report;
}

}  // namespace engine
