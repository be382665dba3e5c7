// Where the migration files are: the event's `source`.
#pragma once

#include <string>
#include <string_view>

namespace handler {

struct Source {
  enum class Kind { kS3, kFolder };
  Kind kind = Kind::kFolder;
  std::string bucket;  // kS3
  std::string path;    // kS3: the prefix, "" or ending with '/'; kFolder: the folder, absolute
  std::string region;  // kS3: of the bucket, "" for the function's own

  std::string to_string() const;  // as a person writes it: "s3://bucket/prefix/"
};

// "s3://BUCKET/PREFIX/[?region=REGION]" or "file:///FOLDER/". A prefix is a folder: without its
// final slash one is added, so that s3://b/app never reads s3://b/app-old/.
// Throws RequestError naming the field "source".
Source parse_source(std::string_view text);

}  // namespace handler
