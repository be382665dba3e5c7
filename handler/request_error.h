// An event, variable or URL the function cannot work with. Nothing has been read or applied.
#pragma once

#include <stdexcept>
#include <string>

namespace handler {

// what() names the field and where it came from; it never repeats the value of a target (it may
// hold a password) or of a ResponseURL.
class RequestError final : public std::runtime_error {
 public:
  RequestError(std::string field, const std::string& message, std::string hint = {})
      : std::runtime_error(message), field_(std::move(field)), hint_(std::move(hint)) {}

  const std::string& field() const { return field_; }  // "lockTimeout"; "" for the event as a whole
  const std::string& hint() const { return hint_; }

 private:
  std::string field_;
  std::string hint_;
};

}  // namespace handler
