// What a run will do, as a value: made from files and ledger alone, without a database. A dry run
// prints it; the executor (executor.h) runs it. It knows how many statements a file has, and not
// their texts, which are read again when they run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/dialect.h"
#include "engine/directory.h"
#include "engine/ledger.h"
#include "engine/problem.h"
#include "engine/selection.h"
#include "engine/undo.h"

namespace engine {

// In how many transactions a statement takes effect.
enum class Passes {
  kOne,
  kRounds,  // -- migrate:batch: again and again until it changes no row
  kParts,   // an INSERT of more rows than Aurora DSQL takes in one (insert_parts.h)
};

struct PlannedStatement {
  int number = 1;  // 1-based position in its file
  int line = 1;
  int column = 1;
  std::string hash;
  std::string text;  // as written
  PreparedStatement prepared;
  Passes passes = Passes::kOne;
};

struct Step {
  Migration migration;  // without its statements: there are `total` of them
  int total = 0;
  int applied = 0;              // of them, by earlier runs
  bool resumes = false;         // an earlier run applied a part
  bool reruns = false;          // a repeatable one that has a row, and is to run from the start
  bool out_of_order = false;    // a later version is applied already
  bool first_in_doubt = false;  // the first of the others may already have taken effect
  long long progress = 0;       // Revision::progress: of the first of the others
  std::size_t entry = 0;        // of the source
  bool replaces = false;        // its placeholders have their values
  std::vector<PlannedStatement> statements;  // the others, once they are loaded
};

// Gives the step the statements of its file.
void load_statements(Step* step, const Migration& file, Dialect dialect);

struct Plan {
  std::vector<Step> steps;        // in the order they run
  std::vector<Problem> problems;  // errors forbid the run; warnings do not
  std::string current_version;    // the highest complete version in the ledger, "" for none
  std::string target_version;     // the highest version in the directory (up to the one asked
                                  // for), "" for none
  int already_applied = 0;
  std::vector<std::string> gone;  // versions that runs completed and that have no file any more

  bool has_errors() const;
  int statement_count() const;  // to be run
};

// Whether nothing can be learnt from reading it: its row says the same of where it came from, or is
// another tool's, with a checksum of its own.
bool is_settled(const Revision& revision, const SourceEntry& entry);

// Whether the whole file and its row are one transaction: on PostgreSQL, unless the file or one of
// its statements forbids it, or an earlier run has applied a part.
bool is_one_transaction(const Step& step, Dialect dialect);

// The index of the first of the file's and the revision's first `count` statements that is not the
// same in both, nullopt when all are. Without recorded hashes nothing can be compared.
std::optional<std::size_t> find_edit(const Revision& revision, const Migration& migration,
                                     std::size_t count);

// Makes a plan file by file, so that only one has to be in memory at a time.
//
// Pending migrations in version order, repeatable ones behind them, each statement linted for the
// dialect. Problems: those of names and files; an applied file whose checksum changed
// (checksum-mismatch), or its name (description-differs); an applied version that has no file any
// more (missing-file); a pending version below the current one (out-of-order); a version asked for
// that no file has (unknown-version); a version that is half taken back (undo-under-way); a partly
// applied file edited before its last applied statement (partial-file-edited, the statement named).
// A repeatable file that was changed runs again, from the start when what was changed is applied.
// On an empty ledger an Atlas checkpoint takes the place of all files before it, and on any other
// it is left out.
class Planner {
 public:
  // The revisions are in version order, and have to outlive this.
  Planner(const std::vector<SourceEntry>& entries, const std::vector<Revision>& revisions,
          Dialect dialect, const DirectoryFormat& format = {}, Selection selection = {});
  // Steps that take back, in the order of the choice, each linted as well.
  Planner(const UndoChoice& choice, Dialect dialect, const Placeholders& placeholders);
  ~Planner();

  // Steps keep their statements: for a plan that is to be shown.
  void keep_statements() { keeps_statements_ = true; }
  // Of files that do not say it themselves.
  void set_transaction(TransactionMode mode) { transaction_ = mode; }

  std::optional<Format> format() const { return format_; }

  // What has to be read, in version order: not a complete file that came from the same place with
  // the same ETag and size.
  std::vector<std::size_t> wanted() const;
  // The same files, whose script configs are to be read before they are; and where what is wrong
  // with those goes.
  std::vector<Listing::File*> wanted_files();
  std::vector<Problem>& problems() { return plan_.problems; }
  // Each of them, in that order.
  void take(const SourceFile& file);

  // Complete files that were taken and have other bytes than then, as far as the ledger was read
  // too briefly (Revision::brief) to tell what was changed. In version order.
  struct Changed {
    std::size_t index;  // for compare()
    std::size_t entry;
    std::string version;  // of the row
  };
  std::vector<Changed> changed() const;
  // Each of them again, with its row.
  void compare(std::size_t index, const SourceFile& file, const Revision& row);
  // Complete files that were taken and have the bytes of their rows, but another name: to be judged
  // (judge_name) with the whole row. In version order.
  struct Renamed {
    MigrationName name;
    std::string file;
    std::string version;  // of the row
  };
  std::vector<Renamed> renamed() const;

  Plan finish();

 private:
  struct File;

  bool is_ahead(const File& file) const;  // not below the current version, or begun with
  std::optional<std::string> find_limit();
  void limit_files();
  void take_complete(File& file, const SourceFile& source);
  void take_repeatable(const File& file, const SourceFile& source);
  void take_pending(const File& file, const SourceFile& source);
  void add_step(const File& file, Step step, Migration migration);
  bool is_left_out(const File& file, const Migration& migration) const;
  void begin_with(Migration* checkpoint);
  void compare(const File& file, const SourceFile& source, const Revision& row);

  Dialect dialect_;
  Selection selection_;
  std::optional<Format> format_;
  Placeholders placeholders_;
  bool is_new_ = true;        // nothing is in the ledger
  std::string baseline_;      // find_baseline()
  std::string last_version_;  // of all files, "" for none
  bool keeps_statements_ = false;
  TransactionMode transaction_ = TransactionMode::kFile;
  std::vector<File> files_;  // in version order
  std::vector<const Revision*> without_file_;
  std::size_t taken_ = 0;  // files_ before this are taken, or need not be
  Plan plan_;
};

}  // namespace engine
