// Waiting for a socket with a deadline: poll(2) through interruptions.
#pragma once

#include "engine/deadline.h"

namespace engine {

// Of `events` (POLLIN, POLLOUT) those that are there, or POLLERR; 0 at the deadline.
short wait_for(int socket, short events, Deadline deadline);

// Whether something listens there by then. Both are numbers, as text; the socket is closed again.
bool is_reachable(const char* address, const char* port, Deadline deadline);

}  // namespace engine
