// Amazon S3 over its REST API: list a prefix, read objects, replace one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/surroundings.h"

namespace runtime {

struct S3Object {
  std::string key;   // decoded, UTF-8
  std::string etag;  // as sent, with its quotes
  std::uint64_t size = 0;
};

struct S3Content {
  std::string key;
  std::string body;
  std::string etag;
  std::string version_id;  // "" when the bucket is not versioned
};

struct S3Options {
  std::string region;     // signing region to start with; corrected once when S3 says otherwise
  int max_parallel = 16;  // transfers at a time
  std::size_t max_object_bytes = std::size_t{10} << 20;
  std::size_t batch_bytes = std::size_t{8} << 20;  // downloaded before any of them is handed over
  std::size_t batch_objects = 128;
};

class S3 {
 public:
  // `environment` gives AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL (then path style is used).
  // The Http must outlive this.
  S3(Http& http, Credentials credentials, const Environment& environment, S3Options options,
     Surroundings surroundings = Surroundings::of_process());
  ~S3();
  S3(const S3&) = delete;
  S3& operator=(const S3&) = delete;

  // Every object under the prefix, folder markers left out, in S3's order (UTF-8 binary by key).
  std::vector<S3Object> list(const std::string& bucket, const std::string& prefix,
                             Deadline deadline);

  // Hands over the listed objects' bytes, in the order given, each pinned by If-Match on its ETag
  // and checked against the checksum S3 sends. About S3Options::batch_bytes of them, at least one
  // object, are in memory at a time. Throws Error: kChanged when an object was replaced or deleted
  // since it was listed (the key is named), kCorrupt, kTooLarge, kAccessDenied, ...
  void get(const std::string& bucket, std::span<const S3Object> objects, Deadline deadline,
           const std::function<void(S3Content)>& take);

  // The object at exactly that key; nullopt when there is none.
  std::optional<S3Object> find(const std::string& bucket, const std::string& key,
                               Deadline deadline);

  // Puts `body` in the place of `was`, which keeps its key, or, with an ETag of "", where nothing
  // is. Throws Error: kChanged when something else is there by now, also what an attempt of this
  // call put there whose answer was lost; kAccessDenied, ...
  void put(const std::string& bucket, const S3Object& was, std::string body, Deadline deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
