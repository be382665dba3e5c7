// Bytes put aside on disk for as long as this object lives: a file without a name, gone with the
// process whatever ends it. In Lambda that is /tmp, 512 MB unless configured otherwise (AWS Lambda
// developer guide, "Configure ephemeral storage").
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

class Spool {
 public:
  // Nothing fits when no file can be made there.
  explicit Spool(const std::string& folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // False when there is no room for it; what is there already stays.
  bool put(std::size_t key, std::string_view bytes);
  bool has(std::size_t key) const { return pieces_.contains(key); }
  // nullopt when it was not put there, or cannot be read.
  std::optional<std::string> get(std::size_t key) const;

 private:
  struct Piece {
    std::int64_t offset;
    std::size_t size;
  };
  int file_ = -1;
  std::int64_t end_ = 0;
  std::map<std::size_t, Piece> pieces_;
};

}  // namespace runtime
