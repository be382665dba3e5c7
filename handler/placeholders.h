// What an event says of placeholders and of Flyway's names, as the engine takes it.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "engine/format.h"
#include "handler/request.h"

namespace handler {

// The field `flyway`: keys of Flyway's configuration that say how files are named and what a
// placeholder looks like. Throws RequestError naming the field and the key.
void set_flyway_options(const std::map<std::string, std::string>& options,
                        engine::DirectoryFormat* format);

// Flyway's own placeholders, for those that the request does not give itself. `now` is shown in
// UTC, as 2026-11-27 09:08:07.
void add_own_placeholders(const Request& request, std::chrono::system_clock::time_point now,
                          engine::Placeholders* placeholders);

}  // namespace handler
