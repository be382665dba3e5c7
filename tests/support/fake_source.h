// MigrationSource in memory, which remembers what was read, and the files of a test as the values
// the engine makes of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/directory.h"
#include "engine/migrator.h"
#include "engine/plan.h"
#include "engine/source.h"

namespace engine {

class FakeSource final : public MigrationSource {
 public:
  explicit FakeSource(std::vector<SourceFile> files) : files_(std::move(files)) {
    for (const auto& file : files_) {
      entries_.push_back({file.name, file.location, file.etag, file.bytes.size()});
    }
  }

  const std::vector<SourceEntry>& entries() const override { return entries_; }

  void read(std::span<const std::size_t> wanted,
            const std::function<void(SourceFile)>& take) override {
    for (const auto entry : wanted) {
      reads.push_back(files_.at(entry).name);
      if (before_read) before_read(files_[entry]);
      take(files_[entry]);
    }
  }

  std::vector<std::string> reads;                // names, in order
  std::function<void(SourceFile&)> before_read;  // may change the file, or throw

 private:
  std::vector<SourceFile> files_;
  std::vector<SourceEntry> entries_;
};

// With a source that nobody wants to look at afterwards.
inline RunReport apply(Database& database, FakeSource&& files, const RunOptions& options,
                       const Observer& observer) {
  return apply(database, files, options, observer);
}
inline RunReport status(Database& database, FakeSource&& files, const RunOptions& options,
                        const Observer& observer) {
  return status(database, files, options, observer);
}
inline RunReport plan(Database& database, FakeSource&& files, const RunOptions& options,
                      const Observer& observer) {
  return plan(database, files, options, observer);
}

inline RunReport repair(Database& database, FakeSource&& files, const RepairRequest& request,
                        const RunOptions& options, const Observer& observer) {
  return repair(database, files, request, options, observer);
}

inline RunReport undo(Database& database, FakeSource&& files, const UndoRequest& request,
                      const RunOptions& options, const Observer& observer) {
  return undo(database, files, request, options, observer);
}

// A whole set, every file read.
struct MigrationDirectory {
  std::vector<SourceFile> files;
  std::vector<Migration> migrations;  // in version order
  std::vector<Problem> problems;
};

inline MigrationDirectory parse_directory(std::vector<SourceFile> files,
                                          const DirectoryFormat& format = {}) {
  const FakeSource source(files);
  auto listing = list_migrations(source.entries(), format);
  MigrationDirectory directory{std::move(files), {}, std::move(listing.problems)};
  for (const auto& file : listing.files) {
    directory.migrations.push_back(
        parse_migration(directory.files[file.entry], file.name, directory.problems));
  }
  return directory;
}

// What read_plan (engine/file_reading.h) makes when the ledger's rows are all whole; the steps have
// their statements.
inline Plan make_plan(const MigrationDirectory& directory, const std::vector<Revision>& revisions,
                      Dialect dialect, const Selection& selection = {}) {
  FakeSource source(directory.files);
  Planner planner(source.entries(), revisions, dialect, {}, selection);
  planner.keep_statements();
  source.read(planner.wanted(), [&](const SourceFile& file) { planner.take(file); });
  return planner.finish();
}

}  // namespace engine
