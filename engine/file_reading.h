// When which migration file is read: once to plan what it needs, and only if the ledger cannot
// tell; once more when it runs. In between nothing of its text is kept.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/migrator.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/undo.h"

namespace engine {

// Asks the ledger once more for every few files that were changed or renamed after they were
// applied. `shown`: the steps keep their statements. Throws what the source throws.
Plan read_plan(MigrationSource& source, Ledger& ledger, const LedgerState& state,
               const RunOptions& options, bool shown);

// All that the planner wants, and what lies beside it: script configs, and atlas.sum, for which
// every file is read once. Throws what the source throws.
void read_wanted(MigrationSource& source, const RunOptions& options, Planner& planner);

// The same of files that take back, whose steps the plan has.
Plan read_undo_plan(MigrationSource& source, const UndoChoice& choice, const RunOptions& options,
                    bool shown);

// What lies beside these files is heeded. Throws what the source throws.
void read_script_configs(MigrationSource& source, std::span<Listing::File* const> files,
                         std::vector<Problem>& problems);

// The files of these steps of a plan, in their order, with the texts of all statements. Throws
// Error(kSource) for what the source throws, and when a file is not the one that was planned.
void read_steps(MigrationSource& source, std::span<const Step> steps,
                const Placeholders& placeholders,
                const std::function<void(const Step&, Migration)>& take);

// The file of that version, as the ledger's rows have it, and what is wrong with it.
struct VersionReading {
  std::optional<Migration> file;  // nullopt when there is none
  std::vector<Problem> problems;
};
VersionReading read_version(MigrationSource& source, const std::string& version,
                            const DirectoryFormat& format, const std::vector<Revision>& revisions,
                            MigrationKind kind = MigrationKind::kVersioned);

// read_steps for one.
Migration read_step(MigrationSource& source, const Step& step, const Placeholders& placeholders);

}  // namespace engine
