// Which database is migrated: the event's `target`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/dialect.h"
#include "runtime/secret.h"

namespace handler {

struct Target {
  engine::Dialect dialect = engine::Dialect::kDsql;
  std::string user;
  std::optional<runtime::Secret> password;  // postgres:// only, when the URL carries one
  std::string host;                         // the name verified by TLS and signed into a token
  std::string hostaddr;  // connect here instead of resolving `host`; "" to resolve
  int port = 5432;
  std::string database;
  std::string region;       // of the endpoint; "" when a postgres:// target names none
  std::string cluster_id;   // DSQL over the raw vpce-... name (private DNS off), else ""
  std::string sslmode;      // verify-full unless the URL says otherwise
  std::string sslrootcert;  // a PEM file, "" for the default bundle
  std::string search_path;  // of the session, as SET search_path TO has it; "" for the server's

  // "dsql://admin@HOST:PORT/postgres": safe to log and to answer, without password and parameters.
  std::string to_string() const;
  // The host name the token is signed for. Source: Aurora DSQL user guide,
  // "Managing clusters with AWS PrivateLink": <id>.dsql.<region>.on.aws for a raw vpce name.
  std::string token_host() const;
};

// "dsql://[USER@]HOST[:PORT][/postgres][?region=&hostaddr=&sslrootcert=&clusterId=&sslmode=]" or
// "postgres://USER[:PASSWORD]@HOST[:PORT]/DB[?sslmode=&sslrootcert=&hostaddr=&region=]", both with
// search_path. The region of a DSQL target is read from its endpoint (also
// *.dsql-SUFFIX.REGION.on.aws), else `region`.
// Throws RequestError naming the field "target"; the message never repeats the URL.
Target parse_target(std::string_view text);

// The region in an Aurora DSQL or RDS endpoint's name, "" when it holds none.
std::string find_endpoint_region(std::string_view host);

// Whether the name is that of an Aurora DSQL endpoint: ID.dsql.REGION.on.aws and the like.
bool is_dsql_endpoint(std::string_view host);

}  // namespace handler
