// A scripted HTTP/1.1 server on a loopback port: shows byte for byte what a client sends, and
// answers whatever the test says, in its own threads.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/http.h"

namespace test_support {

struct ReceivedRequest {
  int connection = 0;  // 1 for the first connection accepted
  std::string method;
  std::string target;  // as on the request line
  std::vector<runtime::HttpHeader> headers;
  std::string body;
};

struct ServerReply {
  int status = 200;
  std::vector<runtime::HttpHeader> headers{};  // Content-Length is added
  std::string body{};
  std::string raw{};   // when not empty, these bytes instead of the above
  bool close = false;  // close the connection after the reply
};

// Each connection has a thread; `respond` is called from it, so calls overlap when connections do,
// and it may wait (wait_for_requests, hold). Destroying the server ends every wait and joins.
class LoopbackServer {
 public:
  using Respond = std::function<ServerReply(const ReceivedRequest&)>;

  explicit LoopbackServer(Respond respond);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& target) const { return "http://" + authority() + target; }

  std::vector<ReceivedRequest> requests() const;
  int connections() const;
  int most_in_flight() const;  // requests received and not yet answered, at most

  // Waits until `count` requests (with that target, if one is given) have been received in all, or
  // the server is being destroyed. The test's own time-out is the bound.
  void wait_for_requests(std::size_t count, const std::string& target = {});

  // For `respond`: does not return before release() or the server's end.
  void hold();
  void release();

 private:
  void accept_connections();
  void serve(int socket, int connection);
  ServerReply answer(const ReceivedRequest& request);

  Respond respond_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ReceivedRequest> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  int in_flight_ = 0;
  int most_in_flight_ = 0;
  bool released_ = false;
  bool ending_ = false;
  std::thread acceptor_;
};

}  // namespace test_support
