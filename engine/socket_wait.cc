#include "engine/socket_wait.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

namespace engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int poll_time(Deadline deadline) {
  if (deadline == Deadline::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

}  // namespace

short wait_for(int socket, short events, Deadline deadline) {
  for (;;) {
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, poll_time(deadline));
    if (ready > 0) return entry.revents;
    if (ready == 0 && steady_clock::now() >= deadline) return 0;
    if (ready < 0 && errno != EINTR) return POLLERR;
  }
}

bool is_reachable(const char* address, const char* port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address, port, &hints, &found) != 0) return false;
  const int probe = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int error = probe < 0 ? errno : 0;
  if (probe >= 0 && connect(probe, found->ai_addr, found->ai_addrlen) != 0) error = errno;
  if (error == EINPROGRESS) {
    socklen_t length = sizeof error;
    const bool answered = wait_for(probe, POLLOUT, deadline) != 0;
    if (!answered || getsockopt(probe, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = EIO;
  }
  freeaddrinfo(found);
  if (probe >= 0) close(probe);
  return error == 0;
}

}  // namespace engine
