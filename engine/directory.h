// The migration files as a value. The rest of the engine sees a MigrationDirectory and never a
// file format or a place files come from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/directives.h"
#include "engine/problem.h"
#include "engine/statement.h"
#include "engine/version.h"

namespace engine {

// A file as it was loaded, whatever from.
struct SourceFile {
  std::string name;  // path below the source's root, '/'-separated: "20260101_init.sql"
  std::string bytes;
  std::string location;    // where a person finds it: "s3://bucket/prefix/20260101_init.sql"
  std::string version_id;  // the source's own version of it (S3 version id, else ETag), or ""
};

struct Migration {
  std::string version;      // the name's digits, as written: "20260101120000"
  std::string description;  // "add_users" from 20260101120000_add_users.sql; may be ""
  std::string file;         // SourceFile::name
  std::string location;
  std::string source_version;
  std::string checksum;                        // "sha256:" + hex of the file's bytes
  std::optional<TransactionMode> transaction;  // -- migrate:transaction, when the file says so
  std::vector<Statement> statements;
};

struct MigrationDirectory {
  std::vector<Migration> migrations;  // in version order
  std::vector<Problem> problems;      // errors here forbid a run
};

// Names are VERSION_description.sql or VERSION.sql, VERSION all digits (the aurora and Atlas way);
// versions compare as numbers of any length, and two that are equal are a problem. A .sql file
// that has another name is a problem; a file that is not .sql (README, atlas.sum) and a file in a
// sub-folder are left out. A UTF-8 byte order mark is dropped; bytes that are not UTF-8, a NUL and
// every lexing error are problems with line and column. An empty set gives no problem: whether it
// is an error is the caller's option.
MigrationDirectory parse_directory(const std::vector<SourceFile>& files);

}  // namespace engine
