// Flyway's settings, as an event would say them.
#pragma once

#include "handler/flyway_config.h"
#include "handler/settings.h"
#include "handler/source.h"

namespace handler {

// `folder` is the one the file lies in, `name` the file for messages.
Settings make_flyway_settings(const FlywayConfig& config, const std::string& name,
                              const Source& folder);

}  // namespace handler
