// The checksum in flyway_schema_history.
#pragma once

#include <cstdint>
#include <string_view>

namespace engine {

// CRC-32 of the lines of `text` (UTF-8) without their ends, LF, CR LF or CR, and without a byte
// order mark: line ends, empty lines and a missing last line end make no difference. Of a
// repeatable migration Flyway takes it after the placeholders are replaced.
std::int32_t flyway_checksum(std::string_view text);

}  // namespace engine
