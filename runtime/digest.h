// Digests and their printed forms. The one file pair of runtime/ that names OpenSSL's digest API.
#pragma once

#include <string>
#include <string_view>

namespace runtime {

// Raw bytes: 32 for SHA-256 and its HMAC, 20 for SHA-1. They throw std::runtime_error when the
// library has the algorithm switched off (SHA-1 under a strict FIPS policy).
std::string sha256(std::string_view data);
std::string sha1(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

std::string to_hex(std::string_view bytes);     // lower case
std::string to_base64(std::string_view bytes);  // RFC 4648, with padding, no line breaks

}  // namespace runtime
