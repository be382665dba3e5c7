// What the fields of a request have to be beside each other.
#pragma once

#include "handler/request.h"

namespace handler {

// Throws RequestError naming the field that does not go with the others, or is missing beside them.
void check_request(const Request& request);

}  // namespace handler
