#include "runtime/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace runtime {

Spool::Spool(const std::string& folder) {
  std::string name = folder + "/dsql-migrate.XXXXXX";
  file_ = mkostemp(name.data(), O_CLOEXEC);
  if (file_ >= 0) unlink(name.c_str());
}

Spool::~Spool() {
  if (file_ >= 0) close(file_);
}

bool Spool::put(std::size_t key, std::string_view bytes) {
  if (file_ < 0) return false;
  const Piece piece{end_, bytes.size()};
  auto at = end_;
  while (!bytes.empty()) {
    const auto written = pwrite(file_, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;  // the next one overwrites what there was room for
    at += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  end_ = at;
  pieces_.insert_or_assign(key, piece);
  return true;
}

std::optional<std::string> Spool::get(std::size_t key) const {
  const auto found = pieces_.find(key);
  if (found == pieces_.end()) return std::nullopt;
  std::string bytes(found->second.size, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto got = pread(file_, bytes.data() + filled, bytes.size() - filled,
                           found->second.offset + static_cast<std::int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace runtime
