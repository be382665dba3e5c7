// The configuration file that an event names: found, read, and turned into settings.
#pragma once

#include "handler/settings.h"
#include "runtime/environment.h"
#include "runtime/http.h"

namespace handler {

struct ConfigurationContext {
  const runtime::Environment& environment;
  runtime::Http& http;
  runtime::Deadline deadline;
};

// `config` is file:///FILE, s3://BUCKET/KEY, or a name that is looked for in the source (beside it
// when that is an archive; in the function's package when there is no source). Its ending tells
// what it is: .hcl, .conf or .toml. At most 1 MiB is read of it, and of each file it names, which
// have to lie in its folder or below.
Settings read_settings(const ConfigChoice& choice, const ConfigurationContext& context);

}  // namespace handler
