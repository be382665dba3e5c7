#include "tests/support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace test_support {
namespace {

// Reads a request off a socket; keeps what came after it for the next one.
class RequestReader {
 public:
  explicit RequestReader(int socket) : socket_(socket) {}

  std::optional<ReceivedRequest> next() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return std::nullopt;
    }
    ReceivedRequest request = parse_head(buffer_.substr(0, end + 2));
    buffer_.erase(0, end + 4);
    const auto length = runtime::find_header(request.headers, "Content-Length");
    const std::size_t size = length ? std::stoul(std::string(*length)) : 0;
    while (buffer_.size() < size) {
      if (!read_more()) return std::nullopt;
    }
    request.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return request;
  }

 private:
  bool read_more() {
    char bytes[65536];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  static ReceivedRequest parse_head(const std::string& head) {
    ReceivedRequest request;
    std::size_t begin = head.find("\r\n") + 2;
    const std::size_t space = head.find(' ');
    request.method = head.substr(0, space);
    request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    for (std::size_t end = 0; begin < head.size(); begin = end + 2) {
      end = head.find("\r\n", begin);
      const std::size_t colon = head.find(':', begin);
      const std::size_t value = std::min(head.find_first_not_of(' ', colon + 1), end);
      request.headers.push_back(
          {head.substr(begin, colon - begin), head.substr(value, end - value)});
    }
    return request;
  }

  int socket_;
  std::string buffer_;
};

std::string make_reply_bytes(const ServerReply& reply, bool head_only) {
  if (!reply.raw.empty()) return reply.raw;
  std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const auto& header : reply.headers) bytes += header.name + ": " + header.value + "\r\n";
  if (reply.status >= 200) {
    bytes += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  }
  return bytes + "\r\n" + (head_only ? "" : reply.body);
}

bool send_bytes(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

LoopbackServer::LoopbackServer(Respond respond) : respond_(std::move(respond)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no loopback port to listen on");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void LoopbackServer::accept_connections() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    if (ending_) return;
    const int connection = static_cast<int>(sockets_.size());
    threads_.emplace_back([this, socket, connection] { serve(socket, connection); });
  }
}

void LoopbackServer::serve(int socket, int connection) {
  RequestReader reader(socket);
  while (auto request = reader.next()) {
    request->connection = connection;
    const ServerReply reply = answer(*request);
    const bool sent = send_bytes(socket, make_reply_bytes(reply, request->method == "HEAD"));
    if (!sent || reply.close) break;
  }
  shutdown(socket, SHUT_RDWR);
}

ServerReply LoopbackServer::answer(const ReceivedRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  }
  changed_.notify_all();
  ServerReply reply = respond_(request);
  const std::lock_guard lock(mutex_);
  --in_flight_;
  return reply;
}

std::vector<ReceivedRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int LoopbackServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(sockets_.size());
}

int LoopbackServer::most_in_flight() const {
  const std::lock_guard lock(mutex_);
  return most_in_flight_;
}

void LoopbackServer::wait_for_requests(std::size_t count, const std::string& target) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    const auto wanted = [&](const auto& one) { return target.empty() || one.target == target; };
    return ending_ ||
           std::count_if(requests_.begin(), requests_.end(), wanted) >= static_cast<long>(count);
  });
}

void LoopbackServer::hold() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ending_ || released_; });
}

void LoopbackServer::release() {
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
  }
  changed_.notify_all();
}

}  // namespace test_support
