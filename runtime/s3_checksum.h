// The checksums S3 sends with an object when x-amz-checksum-mode is ENABLED.
// Source: AWS, "Checking object integrity in Amazon S3".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/http.h"

namespace runtime {

// The name ("crc64nvme") of the first x-amz-checksum-... header that the body does not match;
// nullopt when all match. Composite checksums of multipart uploads (type COMPOSITE, or a value
// ending in "-N") say nothing about the whole, and algorithms other than crc32, crc32c, crc64nvme,
// sha1 and sha256 are not known here: both are passed over.
std::optional<std::string> find_checksum_mismatch(std::span<const HttpHeader> headers,
                                                  std::string_view body);

}  // namespace runtime
