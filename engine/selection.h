// Which of the files that are not applied a run takes, when it is not all of them, and what it
// makes of a ledger that has others.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/format.h"
#include "engine/ledger.h"
#include "engine/problem.h"

namespace engine {

// A file that is not applied and comes before one that is.
enum class OutOfOrder {
  kRefuse,  // an error
  kSkip,    // left out, with a warning
  kApply,   // applied, and said so
};

struct Selection {
  // Up to that version, which some file has to have; with a '?' behind it none needs to. "" or
  // "latest": all. "next": the first that is not applied. "current": none after the last applied.
  std::string to_version;
  OutOfOrder out_of_order = OutOfOrder::kRefuse;
  // An applied file that is gone from between the others is a warning, not an error.
  bool allow_missing = false;
};

// What to_version says, without looking at the files.
struct VersionLimit {
  enum class Kind { kNone, kNext, kCurrent, kVersion };
  Kind kind = Kind::kNone;
  std::string version;  // with kVersion
  bool may_be_absent = false;
};
VersionLimit parse_limit(const std::string& to_version);

// No file has the version; `last` is that of the last file, "" when there is none.
Problem make_unknown_version(const std::string& version, const std::string& last);

// A warning: no file has it, and where the database began nothing up to there is run.
Problem make_not_above_baseline(const std::string& version, const std::string& baseline);

// A file below the current version that is not applied; nullopt when that is as it is wanted.
std::optional<Problem> judge_out_of_order(const std::string& file, const std::string& version,
                                          const std::string& current, OutOfOrder wanted);

// The ledger's row of a version that no file has. `last` as above: what comes after it is of a
// later release, and no file of this one is missing.
Problem make_missing_file(const Revision& revision, const std::string& last, bool allow_missing);

// Whether the row is of a file with another name than the one there: rows that are read briefly
// have no description.
bool is_renamed(const Revision& revision, std::string_view location);

// A warning when the row of a complete file has another description; nullopt when it has not.
std::optional<Problem> judge_name(const Revision& revision, const MigrationName& name,
                                  const std::string& file);

}  // namespace engine
