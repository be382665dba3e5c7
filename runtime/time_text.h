// Points in time in the three spellings AWS uses.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

// "20261121T120000Z": the X-Amz-Date of a signature; its first 8 characters are the scope's date.
std::string format_amz_date(std::chrono::system_clock::time_point time);

// "2026-11-21T12:00:00Z", with or without a fraction of a second (dropped). nullopt when it is
// not that, or has another zone than Z.
std::optional<std::chrono::system_clock::time_point> parse_iso8601(std::string_view text);

// The Date header, "Sat, 21 Nov 2026 12:00:00 GMT" (RFC 9110, IMF-fixdate).
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

}  // namespace runtime
