// The process environment as a value, so that nothing below main reads it behind a test's back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

// A snapshot of variables. Lambda sets the credentials once a sandbox, but a snapshot is taken at
// each invocation: it costs microseconds and is right under every host.
class Environment {
 public:
  Environment() = default;
  using Variables = std::map<std::string, std::string, std::less<>>;

  explicit Environment(Variables variables);

  // The variables of this process, now.
  static Environment of_process();

  // The value, or nullopt when unset. An empty value counts as unset (as the AWS SDKs do).
  std::optional<std::string> find(std::string_view name) const;
  std::string get_or(std::string_view name, std::string_view fallback) const;

 private:
  Variables variables_;
};

}  // namespace runtime
