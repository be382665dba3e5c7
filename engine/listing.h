// The order of migration files, from their names alone: before any is read, whatever the format.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/directives.h"
#include "engine/format.h"
#include "engine/problem.h"
#include "engine/script_config.h"
#include "engine/source.h"

namespace engine {

struct Listing {
  struct File {
    MigrationName name;
    std::size_t entry;                                          // into what it was made from
    std::optional<std::size_t> script_config = std::nullopt;    // Flyway: NAME.sql.conf beside it
    bool replaces = false;                                      // its placeholders get their values
    std::optional<TransactionMode> transaction = std::nullopt;  // as the script config says

    // What its script config says, once it has been read.
    void heed(const ScriptConfig& config);
  };
  // nullopt when several formats fit: then there is that problem, and no file.
  std::optional<Format> format;
  std::vector<File> files;        // versioned and repeatable ones, in the order they run
  std::vector<File> baselines;    // of files that stand for others (baseline_file.h), by version
  std::vector<File> undo_files;   // by version, each of which may have several
  std::vector<Problem> problems;  // errors here forbid a run

  bool has_errors() const;
};

// Without a named format the one that fits the names, the atlas way when none does. Left out are
// files the format does not read (README, atlas.sum, what is hidden). Versions compare as version.h
// has them, and two of one kind that are equal are a problem, but for those that undo. An empty set
// gives no problem: whether it is an error is the caller's option.
Listing list_migrations(std::span<const SourceEntry> entries, const DirectoryFormat& wanted = {});

// The highest version, "" for none, of files in the order they run.
std::string find_last_version(const std::vector<Listing::File>& files);

}  // namespace engine
