// Versions of migrations, and the keys that stand for one in the ledger where there is none. Their
// text alone says how they compare, so a ledger's row needs no format.
#pragma once

#include <string>
#include <string_view>

namespace engine {

// Digits in parts separated by dots, as Flyway has them ("20260101", "1.2"); in front of a file's
// name and a '/' in folders ("2/001_users.sql").
bool is_dotted_number(std::string_view text);

// The key of a repeatable migration: "R:monthly report" for R__monthly_report.sql.
std::string make_repeatable_key(std::string_view description);

// Whether it is a version rather than a key of that kind, which begins with a letter.
bool is_version(std::string_view key);

// <0, 0, >0 as version a sorts before, with, after b. Parts compare as numbers of any length and
// missing ones are zero: 1 = 01 = 1.0 < 1.2 = 1.02 < 1.10. Of one folder, names compare by bytes.
// Keys that are no version come after all that are, by bytes.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace engine
