// The file atlas.sum: a chain of hashes over a directory's files, so that an edit, a removal and an
// insertion all show. As Atlas writes it (ariga/atlas, sql/migrate/dir.go), byte by byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest.h"
#include "engine/problem.h"

namespace engine {

struct AtlasSumEntry {
  std::string name;
  std::string hash;  // base64, without "h1:"
  friend bool operator==(const AtlasSumEntry&, const AtlasSumEntry&) = default;
};

struct AtlasSum {
  std::string total;  // of all entries; base64
  std::vector<AtlasSumEntry> entries;
};

struct AtlasFile {
  std::string_view name;
  std::string_view bytes;  // as stored: a byte order mark and CR LF count
};

// The hashes of a directory's files, one after the other, in byte order of their names.
class AtlasChain {
 public:
  // The file's hash, nullopt for one without an entry.
  std::optional<std::string> add(std::string_view name, std::string_view bytes);

 private:
  Sha256 running_;
};

// A hash covers its file and all before it. `files` are the *.sql of the directory's top folder;
// they are taken in byte order of their names. A file that begins with "-- atlas:sum ignore" has no
// entry, but its name counts.
AtlasSum make_atlas_sum(std::vector<AtlasFile> files);
// The same of entries that are made already, in order.
AtlasSum sum_of_entries(std::vector<AtlasSumEntry> entries);

// The file's text, ending with a line end.
std::string to_string(const AtlasSum& sum);

enum class AtlasSumState {
  kRight,       // or there are neither files nor a sum
  kMissing,     // there are files, and no atlas.sum
  kUnreadable,  // a line is not what it should be
  kWrong,       // the sum contradicts itself: its first line is not that of the lines below
  kStale,       // the sum is right in itself, but not that of the files
};

struct AtlasSumCheck {
  AtlasSumState state = AtlasSumState::kRight;
  std::string file;                // kStale: the first file that differs
  int line = 0;                    // in atlas.sum, 0 for none
  std::optional<Problem> problem;  // the same as a problem of the directory; none when right
};

// `text` is that of atlas.sum, nullopt when there is none; `has_files`: also when all are ignored.
AtlasSumCheck check_atlas_sum(std::optional<std::string_view> text, std::vector<AtlasFile> files);
AtlasSumCheck compare_atlas_sum(std::optional<std::string_view> text, const AtlasSum& computed,
                                bool has_files);

}  // namespace engine
