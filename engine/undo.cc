#include "engine/undo.h"

#include <algorithm>
#include <utility>

#include "engine/baseline.h"
#include "engine/version.h"

namespace engine {
namespace {

std::string parts_of(const Revision& revision) {
  return std::to_string(revision.applied) + " of " + std::to_string(revision.total);
}

Problem make_no_undo_file(const std::string& version, Format format) {
  std::string name = "Put it beside the others as " + version + "_description.down.sql";
  if (format == Format::kFlyway) name = "Put it beside the others as U" + version + "__name.sql";
  if (format == Format::kFolders) name = "In numbered folders there are none";
  return make_problem("undo-file-missing", "version " + version + " has no undo file",
                      name + ", or give a toVersion that is not before it.");
}

Problem make_two_undo_files(const std::string& version) {
  return make_problem("duplicate-version", "version " + version + " has two undo files",
                      "Take one of them away.");
}

Problem make_not_applied(const std::string& version, const std::string& before) {
  return make_problem("unknown-version", "version " + version + " is not applied",
                      (before.empty() ? std::string("No version before it is.")
                                      : "The last one before it is " + before + ".") +
                          " Give toVersion one that is to stay, or " + kUndoAll + ".");
}

Problem make_partly_applied(const Revision& revision) {
  return make_problem("partly-applied",
                      "version " + revision.version + " is partly applied (" + parts_of(revision) +
                          " statements), and its undo file takes back all of it",
                      "Run apply, which finishes it, then undo; or take back by hand what is "
                      "applied of it, and mark that with repair.");
}

Problem make_not_begun(const Revision& revision) {
  return make_problem("partly-applied",
                      "version " + revision.version + " failed before anything of it was applied",
                      "Give toVersion to say which version is to stay.");
}

Problem make_began_with(const std::string& version) {
  return make_problem("undo-file-missing",
                      "version " + version + " is what the database began with, and has no undo",
                      "Give a toVersion that is not before it.");
}

// A row of a version, and something of that is there.
bool is_in_the_way(const Revision& revision) {
  return is_version(revision.version) && !revision.is_undone();
}

bool has_begun(const Revision& revision) {
  return revision.complete() || revision.applied > 0 || revision.in_doubt > 0 ||
         revision.progress > 0 || !revision.job_ids.empty();
}

class Chooser {
 public:
  Chooser(const Listing& listing, const std::string& to_version)
      : listing_(listing), to_version_(to_version) {}

  UndoChoice choose(const std::vector<Revision>& revisions) {
    for (auto row = revisions.rbegin(); row != revisions.rend(); ++row) {
      if (!is_in_the_way(*row)) continue;
      if (stays(row->version)) {
        check_last(*row);
        return std::move(choice_);
      }
      take(*row);
    }
    if (!to_version_.empty() && to_version_ != kUndoAll &&
        !is_up_to(to_version_, find_start(revisions)))
      refuse(make_not_applied(to_version_, ""));
    return std::move(choice_);
  }

 private:
  bool stays(const std::string& version) const {
    if (to_version_.empty()) return !choice_.files.empty() || !choice_.problems.empty();
    return to_version_ != kUndoAll && compare_versions(version, to_version_) <= 0;
  }

  // The first of those that stay.
  void check_last(const Revision& row) {
    if (!to_version_.empty() &&
        (!row.complete() || compare_versions(row.version, to_version_) != 0)) {
      refuse(make_not_applied(to_version_, row.complete() ? row.version : ""));
    }
  }

  void take(const Revision& row) {
    if (!has_begun(row) && !row.is_undo()) {
      if (to_version_.empty()) refuse(make_not_begun(row));
      return;
    }
    if (!row.complete() && !row.is_undo()) return refuse(make_partly_applied(row));
    if (row.kind == to_string(MigrationKind::kBaseline))
      return refuse(make_began_with(row.version));
    const auto [first, last] = std::equal_range(
        listing_.undo_files.begin(), listing_.undo_files.end(), row.version, VersionLess{});
    if (first == last)
      return refuse(make_no_undo_file(row.version, listing_.format.value_or(Format::kAtlas)));
    if (last - first > 1) return refuse(make_two_undo_files(row.version));
    choice_.files.push_back({*first, row.is_undo() ? &row : nullptr});
    choice_.files.back().listed.name.version = row.version;
  }

  struct VersionLess {
    bool operator()(const Listing::File& file, const std::string& version) const {
      return compare_versions(file.name.version, version) < 0;
    }
    bool operator()(const std::string& version, const Listing::File& file) const {
      return compare_versions(version, file.name.version) < 0;
    }
  };

  void refuse(Problem problem) { choice_.problems.push_back(std::move(problem)); }

  const Listing& listing_;
  const std::string& to_version_;
  UndoChoice choice_;
};

}  // namespace

UndoChoice choose_undo(const Listing& listing, const std::vector<Revision>& revisions,
                       const std::string& to_version) {
  UndoChoice choice;
  if (listing.format) {
    choice = Chooser(listing, to_version).choose(revisions);
  } else {
    choice.problems = listing.problems;  // it is not known which files these are
  }
  std::vector<std::string> versions;
  versions.reserve(choice.files.size());
  for (const auto& file : choice.files) versions.push_back(file.listed.name.version);
  choice.format = listing.format;
  choice.stays = find_current_version(revisions, versions);
  return choice;
}

std::string find_current_version(const std::vector<Revision>& revisions,
                                 std::span<const std::string> without) {
  auto highest = find_start(revisions);
  const bool has_row = !highest.empty() && find_revision(revisions, highest) != nullptr;
  if (has_row) highest.clear();  // it says whether that version is applied
  for (const Revision& revision : revisions) {
    if (!revision.complete() || revision.is_undo() || !is_version(revision.version)) continue;
    if (std::find(without.begin(), without.end(), revision.version) != without.end()) continue;
    if (highest.empty() || compare_versions(highest, revision.version) < 0) {
      highest = revision.version;
    }
  }
  return highest;
}

Problem make_undo_under_way(const Revision& revision) {
  auto problem = make_problem("undo-under-way",
                              "version " + revision.version + " is partly taken back (" +
                                  parts_of(revision) + " statements of its undo file)",
                              "Run undo, which finishes it.");
  if (!revision.error.empty()) problem.message += "; the last attempt failed: " + revision.error;
  return problem;
}

}  // namespace engine
