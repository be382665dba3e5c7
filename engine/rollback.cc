#include "engine/rollback.h"

#include <algorithm>

#include "engine/directory.h"

namespace engine {
namespace {

// What is so because the database has later versions, or is on the way back from them.
bool is_of_later_version(const Problem& problem) {
  return problem.code == "missing-file" || problem.code == "undo-under-way";
}

bool has_other_errors(const Plan& plan) {
  return std::any_of(plan.problems.begin(), plan.problems.end(), [](const Problem& problem) {
    return problem.severity == Severity::kError && !is_of_later_version(problem);
  });
}

bool is_released(const Revision& revision) {
  const bool known = revision.kind == "versioned" || revision.is_marked() || revision.is_undo();
  return known && !revision.is_undone();
}

bool was_applied_late(const Plan& plan, const std::vector<Revision>& telling) {
  const auto* last = find_revision(telling, plan.target_version);
  return last != nullptr &&
         std::any_of(plan.gone.begin(), plan.gone.end(), [&](const std::string& version) {
           const auto* row = find_revision(telling, version);
           return row != nullptr && row->started_at > last->started_at;
         });
}

}  // namespace

std::vector<std::string> find_telling(const Plan& plan) {
  if (plan.gone.empty() || plan.target_version.empty()) return {};
  auto versions = plan.gone;
  versions.push_back(plan.target_version);
  return versions;
}

bool goes_backwards(const Plan& plan, const std::vector<Revision>& revisions,
                    const std::vector<Revision>& telling) {
  // Repeatable files of the earlier release may differ from those of the later one.
  const bool all_applied = std::none_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return is_version(step.migration.version);
  });
  if (!all_applied || has_other_errors(plan)) return false;
  bool has_later = was_applied_late(plan, telling);
  for (const auto& revision : revisions) {
    if (!is_released(revision)) continue;
    const bool later =
        plan.target_version.empty() || compare_versions(revision.version, plan.target_version) > 0;
    // Without a step this one has no file: it is gone from between the others.
    if (!later && !revision.complete()) return false;
    has_later = has_later || later;
  }
  return has_later;
}

std::vector<Problem> explain_rollback(const Plan& plan, OnRollback on_rollback) {
  auto problems = plan.problems;
  for (auto& problem : problems) {
    if (is_of_later_version(problem)) problem.severity = Severity::kWarning;
  }
  if (on_rollback != OnRollback::kFail) return problems;
  Problem refusal;
  refusal.code = "goes-backwards";
  refusal.message =
      "the files go back to " +
      (plan.target_version.empty() ? "no version" : "version " + plan.target_version) +
      ", and the database has later ones";
  refusal.hint = "Deploy the files that were applied, or let onRollback be ignore";
  problems.insert(problems.begin(), std::move(refusal));
  return problems;
}

}  // namespace engine
