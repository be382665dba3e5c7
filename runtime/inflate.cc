#include "runtime/inflate.h"

#define ZLIB_CONST  // next_in may point to const
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "runtime/error.h"

namespace runtime {
namespace {

constexpr int kRaw = -MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;
constexpr std::size_t kFirstChunk = std::size_t{64} << 10;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::kCorrupt, what); }

// One stream from the start of `input`.
class Inflater {
 public:
  Inflater(std::string_view input, int window_bits) {
    if (input.size() > std::numeric_limits<uInt>::max()) refuse("compressed data of 4 GiB or more");
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    if (inflateInit2(&stream_, window_bits) != Z_OK) refuse("zlib cannot be started");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends to `out` until the stream ends or `out` has `limit` bytes; whether it has ended.
  bool run(std::string& out, std::size_t limit) {
    std::size_t written = out.size();
    int status = Z_OK;
    while (status == Z_OK && written < limit) {
      out.resize(std::min(limit, std::max(kFirstChunk, written * 2)));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      const std::size_t room =
          std::min<std::size_t>(out.size() - written, std::numeric_limits<uInt>::max());
      stream_.avail_out = static_cast<uInt>(room);
      status = inflate(&stream_, Z_NO_FLUSH);
      written += room - stream_.avail_out;
    }
    out.resize(written);
    if (status == Z_BUF_ERROR) refuse("the compressed data is cut off");
    if (status != Z_OK && status != Z_STREAM_END) refuse("the compressed data is damaged");
    return status == Z_STREAM_END;
  }

  std::size_t unread() const { return stream_.avail_in; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string inflate_raw(std::string_view deflated, std::size_t size) {
  Inflater inflater(deflated, kRaw);
  std::string out;
  // One byte more than expected: a stream that has it is too long, and one of the right length
  // gets the call in which zlib sees its end.
  const bool ended = inflater.run(out, size + 1);
  if (!ended || out.size() != size || inflater.unread() != 0) {
    refuse("the compressed data does not have the length its header says");
  }
  return out;
}

std::string gunzip(std::string_view bytes, std::size_t limit) {
  std::string out;
  do {
    Inflater inflater(bytes, kGzip);
    if (!inflater.run(out, limit + 1) || out.size() > limit) {
      throw Error(ErrorKind::kTooLarge, "it unpacks to more than " + std::to_string(limit) +
                                            " bytes, which is the most that is read");
    }
    bytes.remove_prefix(bytes.size() - inflater.unread());
  } while (!bytes.empty() && bytes.front() != '\0');
  if (bytes.find_first_not_of('\0') != std::string_view::npos) {
    refuse("there is something behind the compressed data");
  }
  return out;
}

}  // namespace runtime
