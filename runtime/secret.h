// A value that must never be printed: keys, session tokens, passwords, presigned URLs.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace runtime {

// Holds a secret and prints as its length ("<secret, 40 bytes>"). The only way to the value is
// reveal(), so a reader can find each place that uses it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << "<secret, " << secret.value_.size() << " bytes>";
  }

 private:
  std::string value_;
};

}  // namespace runtime
