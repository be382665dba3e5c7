// AWS credentials: where they come from, and how they are exchanged for another account's.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/secret.h"
#include "runtime/surroundings.h"

namespace runtime {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty for long-lived keys
  std::optional<std::chrono::system_clock::time_point> expires_at;
};

// Environment variables (AWS_ACCESS_KEY_ID, ...), else the container endpoint
// (AWS_CONTAINER_CREDENTIALS_FULL_URI with AWS_CONTAINER_AUTHORIZATION_TOKEN[_FILE], or
// ..._RELATIVE_URI on 169.254.170.2). The instance metadata address is never asked.
// Throws Error(kConfiguration) when there is none, kAccessDenied/kNetwork when the endpoint fails.
Credentials load_credentials(const Environment& environment, Http& http, Deadline deadline,
                             Surroundings surroundings = Surroundings::of_process());

struct AssumeRoleRequest {
  std::string role_arn;
  std::string external_id;   // "" for none
  std::string session_name;  // [A-Za-z0-9+=,.@-]{2,64}
  std::string region;        // the regional STS endpoint is used
};

// STS AssumeRole with `base` (AWS_ENDPOINT_URL_STS / AWS_ENDPOINT_URL honoured).
Credentials assume_role(const AssumeRoleRequest& request, const Credentials& base,
                        const Environment& environment, Http& http, Deadline deadline,
                        Surroundings surroundings = Surroundings::of_process());

}  // namespace runtime
