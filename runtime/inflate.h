// Deflate and gzip. The one file pair of runtime/ that names zlib.
// Source: RFC 1951 (deflate), RFC 1952 (gzip).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace runtime {

// A raw deflate stream that fills `deflated` and inflates to exactly `size` bytes. Throws Error
// kCorrupt when it does not; no more than `size` bytes and one are ever held.
std::string inflate_raw(std::string_view deflated, std::size_t size);

// One or more gzip members (zeros may follow the last), their checksums compared. Throws Error
// kCorrupt, and kTooLarge as soon as the output is longer than `limit`.
std::string gunzip(std::string_view bytes, std::size_t limit);

}  // namespace runtime
