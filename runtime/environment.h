// The process environment as a value, so that nothing below main reads it behind a test's back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runtime {

// Variables given, or those of the process, which are looked up when they are asked for and not
// copied: a start asks for six of forty.
class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  Environment() : Environment(Variables{}) {}
  explicit Environment(Variables variables) : variables_(std::move(variables)) {}

  static Environment of_process();

  // The value, or nullopt when unset. An empty value counts as unset (as the AWS SDKs do).
  std::optional<std::string> find(std::string_view name) const;
  std::string get_or(std::string_view name, std::string_view fallback) const;

 private:
  std::optional<Variables> variables_;  // nullopt: the process's
};

}  // namespace runtime
