#include "runtime/s3.h"

#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "runtime/aws_client.h"
#include "runtime/endpoint.h"
#include "runtime/error.h"
#include "runtime/s3_requests.h"
#include "runtime/service_error.h"

namespace runtime {
namespace {

std::string url_of(const std::string& bucket, const std::string& key) {
  return "s3://" + bucket + '/' + key;
}

std::string advice_for_bucket(const HttpResponse& response, const std::string& bucket) {
  const ServiceError error = parse_service_error(response);
  if (error.code == "NoSuchBucket") return "Check the bucket's name in the source URL";
  if (is_wrong_region(response)) {
    const auto region = find_bucket_region(response);
    return "The bucket " + bucket + " is not in this region" +
           (region ? " but in " + *region : ", and S3 does not say where it is") +
           ": set the source's region";
  }
  return advice_for_credentials(error);
}

Error make_list_error(const HttpResponse& response, const std::string& bucket,
                      const std::string& prefix) {
  std::string advice = advice_for_bucket(response, bucket);
  if (advice.empty() && response.status == 403) {
    advice = "The credentials need s3:ListBucket on the bucket " + bucket + " for that prefix";
  }
  return make_service_error(response, "S3 list of " + url_of(bucket, prefix), advice);
}

Error make_get_error(const HttpResponse& response, const std::string& bucket,
                     const std::string& key) {
  const std::string what = "S3 get of " + url_of(bucket, key);
  const std::string code = parse_service_error(response).code;
  if (response.status == 412 || code == "NoSuchKey") {
    const char* how = response.status == 412 ? "replaced" : "deleted";
    return {
        ErrorKind::kChanged,
        what + ": it was " + how + " since it was listed. Run again when the upload is complete",
        response.status, code};
  }
  std::string advice = advice_for_bucket(response, bucket);
  if (code == "InvalidObjectState") advice = "The object is archived: restore it first";
  if (advice.empty() && response.status == 403) {
    advice = "The credentials need s3:GetObject on " + bucket +
             "/*, and kms:Decrypt on its key when it is encrypted with SSE-KMS";
  }
  return make_service_error(response, what, advice);
}

Error make_put_error(const HttpResponse& response, const std::string& bucket,
                     const std::string& key) {
  const std::string what = "S3 put of " + url_of(bucket, key);
  const std::string code = parse_service_error(response).code;
  // 409: another's write of it is under way.
  if (response.status == 412 || response.status == 409 || code == "NoSuchKey") {
    return {ErrorKind::kChanged,
            what + ": it was " + (code == "NoSuchKey" ? "deleted" : "written by somebody else") +
                " since it was listed",
            response.status, code};
  }
  std::string advice = advice_for_bucket(response, bucket);
  if (advice.empty() && response.status == 403) {
    advice = "The credentials need s3:PutObject on " + bucket + '/' + key +
             ", and kms:GenerateDataKey and kms:Decrypt on its key when the bucket encrypts with "
             "SSE-KMS";
  }
  return make_service_error(response, what, advice);
}

// How many of them, from the first, are downloaded together.
std::size_t count_batch(std::span<const S3Object> objects, const S3Options& options) {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  do {
    bytes += objects[count++].size;
  } while (count < objects.size() && count < options.batch_objects &&
           bytes + objects[count].size <= options.batch_bytes);
  return count;
}

}  // namespace

struct S3::Impl {
  // The i-th request of a batch, for a bucket at that address; send_to adds the scope.
  using Make = std::function<AwsRequest(std::size_t, const S3Address&)>;

  std::vector<HttpOutcome> send(const std::string& bucket, std::size_t count, const Make& make,
                                Deadline deadline);
  std::vector<HttpOutcome> send_to(const std::string& region, const std::string& bucket,
                                   const std::vector<std::size_t>& which, const Make& make,
                                   Deadline deadline);
  std::optional<std::string> find_region(const std::string& region, const std::string& bucket,
                                         const HttpResponse& response, Deadline deadline);
  S3Listing list_page(const std::string& bucket, const std::string& prefix,
                      const std::string& token, Deadline deadline);
  void get_batch(const std::string& bucket, std::span<const S3Object> objects, Deadline deadline,
                 const std::function<void(S3Content)>& take);

