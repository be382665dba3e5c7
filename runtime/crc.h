// The cyclic redundancy checks S3 sends as checksums of objects.
// Source: AWS, "Checking object integrity in Amazon S3"; parameters from the reveng CRC catalogue
// (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME).
#pragma once

#include <cstdint>
#include <string_view>

namespace runtime {

std::uint32_t crc32(std::string_view data);
std::uint32_t crc32c(std::string_view data);
std::uint64_t crc64nvme(std::string_view data);

}  // namespace runtime
