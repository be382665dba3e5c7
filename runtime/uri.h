// Percent-encoding and the parts of a URL, by the rules Signature Version 4 needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace runtime {

// Every byte but A-Z a-z 0-9 - . _ ~ as %XX, upper case (RFC 3986). The path form keeps '/' too.
std::string uri_encode(std::string_view bytes);
std::string uri_encode_path(std::string_view bytes);

// Undoes application/x-www-form-urlencoded: %XX and '+' for a space. nullopt when a '%' is not
// followed by two hex digits.
std::optional<std::string> form_decode(std::string_view text);

// The parts of an absolute http(s) URL, exactly as written.
struct Url {
  std::string scheme;  // "http" or "https", lower case
  std::string host;    // lower case; an IPv6 address keeps its brackets
  std::string port;    // "" when not given
  std::string path;    // still encoded, begins with '/' ("/" when there is none)
  std::string query;   // still encoded, without '?'
};

// Throws Error(kConfiguration) for another scheme, a missing host, a port that is not a number,
// user information or a fragment. The message does not repeat the URL.
Url split_url(std::string_view url);

// The Host header an HTTP client sends: host, and the port unless it is the scheme's default.
std::string host_header(const Url& url);

}  // namespace runtime
