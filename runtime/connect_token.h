// Database passwords that are presigned requests: Aurora DSQL and RDS IAM tokens.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/credentials.h"
#include "runtime/secret.h"

namespace runtime {

// The token for `user` on an Aurora DSQL endpoint: "HOST/?Action=DbConnect...&X-Amz-Signature=...".
// User "admin" gets action DbConnectAdmin, every other user DbConnect.
// Source: aurora-dsql user guide, SECTION_authentication-token; botocore signers.py.
Secret make_dsql_token(const Credentials& credentials, std::string_view host, std::string_view user,
                       std::string_view region, std::chrono::system_clock::time_point now,
                       std::chrono::seconds expires_in = std::chrono::seconds{900});

// The RDS/Aurora PostgreSQL IAM token: service rds-db, Action=connect, DBUser, host with port.
Secret make_rds_token(const Credentials& credentials, std::string_view host, int port,
                      std::string_view user, std::string_view region,
                      std::chrono::system_clock::time_point now);

}  // namespace runtime
