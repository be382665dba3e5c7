// An aurora.hcl's or atlas.hcl's environment, as an event would say it.
#pragma once

#include "handler/project_config.h"
#include "handler/settings.h"
#include "handler/source.h"

namespace handler {

// `folder` is the one the file lies in, `name` the file for messages.
Settings make_project_settings(const ProjectConfig& config, const std::string& name,
                               const Source& folder);

}  // namespace handler
