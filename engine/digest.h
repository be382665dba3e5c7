// SHA-256. The only file pair of engine/ that knows OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace engine {

// 64 lower-case hexadecimal digits. Throws std::runtime_error when the library refuses to hash.
std::string sha256_hex(std::string_view bytes);

// A hash of bytes that come in pieces. Throws as sha256_hex does.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  // Of what was added so far, in base64 (RFC 4648, padded); more may be added afterwards.
  std::string base64() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace engine
