// Versions of migrations. Their text alone says how they compare, so a ledger's row needs no
// format.
#pragma once

#include <string_view>

namespace engine {

// Digits in parts separated by dots, as Flyway has them ("20260101", "1.2"); in front of a file's
// name and a '/' in folders ("2/001_users.sql").
bool is_dotted_number(std::string_view text);

// <0, 0, >0 as version a sorts before, with, after b. Parts compare as numbers of any length and
// missing ones are zero: 1 = 01 = 1.0 < 1.2 = 1.02 < 1.10. Of one folder, names compare by bytes.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace engine
