// SHA-256. The only file pair of engine/ that knows OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace engine {

// 64 lower-case hexadecimal digits. Throws std::runtime_error when the library refuses to hash.
std::string sha256_hex(std::string_view bytes);

}  // namespace engine
