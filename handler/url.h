// URLs as events carry them: scheme://[user[:password]@]host[:port]/path[?name=value&...].
// Source: RFC 3986, sections 3 and 2.1 (percent-encoding).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handler {

struct Url {
  std::string scheme;                   // lower case
  std::string user;                     // decoded; "" when absent
  std::optional<std::string> password;  // decoded
  std::string host;                     // lower case, IPv6 without its brackets
  std::optional<int> port;
  std::string path;  // decoded, with its leading '/'; "" when absent
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
};

// nullopt when `text` is not such a URL (no scheme, a port that is no number, a bad %-escape, a
// control character or a space).
std::optional<Url> parse_url(std::string_view text);

}  // namespace handler
