#include "runtime/environment.h"

#include <cstdlib>

namespace runtime {

Environment Environment::of_process() {
  Environment environment;
  environment.variables_.reset();
  return environment;
}

std::optional<std::string> Environment::find(std::string_view name) const {
  std::string value;
  if (variables_) {
    const auto found = variables_->find(name);
    if (found != variables_->end()) value = found->second;
  } else if (const char* found = std::getenv(std::string(name).c_str())) {
    value = found;
  }
  if (value.empty()) return std::nullopt;
  return value;
}

std::string Environment::get_or(std::string_view name, std::string_view fallback) const {
  return find(name).value_or(std::string(fallback));
}

}  // namespace runtime
