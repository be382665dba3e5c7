#include "runtime/s3_checksum.h"

#include <array>
#include <cstdint>

#include "runtime/crc.h"
#include "runtime/digest.h"

namespace runtime {
namespace {

// S3 writes a CRC as its bytes, most significant first, in base64.
template <typename Word>
std::string big_endian(Word word) {
  std::string bytes;
  for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>((word >> shift) & 0xFF);
  }
  return bytes;
}

struct Algorithm {
  std::string_view name;
  std::string (*run)(std::string_view);
};

constexpr std::array<Algorithm, 5> kAlgorithms = {{
    {"crc64nvme", [](std::string_view body) { return big_endian(crc64nvme(body)); }},
    {"crc32", [](std::string_view body) { return big_endian(crc32(body)); }},
    {"crc32c", [](std::string_view body) { return big_endian(crc32c(body)); }},
    {"sha1", sha1},
    {"sha256", sha256},
}};

}  // namespace

std::optional<std::string> find_checksum_mismatch(std::span<const HttpHeader> headers,
                                                  std::string_view body) {
  if (find_header(headers, "x-amz-checksum-type") == "COMPOSITE") return std::nullopt;
  for (const Algorithm& algorithm : kAlgorithms) {
    std::string name(algorithm.name);
    const auto expected = find_header(headers, "x-amz-checksum-" + name);
    if (!expected || expected->find('-') != std::string_view::npos) continue;
    if (to_base64(algorithm.run(body)) != *expected) return name;
  }
  return std::nullopt;
}

}  // namespace runtime
