#include "engine/selection.h"

#include "engine/version.h"

namespace engine {
namespace {

std::string_view base_name(std::string_view location) {
  return location.substr(location.rfind('/') + 1);
}

}  // namespace

VersionLimit parse_limit(const std::string& to_version) {
  using Kind = VersionLimit::Kind;
  VersionLimit limit{Kind::kVersion, to_version, false};
  limit.may_be_absent = limit.version.ends_with('?');
  if (limit.may_be_absent) limit.version.pop_back();
  if (limit.version.empty() || limit.version == "latest") limit.kind = Kind::kNone;
  if (limit.version == "next") limit.kind = Kind::kNext;
  if (limit.version == "current") limit.kind = Kind::kCurrent;
  return limit;
}

Problem make_unknown_version(const std::string& version, const std::string& last) {
  return make_problem(
      "unknown-version", "no file has version " + version,
      (last.empty() ? "There is no file at all." : "The last one is " + last + ".") +
          " Give toVersion one that is there, or a '?' behind it.");
}

Problem make_not_above_baseline(const std::string& version, const std::string& baseline) {
  auto problem =
      make_problem("below-baseline",
                   "toVersion " + version + " is not above version " + baseline +
                       ", where the database began: nothing up to there is run",
                   "Give toVersion one above " + baseline + "; to go back to it there is undo.");
  problem.severity = Severity::kWarning;
  return problem;
}

std::optional<Problem> judge_out_of_order(const std::string& file, const std::string& version,
                                          const std::string& current, OutOfOrder wanted) {
  if (wanted == OutOfOrder::kApply) return std::nullopt;
  auto problem = make_problem(
      "out-of-order",
      "version " + version + " is not applied, but " + current + ", which comes after it, is",
      "Give the file a version above " + current + ", or let outOfOrder be apply.");
  problem.file = file;
  if (wanted == OutOfOrder::kSkip) {
    problem.severity = Severity::kWarning;
    problem.message += ": it is left out";
  }
  return problem;
}

Problem make_missing_file(const Revision& revision, const std::string& last, bool allow_missing) {
  if (!revision.complete()) {
    auto partly = make_problem("missing-file",
                               "version " + revision.version + " is partly applied (" +
                                   std::to_string(revision.applied) + " of " +
                                   std::to_string(revision.total) + " statements), but has no file",
                               "Put the file back so that it can be finished.");
    if (!is_version(revision.version)) partly.severity = Severity::kWarning;  // a repeatable one
    return partly;
  }
  auto problem = make_problem("missing-file",
                              "version " + revision.version + " is in the ledger, but has no file",
                              "Put the file back; or let allowMissing be true when it is gone for "
                              "good: what it did stays in the database.");
  const bool later = last.empty() || compare_versions(revision.version, last) > 0;
  if (!later && !allow_missing) return problem;
  problem.severity = Severity::kWarning;
  problem.hint = later ? "It comes after the last file: these are of an earlier release."
                       : "Nothing needs to be done: what it did stays in the database.";
  return problem;
}

bool is_renamed(const Revision& revision, std::string_view location) {
  return !revision.source.empty() && base_name(revision.source) != base_name(location);
}

std::optional<Problem> judge_name(const Revision& revision, const MigrationName& name,
                                  const std::string& file) {
  if (!revision.complete() || revision.is_undo()) return std::nullopt;
  if (revision.description == name.description) return std::nullopt;
  auto problem = make_problem(
      file, "description-differs",
      "version " + name.version + " was applied as \"" + revision.description +
          "\", and the file is called \"" + name.description + "\"",
      "Nothing needs to be done when this is the file that was applied. Give it its name back, or "
      "accept the new one: command repair, outcome checksum.");
  problem.severity = Severity::kWarning;
  return problem;
}

}  // namespace engine
