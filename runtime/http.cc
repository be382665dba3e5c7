#include "runtime/http.h"

#include <utility>

#include "runtime/ascii.h"

namespace runtime {

HttpOutcome Http::send(const HttpRequest& request, Deadline deadline) {
  return std::move(send_all(std::span(&request, 1), 1, deadline).front());
}

std::optional<std::string_view> find_header(std::span<const HttpHeader> headers,
                                            std::string_view name) {
  for (const HttpHeader& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

}  // namespace runtime
