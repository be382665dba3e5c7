// Sends requests to AWS services: signs each attempt anew, retries by a policy, learns how far this
// machine's clock is off.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/retry.h"
#include "runtime/surroundings.h"

namespace runtime {

struct AwsRequest {
  HttpRequest http;     // unsigned
  std::string service;  // the signing name; "" sends the request unsigned
  std::string region;
  // The operation may answer 200 with an <Error> document (S3's listings): treated as a 500.
  bool error_with_200 = false;
};

class AwsClient {
 public:
  // `environment` gives _X_AMZN_TRACE_ID: in Lambda it is passed on, unsigned. The Http must
  // outlive the client.
  AwsClient(Http& http, Credentials credentials, const Environment& environment,
            Surroundings surroundings, RetryPolicy policy = {});

  // One outcome a request, in order: the response of its last attempt, whatever its status, or the
  // failure of it. A 200 with an error document comes back with status 500. No attempt is begun,
  // and no wait, that would not end before the deadline.
  std::vector<HttpOutcome> send_all(std::span<const AwsRequest> requests, int max_parallel,
                                    Deadline deadline);
  HttpOutcome send(const AwsRequest& request, Deadline deadline);

 private:
  struct Pending;

  HttpRequest make_attempt(const AwsRequest& request, bool first) const;
  void send_round(std::span<const AwsRequest> requests, std::vector<Pending>& pending,
                  int max_parallel, Deadline deadline);
  bool judge(const AwsRequest& request, Pending& pending, std::chrono::seconds sent_offset);

  Http& http_;
  Credentials credentials_;
  std::string trace_id_;
  Surroundings surroundings_;
  RetryPolicy policy_;
  std::chrono::seconds clock_offset_{0};  // the services' clock less ours
};

}  // namespace runtime
