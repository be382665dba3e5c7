// STS AssumeRole as pure values: its request and its answer (the query protocol, XML).
#pragma once

#include <string>
#include <string_view>

#include "runtime/credentials.h"
#include "runtime/http.h"

namespace runtime {

// A POST of a form to `endpoint` ("https://sts.eu-west-1.amazonaws.com"), unsigned.
HttpRequest make_assume_role_request(const AssumeRoleRequest& request, const std::string& endpoint);

// The credentials of a 200 answer. Throws Error(kProtocol) when one is missing.
Credentials parse_assume_role_answer(std::string_view body);

}  // namespace runtime
