// The table people know from Flyway's info.
#pragma once

#include <string>
#include <vector>

#include "engine/info.h"

namespace handler {

// A line a migration, its columns as wide as their longest text; ends with a line end.
std::string make_info_table(const std::vector<engine::MigrationInfo>& migrations);

}  // namespace handler
