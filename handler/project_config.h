// The settings of one environment in a project's aurora.hcl or atlas.hcl.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "handler/hcl_evaluate.h"

namespace handler {

struct ProjectToken {
  enum class Kind { kDsql, kRds };
  Kind kind = Kind::kDsql;
  std::string endpoint;
  std::string username;
  std::string region;   // "" when not given
  std::string profile;  // "" when not given
};

struct ProjectConfig {
  std::string env;
  std::string url;                    // without the token; dsql:// when it is one of DSQL
  std::optional<ProjectToken> token;  // what the URL has in the password's place; not minted
  std::string dir;                    // migration.dir as evaluated: "file://migrations", "s3://..."
  std::string format;                 // "atlas", "flyway", ...; "" when not given
  std::string revisions_schema;
  std::string exec_order;  // "linear", "linear-skip", "non-linear"
  std::string tx_mode;     // "file", "all", "none"
  std::string baseline;
  std::optional<std::chrono::milliseconds> lock_timeout;
  std::vector<std::string> passed_over;  // keys of the migration block that have no meaning here
  // By the event's field, what is there and empty: nothing else may stand in its place unasked.
  std::map<std::string, RequestError> refused;
};

struct ProjectChoice {
  std::string env;                               // "" for the only one there is
  std::map<std::string, std::string> variables;  // for blocks `variable`, as text
};

// Evaluates the chosen env and what it refers to, and nothing else. Throws RequestError naming the
// field "config" (as parse_hcl), "env" (there is none of that name) or "variables" (likewise).
// Blocks and attributes that do not concern the running of migrations are passed over. Refused are
// for_each, a second block of a name, and keys that are nearly one that is read.
ProjectConfig read_project(const HclSource& source, const ProjectChoice& choice,
                           const HclOutside& outside);

}  // namespace handler
