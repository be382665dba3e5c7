// Where a service answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/environment.h"

namespace runtime {

// AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, without a trailing slash. `service` as in the
// variable: "S3", "STS", "SECRETS_MANAGER". Throws Error(kConfiguration), naming the variable, when
// it is not an http(s) URL.
std::optional<std::string> find_endpoint_override(const Environment& environment,
                                                  std::string_view service);

// "amazonaws.com", or the suffix of the region's partition.
std::string_view dns_suffix(std::string_view region);

// Throws Error(kConfiguration) unless it looks like a region: lower-case letters, digits and
// hyphens. A region becomes part of a host name, so nothing else may pass.
void check_region(std::string_view region);

// The override, else "https://<prefix>.<region>.<suffix>". Checks the region.
std::string regional_endpoint(const Environment& environment, std::string_view service,
                              std::string_view prefix, std::string_view region);

}  // namespace runtime
