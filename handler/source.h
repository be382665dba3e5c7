// Where the migration files are: the event's `source`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/archive.h"
#include "runtime/environment.h"

namespace handler {

struct Source {
  enum class Kind { kS3, kFolder };
  Kind kind = Kind::kFolder;
  std::string bucket;  // kS3
  // kS3: the prefix, "" or ending with '/'; kFolder: the folder, absolute. With an archive, of kS3
  // the object's key, of kFolder the file.
  std::string path;
  std::string region;  // kS3: of the bucket, "" for the function's own
  std::optional<runtime::ArchiveKind> archive = {};  // nullopt: the files lie there one by one
  std::vector<std::string> suffixes = {".sql"};      // of migrations, in any case

  // kS3: of the bucket, as far as is known.
  std::string signing_region(const runtime::Environment& environment) const;

  std::string to_string() const;  // as a person writes it: "s3://bucket/prefix/"
};

// "s3://BUCKET/PREFIX/[?region=REGION]" or "file:///FOLDER/". A prefix is a folder: without its
// final slash one is added, so that s3://b/app never reads s3://b/app-old/. A path that ends as
// runtime::archive_kind has it, without a slash behind, is an archive: "s3://b/release-7.zip".
// Throws RequestError naming the field "source".
Source parse_source(std::string_view text);

}  // namespace handler
