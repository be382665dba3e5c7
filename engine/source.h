// Where migration files come from. The engine sees names and bytes, and asks for the bytes of those
// files only that it has to look into, a few at a time; what holds them, and how, is the source's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace engine {

struct SourceEntry {
  std::string name;      // path below the source's root, '/'-separated: "20260101_init.sql"
  std::string location;  // where a person finds it: "s3://bucket/prefix/20260101_init.sql"
  // The same for the same bytes at the same location (an S3 ETag); "" when the source cannot tell
  // without reading them.
  std::string etag;
  std::uint64_t size = 0;  // bytes
};

// A file as it was read.
struct SourceFile {
  std::string name;
  std::string bytes;
  std::string location;
  std::string version_id;  // the source's own version of it (S3 version id, else ETag), or ""
  std::string etag = "";   // SourceEntry::etag
};

// FakeSource (tests/support/fake_source.h) is the twin in memory.
class MigrationSource {
 public:
  virtual ~MigrationSource() = default;

  // Everything there is, as it was when the source was opened; always the same.
  virtual const std::vector<SourceEntry>& entries() const = 0;

  // Hands over the files of these entries (their indices), one after the other in the order given.
  // Memory grows with the largest of them, not with all together. A file is asked for once to look
  // at it, and again when it runs: the second time should be cheap. Throws what the implementation
  // throws; a file that is not any more what was listed is an error.
  virtual void read(std::span<const std::size_t> wanted,
                    const std::function<void(SourceFile)>& take) = 0;
};

}  // namespace engine
