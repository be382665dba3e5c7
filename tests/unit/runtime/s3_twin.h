// An S3 in memory: buckets with objects, regions and permissions, which checks signatures as the
// service does. Its state is public: tests change it between requests.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "runtime/credentials.h"
#include "runtime/http.h"

namespace test_support {

class S3Twin {
 public:
  struct Object {
    std::string body;
    std::string etag;
    std::vector<runtime::HttpHeader> headers;  // sent with GET: checksums, version id
  };
  struct Bucket {
    std::string region = "us-east-1";
    std::map<std::string, Object> objects;  // in S3's order: by the key's bytes
    bool names_region = true;               // refusals carry x-amz-bucket-region
  };

  // Puts an object whose ETag follows its content.
  void put(const std::string& bucket, const std::string& key, const std::string& body,
           std::vector<runtime::HttpHeader> headers = {});

  runtime::HttpOutcome operator()(const runtime::HttpRequest& request);

  runtime::Credentials account;  // whose signatures are accepted
  std::chrono::system_clock::time_point now;
  std::map<std::string, Bucket> buckets;
  std::set<std::string> permissions = {"s3:ListBucket", "s3:GetObject", "s3:PutObject"};
  std::size_t page_size = 1000;
  bool checks_if_match = true;
  std::deque<runtime::HttpOutcome> faults;  // the next answers, whatever is asked
  std::function<void()> before_get;         // called before each GetObject is answered

 private:
  struct Call;

  Call read(const runtime::HttpRequest& request) const;
  runtime::HttpResponse answer(const Call& call);
  runtime::HttpResponse refuse_signature(const Call& call) const;
  runtime::HttpResponse list(const Call& call, const Bucket& bucket) const;
  runtime::HttpResponse get(const Call& call, const Bucket& bucket) const;
  runtime::HttpResponse put(const Call& call);
};

}  // namespace test_support
