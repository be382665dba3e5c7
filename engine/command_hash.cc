#include <utility>

#include "engine/command.h"
#include "engine/migrator.h"

namespace engine {
namespace {

Problem make_no_sum(const Listing& listing) {
  Problem problem;
  problem.code = "no-sum";
  problem.message = "atlas.sum is of directories in the atlas format, and this one is not";
  problem.hint = std::string("Files of the format ") +
                 (listing.format == Format::kFlyway ? "flyway" : "folders") +
                 " are checked against the ledger only.";
  return problem;
}

}  // namespace

RunReport hash(MigrationSource& source, const RunOptions& options) {
  RunReport report;
  auto listing = list_migrations(source.entries(), options.format);
  if (!listing.format) {
    refuse(&report, std::move(listing.problems));
  } else if (listing.format != Format::kAtlas) {
    refuse(&report, {make_no_sum(listing)});
  } else {
    const auto reading = read_sum(source);
    auto check = compare_atlas_sum(reading.text, reading.computed, reading.has_files);
    report.sum = SumReport{to_string(reading.computed),
                           static_cast<int>(reading.computed.entries.size()), ""};
    report.status = check.problem ? Status::kPending : Status::kUpToDate;
    if (check.problem) check.problem->severity = Severity::kWarning;
    if (check.problem) report.problems.push_back(std::move(*check.problem));
  }
  return report;
}

}  // namespace engine
