// What the rows of another tool's history come to: one row for each version that is applied, or
// that the tool has begun with. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/foreign_rows.h"
#include "engine/source.h"

namespace engine {

struct ForeignProgress {
  std::vector<ForeignRow> versions;     // of versioned migrations, in the order of the rows
  std::vector<ForeignRow> repeatables;  // Flyway's, the last of each description
  std::string baseline;                 // what has this version or an earlier one is applied; or ""
  ForeignRow baseline_row =
      {};  // the one that says so; SQL_BASELINE: of a file that stands for them
  // sequelize: no JavaScript file is in the source, so that the order of the names is only likely
  // to be that of the folders.
  bool order_assumed = false;
};

// Flyway: the last row of a version counts; undone and deleted ones are not applied. sequelize: the
// version is the number of the folder that the file of that name runs, which is the file's place
// among the JavaScript files of `entries`; "" for a file that is not among them.
ForeignProgress find_progress(ForeignTool tool, const std::vector<ForeignRow>& rows,
                              std::span<const SourceEntry> entries);

}  // namespace engine
