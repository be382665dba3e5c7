// Another tool's history as rows of the ledger: which files it says are applied, and where it and
// the files disagree. A pure decision, made file by file; adoption.h has the command.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/adopt_difference.h"
#include "engine/directory.h"
#include "engine/foreign_history.h"
#include "engine/foreign_progress.h"
#include "engine/ledger.h"
#include "engine/listing.h"

namespace engine {

struct AdoptDecision {
  std::vector<Problem> problems;  // with an error among them nothing is to be written
  std::vector<Revision> files;    // all that the history covers, in version order ...
  std::vector<Revision> rows;     // ... and of those, what the ledger does not have
  std::optional<Revision> cut_off = std::nullopt;  // of an earlier attempt, for Ledger::adopt
};

// Each file's hash, by name, as it would be in atlas.sum (sum_check.h).
using AtlasHashes = std::map<std::string, std::string>;

class Adopter {
 public:
  // The arguments, but for `accept`, have to outlive this.
  Adopter(const ForeignHistory& history, const ForeignProgress& progress, const Listing& listing,
          const std::vector<SourceEntry>& entries, const Placeholders& placeholders,
          std::vector<std::string> accept);

  void set_hashes(AtlasHashes hashes) { hashes_ = std::move(hashes); }

  // The entries of the files that the history covers, and of those before them that it does not, in
  // version order.
  std::vector<std::size_t> wanted() const;
  // Each of them, in that order.
  void take(const SourceFile& source);

  // `ledger` in version order.
  AdoptDecision finish(const std::vector<Revision>& ledger);

 private:
  struct Covered {
    const Listing::File* listed;
    const ForeignRow* row;  // nullptr: a baseline's, or none
    bool is_hole = false;   // not covered: a version between those that are
  };

  void cover();
  void find_rows_without_file(const std::vector<bool>& used);
  void add_files_without_row();
  const ForeignRow* find_row(const Listing::File& listed, std::vector<bool>* used) const;
  const ForeignRow* find_repeatable(const Listing::File& listed) const;
  void take_hole(const Covered& hole, const SourceFile& source);
  bool is_left_behind(const ForeignRow& row) const;
  bool runs_again(const Covered& covered, const SourceFile& source) const;
  void check(const Covered& covered, const SourceFile& source);
  void check_aurora(const Covered& covered, const SourceFile& source);
  void check_flyway(const Covered& covered, const SourceFile& source);
  void check_atlas(const Covered& covered, const SourceFile& source);
  void check_description(const Covered& covered, const SourceFile& source);
  void take_part(const Covered& covered, const SourceFile& source, const Migration& migration,
                 Revision* row);
  void take_left_behind(const SourceFile& source, const ForeignRow& row);
  void take_failed(const SourceFile& source, Revision* row);
  Revision make_row(const Covered& covered, const SourceFile& source);
  void add_start(const std::vector<Revision>& ledger, std::vector<Revision>* rows) const;

  const ForeignProgress& progress_;
  const Listing& listing_;
  const std::vector<SourceEntry>& entries_;
  Differences differences_;
  AtlasHashes hashes_;
  const Placeholders& placeholders_;
  std::vector<Covered> covered_;               // in version order
  std::vector<const Listing::File*> missing_;  // of the holes, those that are a difference
  std::string checkpoint_;  // the version that stands for all before it, "" for none
  std::size_t taken_ = 0;
  std::vector<Revision> files_;
};

}  // namespace engine
