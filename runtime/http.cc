#include "runtime/http.h"

#include <algorithm>
#include <utility>

namespace runtime {
namespace {

// ASCII only: header names are tokens (RFC 9110, 5.6.2), and the locale must not matter.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

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
