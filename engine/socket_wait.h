// Waiting for a socket with a deadline: poll(2) through interruptions.
#pragma once

#include "engine/deadline.h"

namespace engine {

// Of `events` (POLLIN, POLLOUT) those that are there, or POLLERR; 0 at the deadline.
short wait_for(int socket, short events, Deadline deadline);

}  // namespace engine
