// The migration files as values: their order, from the names alone, and what is in each. The rest
// of the engine sees these and never a file format or a place files come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/directives.h"
#include "engine/problem.h"
#include "engine/source.h"
#include "engine/statement.h"
#include "engine/version.h"

namespace engine {

struct Migration {
  std::string version;      // the name's digits, as written: "20260101120000"
  std::string description;  // "add_users" from 20260101120000_add_users.sql; may be ""
  std::string file;         // SourceFile::name
  std::string location;
  std::string source_version;
  std::string source_etag;
  std::uint64_t source_size = 0;
  std::string checksum;                        // "sha256:" + hex of the file's bytes
  std::optional<TransactionMode> transaction;  // -- migrate:transaction, when the file says so
  std::vector<Statement> statements;
};

// The order of the files, before any is read.
struct Listing {
  struct File {
    std::string version;
    std::size_t entry;  // into what it was made from
  };
  std::vector<File> files;        // in version order
  std::vector<Problem> problems;  // errors here forbid a run
};

// Names are VERSION_description.sql or VERSION.sql, VERSION all digits (the aurora and Atlas way);
// versions compare as numbers of any length, and two that are equal are a problem. A .sql file
// that has another name is a problem; a file that is not .sql (README, atlas.sum) and a file in a
// sub-folder are left out. An empty set gives no problem: whether it is an error is the caller's
// option.
Listing list_migrations(std::span<const SourceEntry> entries);

// What is in a file of a Listing. A UTF-8 byte order mark is dropped; bytes that are not UTF-8, a
// NUL and every lexing error are problems with line and column.
Migration parse_migration(const SourceFile& file, std::vector<Problem>& problems);

// The same without its statements: nothing is looked for in the bytes.
Migration identify_migration(const SourceFile& file);

}  // namespace engine