  AwsClient client;
  std::string endpoint_override;
  S3Options options;
  std::map<std::string, std::string> regions;  // of the buckets that are not in options.region
};

std::vector<HttpOutcome> S3::Impl::send_to(const std::string& region, const std::string& bucket,
                                           const std::vector<std::size_t>& which, const Make& make,
                                           Deadline deadline) {
  const S3Address address = make_s3_address(endpoint_override, bucket, region);
  std::vector<AwsRequest> requests;
  requests.reserve(which.size());
  for (const std::size_t i : which) {
    AwsRequest request = make(i, address);
    request.service = "s3";
    request.region = region;
    requests.push_back(std::move(request));
  }
  return client.send_all(requests, options.max_parallel, deadline);
}

// A HEAD answer has no body, but every answer about a bucket names its region in a header.
std::optional<std::string> S3::Impl::find_region(const std::string& region,
                                                 const std::string& bucket,
                                                 const HttpResponse& response, Deadline deadline) {
  if (auto said = find_bucket_region(response)) return said;
  const auto make = [](std::size_t, const S3Address& address) {
    return AwsRequest{make_head_bucket_request(address), {}, {}, false};
  };
  const HttpOutcome head = send_to(region, bucket, {0}, make, deadline).front();
  const auto* answer = std::get_if<HttpResponse>(&head);
  return answer == nullptr ? std::nullopt : find_bucket_region(*answer);
}

// Sends the batch; what S3 says belongs to another region is signed anew for that one and sent
// once more.
std::vector<HttpOutcome> S3::Impl::send(const std::string& bucket, std::size_t count,
                                        const Make& make, Deadline deadline) {
  const auto known = regions.find(bucket);
  const std::string region = known == regions.end() ? options.region : known->second;
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<HttpOutcome> outcomes = send_to(region, bucket, all, make, deadline);
  std::vector<std::size_t> misdirected;
  for (const std::size_t i : all) {
    const auto* response = std::get_if<HttpResponse>(&outcomes[i]);
    if (response != nullptr && is_wrong_region(*response)) misdirected.push_back(i);
  }
  if (misdirected.empty()) return outcomes;
  const auto& first = std::get<HttpResponse>(outcomes[misdirected.front()]);
  const auto better = find_region(region, bucket, first, deadline);
  if (!better || *better == region) return outcomes;
  regions[bucket] = *better;
  std::vector<HttpOutcome> again = send_to(*better, bucket, misdirected, make, deadline);
  for (std::size_t i = 0; i < again.size(); ++i) outcomes[misdirected[i]] = std::move(again[i]);
  return outcomes;
}

S3Listing S3::Impl::list_page(const std::string& bucket, const std::string& prefix,
                              const std::string& token, Deadline deadline) {
  const auto make = [&](std::size_t, const S3Address& address) {
    return AwsRequest{make_list_request(address, prefix, token), {}, {}, true};
  };
  const HttpOutcome outcome = send(bucket, 1, make, deadline).front();
  if (auto error = find_transport_error(outcome, "S3 list of " + url_of(bucket, prefix))) {
    throw *error;
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) throw make_list_error(response, bucket, prefix);
  return parse_listing(response.body);
}

S3::S3(Http& http, Credentials credentials, const Environment& environment, S3Options options,
       Surroundings surroundings)
    : impl_(new Impl{AwsClient(http, std::move(credentials), environment, std::move(surroundings)),
                     find_endpoint_override(environment, "S3").value_or(""),
                     std::move(options),
                     {}}) {}

S3::~S3() = default;

std::vector<S3Object> S3::list(const std::string& bucket, const std::string& prefix,
                               Deadline deadline) {
  std::vector<S3Object> objects;
  std::string token;
  do {
    S3Listing page = impl_->list_page(bucket, prefix, token, deadline);
    if (!page.next_token.empty() && page.next_token == token) {
      throw Error(ErrorKind::kProtocol, "S3 list of " + url_of(bucket, prefix) +
                                            ": the same page is offered again and again");
    }
    objects.insert(objects.end(), std::make_move_iterator(page.objects.begin()),
                   std::make_move_iterator(page.objects.end()));
    token = std::move(page.next_token);
  } while (!token.empty());
  return objects;
}

std::optional<S3Object> S3::find(const std::string& bucket, const std::string& key,
                                 Deadline deadline) {
  for (S3Object& object : list(bucket, key, deadline)) {
    if (object.key == key) return std::move(object);
  }
  return std::nullopt;
}

void S3::put(const std::string& bucket, const S3Object& was, std::string body, Deadline deadline) {
  const auto make = [&](std::size_t, const S3Address& address) {
    return AwsRequest{make_put_request(address, was.key, was.etag, body), {}, {}, false};
  };
  const HttpOutcome outcome = impl_->send(bucket, 1, make, deadline).front();
  if (auto error = find_transport_error(outcome, "S3 put of " + url_of(bucket, was.key))) {
    throw *error;
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) throw make_put_error(response, bucket, was.key);
}

void S3::get(const std::string& bucket, std::span<const S3Object> objects, Deadline deadline,
             const std::function<void(S3Content)>& take) {
  const std::size_t limit = impl_->options.max_object_bytes;
  for (const S3Object& object : objects) {
    if (object.size > limit) {
      throw Error(ErrorKind::kTooLarge, "S3 get of " + url_of(bucket, object.key) + ": " +
                                            std::to_string(object.size) + " bytes, at most " +
                                            std::to_string(limit) + " are taken");
    }
  }
  while (!objects.empty()) {
    const auto batch = objects.first(count_batch(objects, impl_->options));
    impl_->get_batch(bucket, batch, deadline, take);
    objects = objects.subspan(batch.size());
  }
}

void S3::Impl::get_batch(const std::string& bucket, std::span<const S3Object> objects,
                         Deadline deadline, const std::function<void(S3Content)>& take) {
  const auto make = [&](std::size_t i, const S3Address& address) {
    return AwsRequest{
        make_get_request(address, objects[i], options.max_object_bytes), {}, {}, false};
  };
  std::vector<HttpOutcome> outcomes = send(bucket, objects.size(), make, deadline);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const S3Object& object = objects[i];
    if (auto error = find_transport_error(outcomes[i], "S3 get of " + url_of(bucket, object.key))) {
      throw *error;
    }
    auto& response = std::get<HttpResponse>(outcomes[i]);
    if (response.status != 200) throw make_get_error(response, bucket, object.key);
    take(parse_content(bucket, object, std::move(response)));
  }
}

}  // namespace runtime
