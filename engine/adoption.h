// The command that takes another tool's history over (adopt.h).
#pragma once

#include "engine/foreign_history.h"
#include "engine/migrator.h"

namespace engine {

// Takes over the history of options.history. Under the lock; runs nothing, and leaves that tool's
// table as it is. kAdopted | kUpToDate (the ledger has it already) | kInvalid | kLocked | kFailed.
RunReport adopt(Database& database, MigrationSource& source, const AdoptRequest& request,
                const RunOptions& options, const Observer& observer);

}  // namespace engine
