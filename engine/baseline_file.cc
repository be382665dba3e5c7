#include "engine/baseline_file.h"

#include <algorithm>
#include <utility>

#include "engine/baseline.h"
#include "engine/version.h"

namespace engine {
namespace {

// The one of that version among the listing's; the newest up to it when there is no row.
std::vector<Listing::File>::iterator find_file(Listing& listing, const Revision* row,
                                               const std::string& until) {
  auto& files = listing.baselines;
  const auto above = std::find_if(files.begin(), files.end(), [&](const Listing::File& file) {
    const auto& last = row != nullptr ? row->version : until;
    return !last.empty() && compare_versions(file.name.version, last) > 0;
  });
  if (above == files.begin()) return files.end();
  const auto found = std::prev(above);
  const bool other = row != nullptr && compare_versions(found->name.version, row->version) != 0;
  return other ? files.end() : found;
}

}  // namespace

const Revision* find_baseline_file(const std::vector<Revision>& revisions) {
  const auto found = std::find_if(revisions.begin(), revisions.end(), [](const Revision& revision) {
    return revision.kind == to_string(MigrationKind::kBaseline);
  });
  return found == revisions.end() ? nullptr : &*found;
}

std::string find_baseline(const std::vector<Revision>& revisions) {
  auto version = find_start(revisions);
  const auto* file = find_baseline_file(revisions);
  if (file != nullptr && !is_up_to(file->version, version)) version = file->version;
  return version;
}

void choose_baseline_file(Listing* listing, const std::vector<Revision>& revisions,
                          const std::string& until) {
  const Revision* row = find_baseline_file(revisions);
  if (row == nullptr && !revisions.empty()) return;
  const auto chosen = find_file(*listing, row, until);
  if (row == nullptr && chosen == listing->baselines.end()) return;
  const std::string version = row != nullptr ? row->version : chosen->name.version;
  // Atlas' checkpoint is one of the versioned files.
  const bool takes_its_place = listing->format == Format::kFlyway;
  std::erase_if(listing->files, [&](const Listing::File& file) {
    if (file.name.kind != MigrationKind::kVersioned) return false;
    const int order = compare_versions(file.name.version, version);
    if (order == 0) return takes_its_place;
    return order < 0 && find_revision(revisions, file.name.version) == nullptr;
  });
  if (chosen == listing->baselines.end()) return;
  const auto place =
      std::upper_bound(listing->files.begin(), listing->files.end(), *chosen,
                       [](const auto& a, const auto& b) { return runs_before(a.name, b.name); });
  listing->files.insert(place, *chosen);
}

}  // namespace engine
