// An https server on a loopback port with a certificate made for the occasion.
#pragma once

#include <memory>
#include <string>

namespace test_support {

// Answers every request "hello", one connection at a time, under a self-signed certificate that
// names `host` alone. Connections that fail their handshake are dropped.
class TlsServer {
 public:
  explicit TlsServer(const std::string& host);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const;
  std::string certificate_file() const;  // PEM; removed with the server

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace test_support
