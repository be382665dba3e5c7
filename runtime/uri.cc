#include "runtime/uri.h"

#include <algorithm>

#include "runtime/ascii.h"
#include "runtime/error.h"

namespace runtime {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view bytes, bool keep_slash) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kConfiguration, "not a usable URL: " + why);
}

void split_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) refuse("it holds a user name");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = to_lower(authority.substr(0, colon));
  if (url.host.empty()) refuse("it names no host");
  if (colon == std::string_view::npos) return;
  url.port = authority.substr(colon + 1);
  const bool digits =
      std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (url.port.empty() || url.port.size() > 5 || !digits) refuse("its port is not a number");
}

}  // namespace

std::string uri_encode(std::string_view bytes) { return encode(bytes, false); }

std::string uri_encode_path(std::string_view bytes) { return encode(bytes, true); }

std::optional<std::string> form_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Url split_url(std::string_view text) {
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) refuse("it has no scheme");
  url.scheme = to_lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") refuse("only http and https are known");
  text.remove_prefix(scheme_end + 3);
  if (text.find('#') != std::string_view::npos) refuse("it holds a fragment");
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  split_authority(text.substr(0, authority_end), url);
  text.remove_prefix(authority_end);
  const std::size_t question = std::min(text.find('?'), text.size());
  url.path = question == 0 ? "/" : text.substr(0, question);
  if (question < text.size()) url.query = text.substr(question + 1);
  return url;
}

std::string host_header(const Url& url) {
  const std::string_view default_port = url.scheme == "https" ? "443" : "80";
  if (url.port.empty() || url.port == default_port) return url.host;
  return url.host + ':' + url.port;
}

}  // namespace runtime
