// AWS Secrets Manager: GetSecretValue, for a plain PostgreSQL target's password.
#pragma once

#include <string>

#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/secret.h"
#include "runtime/surroundings.h"

namespace runtime {

// The SecretString of a secret, by name or ARN (an ARN's own region wins over `region`).
// AWS_ENDPOINT_URL_SECRETS_MANAGER / AWS_ENDPOINT_URL honoured. Throws Error.
Secret get_secret_value(const std::string& secret_id, const std::string& region,
                        const Credentials& credentials, const Environment& environment, Http& http,
                        Deadline deadline, Surroundings surroundings = Surroundings::of_process());

// The password in a SecretString: the member "password" of a JSON object (as RDS writes it), or
// the whole string when it is not a JSON object. Throws Error(kConfiguration) when the object has
// no string member "password".
Secret parse_password(const Secret& secret_string);

}  // namespace runtime
