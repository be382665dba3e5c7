// From a target to a connection: libpq parameters and the password for each attempt.
#pragma once

#include "engine/pg_database.h"
#include "handler/request.h"
#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"

namespace handler {

// What the connection needs of AWS. All references must outlive the returned settings.
struct ConnectContext {
  const runtime::Credentials& credentials;
  const runtime::Environment& environment;
  runtime::Http& http;
  runtime::Deadline deadline;
};

// libpq parameters of the target, and a password source: for dsql:// an IAM token signed anew for
// each attempt; for postgres:// iamAuth, passwordSecret, the URL's password or MIGRATE_PASSWORD, in
// that order. With roleArn the token is signed by the assumed role, whose credentials are asked
// once and again when they are about to end. The password source throws runtime::Error.
engine::ConnectionSettings make_connection_settings(const Request& request,
                                                    const ConnectContext& context);

}  // namespace handler
