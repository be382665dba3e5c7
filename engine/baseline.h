// Files marked as applied that no run of ours applied: the ledger of a database that had its schema
// before. A pure decision; migrator.h has the command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/directory.h"
#include "engine/ledger.h"
#include "engine/problem.h"

namespace engine {

// The row of a file whose statements have all taken effect, kind "baseline", unless the file is one
// that stands for others (baseline_file.h). Its times are "", which Ledger::adopt takes for now.
Revision make_baseline_row(const Migration& file);
// The kind of one that another tool has applied, which has to have its file as one of a run's.
inline constexpr const char* kAdoptedKind = "adopted";

// The row that says where a database began before there were files: no version up to that one is
// ever run, or has to have a file. "": at none, of a history that covers no file; so that the
// ledger is not an empty one. Its key is no version.
Revision make_start_row(const std::string& version);
bool is_start(const Revision& row);
// The highest of them, "" for none.
std::string find_start(const std::vector<Revision>& ledger);
bool is_up_to(const std::string& version, const std::string& start);

// The row of a baseline or an adoption that is under way or was cut off, nullptr when there is
// none; and why nothing else begins then.
const Revision* find_unfinished_marking(const std::vector<Revision>& ledger);
Problem make_unfinished_marking(const Revision& row);
// That row among the files that a second attempt covers, for Ledger::adopt; a problem when it does
// not cover it.
std::optional<Revision> find_cut_off(const std::vector<Revision>& ledger,
                                     const std::vector<Revision>& files,
                                     std::vector<Problem>& problems);

struct BaselineDecision {
  std::vector<Problem> problems;  // refused: every reason
  // To be written, in version order; none: the ledger has them. The last one says where the
  // database began, unless a file does that stands for others.
  std::vector<Revision> rows;
  std::optional<Revision> cut_off = std::nullopt;  // for Ledger::adopt
};

// `files`: make_baseline_row of each file up to `version`, in version order; `ledger`: in version
// order too. Refused: a version that no file has; rows that say anything but that these files, as
// they are, came before all that the ledger has.
BaselineDecision decide_baseline(const std::string& version, const std::vector<Revision>& files,
                                 const std::vector<Revision>& ledger);

}  // namespace engine
