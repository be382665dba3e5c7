// The migration files as values: what is in each. The rest of the engine sees these and never a
// file format or a place files come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/directives.h"
#include "engine/listing.h"
#include "engine/problem.h"
#include "engine/source.h"
#include "engine/statement.h"
#include "engine/version.h"

namespace engine {

struct Migration {
  MigrationKind kind = MigrationKind::kVersioned;
  std::string version;      // as listed: "20260101120000", "1.2", "2/001_users.sql", "R:views"
  std::string description;  // "add_users" from 20260101120000_add_users.sql; may be ""
  std::string file;         // SourceFile::name
  std::string location;
  std::string source_version;
  std::string source_etag;  // "" also of a repeatable file with placeholders: it alone says nothing
  std::uint64_t source_size = 0;
  std::string checksum;  // "sha256:" + hex of the file's bytes; of a repeatable one with
                         // placeholders of its text with their values
  std::optional<TransactionMode> transaction;  // -- migrate:transaction, when the file says so
  bool checkpoint = false;                     // -- atlas:checkpoint
  std::vector<Statement> statements;
};

// What is in a file of a Listing. A UTF-8 byte order mark is dropped; bytes that are not UTF-8, a
// NUL, a placeholder without a value and every lexing error are problems with line and column. With
// `placeholders` they have their values, and places are those of the file nevertheless.
Migration parse_migration(const SourceFile& file, const MigrationName& name,
                          std::vector<Problem>& problems,
                          const Placeholders* placeholders = nullptr);

// The same as the listing says it is to be read; what the file itself says of its transaction
// counts more than its script config.
Migration parse_listed(const SourceFile& file, const Listing::File& listed,
                       const Placeholders& placeholders, std::vector<Problem>& problems);

// The same without its statements: nothing is looked for in the bytes.
Migration identify_migration(const SourceFile& file, const MigrationName& name);

}  // namespace engine
