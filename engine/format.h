// How the names of a directory's files are read: one reader a format, all with the same answer. A
// name is a path below the source's root, '/'-separated.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/placeholders.h"
#include "engine/problem.h"

namespace engine {

enum class Format {
  kAtlas,    // VERSION_description.sql, as aurora and Atlas have it
  kFlyway,   // V1__description.sql, R__, U1__, B1__, in any sub-folder
  kFolders,  // v1/any_name.sql, v2/..., as the sequelize tutorial has it
};

enum class MigrationKind {
  kVersioned,   // once
  kRepeatable,  // after all versioned ones, again when it changes; has no version
  kUndo,        // takes the versioned one of the same version back; only when asked to
  kBaseline,    // on an empty database, instead of the versioned ones up to its version
};

// As the ledger has it: "versioned", "repeatable", "undo", "baseline-file" (a "baseline" is marked
// by hand).
const char* to_string(MigrationKind kind);

struct MigrationName {
  MigrationKind kind = MigrationKind::kVersioned;
  std::string version;  // or the key of a repeatable one, see version.h
  std::string description;
};

// Exactly one of three: `name`; a `fault`; neither, for a file the format leaves out.
struct NameReading {
  std::optional<MigrationName> name;
  std::string fault;  // what is wrong with the name, a sentence without its end
  std::string hint;
  // kWarning when the format's own tool leaves such a file out without a word.
  Severity severity = Severity::kError;
};

struct FlywayNaming {  // named as Flyway's configuration names them
  std::string sql_migration_prefix = "V";
  std::string repeatable_sql_migration_prefix = "R";
  std::string undo_sql_migration_prefix = "U";
  std::string baseline_migration_prefix = "B";
  std::string sql_migration_separator = "__";
  std::vector<std::string> sql_migration_suffixes = {".sql"};
  bool validate_migration_naming = false;
};

// How a directory is to be read, as it was asked for.
struct DirectoryFormat {
  std::optional<Format> format;  // nullopt: the only one that fits (guess_format)
  FlywayNaming naming = {};
  Placeholders placeholders = {};
};

// VERSION_description.sql or VERSION.sql directly below the root, VERSION all digits; the ending
// .down.sql makes it an undo, .up.sql nothing else.
NameReading read_atlas_name(std::string_view path);

// As Flyway reads it: the prefix with its case, the suffix in any; '_' in a version is '.' and in
// a description a blank. Not taken, though Flyway does: a version with a sign or with digits that
// are not ASCII.
NameReading read_flyway_name(std::string_view path, const FlywayNaming& naming = {});

// vN/name.sql, N digits with dots: the version is "N/name.sql".
NameReading read_folders_name(std::string_view path);

NameReading read_name(Format format, std::string_view path, const FlywayNaming& naming);

// The order migrations of one directory run in: baseline and versioned by version (a baseline
// first), then repeatable ones by description, then undo by version.
bool runs_before(const MigrationName& a, const MigrationName& b);

// A file or folder whose name begins with a dot, and what macOS puts beside files in a zip.
bool is_hidden(std::string_view path);

// "atlas", "flyway", "folders"; nullopt for any other name.
std::optional<Format> find_format(std::string_view name);

// The only format that finds a migration among the names. nullopt when none or several do; `why`
// then says so with an example of each, and is "" when there is no .sql file at all.
struct FormatGuess {
  std::optional<Format> format;
  std::string why;
  bool fits_several = false;
};
FormatGuess guess_format(const std::vector<std::string>& paths, const FlywayNaming& naming = {});

// Numbers are compared as numbers here, and by bytes in aurora, Atlas and sequelize (10_b.sql runs
// before 2_a.sql there): a warning about the first pair of `files`, which are in the order they run
// in, that those tools would have run the other way round.
std::optional<Problem> find_order_change(const std::vector<std::string>& files);

}  // namespace engine
