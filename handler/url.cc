#include "handler/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/ascii.h"

namespace handler {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '+' || c == '-' || c == '.';
  });
}

bool parse_user(std::string_view text, Url* url) {
  const auto colon = text.find(':');
  auto user = percent_decode(text.substr(0, colon));
  if (!user) return false;
  url->user = std::move(*user);
  if (colon == std::string_view::npos) return true;
  url->password = percent_decode(text.substr(colon + 1));
  return url->password.has_value();
}

bool parse_port(std::string_view text, Url* url) {
  if (text.empty()) return true;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  if (port < 1 || port > 65535) return false;
  url->port = port;
  return true;
}

bool parse_host_port(std::string_view text, Url* url) {
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    url->host = engine::to_lower(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    if (text.empty()) return true;
    return text.front() == ':' && parse_port(text.substr(1), url);
  }
  const auto colon = text.find(':');
  const auto host = percent_decode(text.substr(0, colon));
  if (!host) return false;
  url->host = engine::to_lower(*host);
  return colon == std::string_view::npos || parse_port(text.substr(colon + 1), url);
}

bool parse_query(std::string_view text, Url* url) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    const auto equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals));
    const auto value =
        percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value) return false;
    if (!pair.empty()) url->query.emplace_back(*name, *value);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return true;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const auto is_bad = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_bad)) return std::nullopt;
  const auto separator = text.find("://");
  if (separator == std::string_view::npos || !is_scheme(text.substr(0, separator))) {
    return std::nullopt;
  }
  Url url;
  url.scheme = engine::to_lower(text.substr(0, separator));
  text.remove_prefix(separator + 3);
  text = text.substr(0, text.find('#'));

  const auto question = text.find('?');
  const auto query = question == std::string_view::npos ? "" : text.substr(question + 1);
  text = text.substr(0, question);
  const auto slash = text.find('/');
  const auto path = slash == std::string_view::npos ? "" : text.substr(slash);
  auto authority = text.substr(0, slash);

  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!parse_user(authority.substr(0, at), &url)) return std::nullopt;
    authority.remove_prefix(at + 1);
  }
  if (!parse_host_port(authority, &url) || !parse_query(query, &url)) return std::nullopt;
  auto decoded_path = percent_decode(path);
  if (!decoded_path) return std::nullopt;
  url.path = std::move(*decoded_path);
  return url;
}

}  // namespace handler
