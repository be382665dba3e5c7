// URLs as the configuration files of other tools have them, turned into an event's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handler/project_config.h"
#include "handler/settings.h"
#include "handler/source.h"

namespace handler {

// The database of a configuration file, before it is a `target`.
struct SettingUrl {
  std::string text;                   // dsql://, postgres:// or postgresql://
  std::optional<ProjectToken> token;  // what stands for its password
  std::string user = {};              // when the URL has none
  std::string password = {};          // likewise
  std::string search_path = {};       // likewise
};

// Sets the fields target and iamAuth. A token's endpoint, user and region have to be those of the
// URL. A host of Aurora DSQL makes it dsql://, whatever the scheme, and then sslmode and password
// are left out: the function verifies in full, and signs tokens itself. Parameters that a target
// does not know are left out with a warning. No message repeats the URL.
void set_target(const SettingUrl& url, Settings* settings);

// Sets the field source, from a folder as the file names it: below `folder` (the file's own) unless
// it is absolute or s3://; "file://" before it may be left out. `?format=` is taken off and
// returned, "" for none.
std::string set_source(std::string_view dir, const Source& folder, Settings* settings);

}  // namespace handler
