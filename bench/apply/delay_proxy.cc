// delay_proxy PORT MICROSECONDS COUNTER: a TCP proxy in front of a server on this machine that is
// some time away; what passes it arrives half a round trip later. Prints its own port, and ends
// with its standard input. In the file COUNTER it counts how often its clients had to wait for the
// server: each connect, and each time one sends after it was answered (an int32 of this machine).
//
// A program of its own, since timers of an event loop come up to a millisecond late, and what it
// delays would have to wait for an interpreter.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

struct Chunk {
  Clock::time_point due;
  std::vector<char> bytes;
};

struct Way {
  int from;
  int to;
  std::deque<Chunk> chunks;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void send_at_once(int connection) {
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// False when there is nothing more to come.
bool take(Way& way, microseconds half) {
  std::vector<char> bytes(1 << 16);
  const ssize_t size = read(way.from, bytes.data(), bytes.size());
  if (size <= 0) return false;
  bytes.resize(static_cast<std::size_t>(size));
  way.chunks.push_back({Clock::now() + half, std::move(bytes)});
  return true;
}

bool give_what_is_due(Way& way) {
  while (!way.chunks.empty() && way.chunks.front().due <= Clock::now()) {
    const std::vector<char>& bytes = way.chunks.front().bytes;
    for (std::size_t given = 0; given < bytes.size();) {
      const ssize_t size = send(way.to, &bytes[given], bytes.size() - given, MSG_NOSIGNAL);
      if (size <= 0) return false;
      given += static_cast<std::size_t>(size);
    }
    way.chunks.pop_front();
  }
  return true;
}

timespec time_to_next(const std::array<Way, 2>& ways) {
  std::chrono::nanoseconds wait = std::chrono::hours(1);
  for (const Way& way : ways) {
    if (!way.chunks.empty()) wait = std::min(wait, way.chunks.front().due - Clock::now());
  }
  wait = std::max(wait, std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
  return {.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
}

void serve(int client, int port, microseconds half, std::atomic<std::int32_t>& waits) {
  std::this_thread::sleep_for(half * 2);  // the connection's own
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::array<Way, 2> ways{Way{client, server, {}}, Way{server, client, {}}};
  for (const Way& way : ways) send_at_once(way.to);
  bool asked = false;
  while (open) {
    std::array<pollfd, 2> ready{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    const timespec wait = time_to_next(ways);
    ppoll(ready.data(), ready.size(), &wait, nullptr);
    for (std::size_t i = 0; i < ways.size(); ++i) {
      if (ready[i].revents == 0) continue;
      open = open && take(ways[i], half);
      if (i == 0 && !asked) ++waits;
      asked = i == 0;
    }
    for (Way& way : ways) open = give_what_is_due(way) && open;
  }
  // What is still on its way arrives.
  std::this_thread::sleep_for(half);
  for (Way& way : ways) give_what_is_due(way);
  close(client);
  close(server);
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::atomic<std::int32_t>& map_counter(const char* file) {
  const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(std::int32_t)) != 0) fail(file);
  void* memory = mmap(nullptr, sizeof(std::int32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) fail(file);
  return *static_cast<std::atomic<std::int32_t>*>(memory);
}

void accept_all(int listener, int port, microseconds half, std::atomic<std::int32_t>& waits) {
  while (true) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) fail("accept");
    ++waits;
    std::thread(serve, client, port, half, std::ref(waits)).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  prctl(PR_SET_TIMERSLACK, 1000UL);  // nanoseconds, for the threads to come, too
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("listen");
  }
  std::atomic<std::int32_t>& waits = map_counter(argv[3]);
  const microseconds half(std::stol(argv[2]) / 2);
  std::thread(accept_all, listener, std::stoi(argv[1]), half, std::ref(waits)).detach();
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}
