// Names as Flyway's documentation has them ("Migrations", file naming); the details that it leaves
// open are as flyway-core 13 answers (tests/data/flyway).

#include <algorithm>
#include <array>

#include "engine/format.h"
#include "engine/format_ending.h"
#include "engine/version.h"

namespace engine {
namespace {

// Flyway's documentation, "Callback events".
constexpr std::array<std::string_view, 51> kCallbacks = {
    "beforeMigrate",
    "beforeRepeatables",
    "beforeEachMigrate",
    "beforeEachMigrateStatement",
    "afterEachMigrateStatement",
    "afterEachMigrateStatementError",
    "afterEachMigrate",
    "afterEachMigrateError",
    "afterMigrate",
    "afterMigrateApplied",
    "afterVersioned",
    "afterMigrateError",
    "afterMigrateOperationFinish",
    "beforeUndo",
    "beforeEachUndo",
    "beforeEachUndoStatement",
    "afterEachUndoStatement",
    "afterEachUndoStatementError",
    "afterEachUndo",
    "afterEachUndoError",
    "afterUndo",
    "afterUndoError",
    "afterUndoOperationFinish",
    "beforeClean",
    "afterClean",
    "afterCleanError",
    "afterCleanOperationFinish",
    "beforeInfo",
    "afterInfo",
    "afterInfoError",
    "afterInfoOperationFinish",
    "beforeValidate",
    "afterValidate",
    "afterValidateError",
    "afterValidateOperationFinish",
    "beforeBaseline",
    "afterBaseline",
    "afterBaselineError",
    "afterBaselineOperationFinish",
    "beforeRepair",
    "afterRepair",
    "afterRepairError",
    "afterRepairOperationFinish",
    "beforeDeploy",
    "afterDeploy",
    "afterDeployError",
    "createSchema",
    "beforeCreateSchema",
    "beforeConnect",
    "afterConnect",
    "afterDeployOperationFinish",
};

struct Prefix {
  std::string_view text;
  MigrationKind kind;
};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool remove_suffix(std::string_view& name, const FlywayNaming& naming) {
  return std::any_of(naming.sql_migration_suffixes.begin(), naming.sql_migration_suffixes.end(),
                     [&](const std::string& suffix) { return remove_ending(name, suffix); });
}

// The longest prefix that fits, so that one may begin with another.
std::optional<Prefix> find_prefix(std::string_view name, const FlywayNaming& naming) {
  const std::array<Prefix, 4> prefixes = {
      Prefix{naming.sql_migration_prefix, MigrationKind::kVersioned},
      Prefix{naming.repeatable_sql_migration_prefix, MigrationKind::kRepeatable},
      Prefix{naming.undo_sql_migration_prefix, MigrationKind::kUndo},
      Prefix{naming.baseline_migration_prefix, MigrationKind::kBaseline}};
  std::optional<Prefix> found;
  for (const Prefix& prefix : prefixes) {
    if (!name.starts_with(prefix.text)) continue;
    if (!found || found->text.size() < prefix.text.size()) found = prefix;
  }
  return found;
}

bool is_callback(std::string_view name, const FlywayNaming& naming) {
  const std::string_view event = name.substr(0, name.find(naming.sql_migration_separator));
  return std::find(kCallbacks.begin(), kCallbacks.end(), event) != kCallbacks.end();
}

NameReading make_callback() {
  return {std::nullopt, "it is a callback of Flyway's, and callbacks are not run",
          "Move its statements into a migration (R__ for what runs again), or take the file away."};
}

NameReading make_invalid(const std::string& fault, const FlywayNaming& naming) {
  NameReading reading;
  reading.fault = fault;
  reading.hint = "Names are " + naming.sql_migration_prefix + "1.2" +
                 naming.sql_migration_separator + "description" +
                 naming.sql_migration_suffixes.front() + " or " +
                 naming.repeatable_sql_migration_prefix + naming.sql_migration_separator +
                 "description" + naming.sql_migration_suffixes.front() +
                 "; Flyway leaves such a file out unless validateMigrationNaming is on.";
  reading.severity = naming.validate_migration_naming ? Severity::kError : Severity::kWarning;
  return reading;
}

std::string replaced(std::string_view text, char from, char to) {
  std::string out(text);
  std::replace(out.begin(), out.end(), from, to);
  return out;
}

NameReading read_version_and_description(std::string_view rest, MigrationKind kind,
                                         const FlywayNaming& naming) {
  const std::size_t at = rest.find(naming.sql_migration_separator);
  MigrationName name;
  name.kind = kind;
  name.version = replaced(rest.substr(0, at), '_', '.');
  if (at != std::string_view::npos) {
    name.description = replaced(rest.substr(at + naming.sql_migration_separator.size()), '_', ' ');
  }
  if (kind == MigrationKind::kRepeatable) {
    if (!name.version.empty()) return make_invalid("a repeatable migration has no version", naming);
    name.version = make_repeatable_key(name.description);
  } else if (!is_dotted_number(name.version)) {
    return make_invalid("the version '" + name.version + "' is not made of numbers and dots",
                        naming);
  }
  return {std::move(name), "", ""};
}

}  // namespace

NameReading read_flyway_name(std::string_view path, const FlywayNaming& naming) {
  std::string_view name = base_name(path);
  if (is_hidden(path) || !remove_suffix(name, naming)) return {};
  if (is_callback(name, naming)) return make_callback();
  const std::optional<Prefix> prefix = find_prefix(name, naming);
  if (!prefix) return make_invalid("the name does not begin with a prefix of Flyway's", naming);
  name.remove_prefix(prefix->text.size());
  return read_version_and_description(name, prefix->kind, naming);
}

}  // namespace engine
