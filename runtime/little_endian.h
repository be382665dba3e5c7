// Little-endian integers in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace runtime {

// The caller has made sure that the bytes are there; they must outlive this.
class LittleEndian {
 public:
  explicit LittleEndian(std::string_view bytes) : bytes_(bytes) {}

  std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(read(at, 2)); }
  std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(read(at, 4)); }
  std::uint64_t u64(std::size_t at) const { return read(at, 8); }

 private:
  std::uint64_t read(std::size_t at, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    }
    return value;
  }

  std::string_view bytes_;
};

}  // namespace runtime
