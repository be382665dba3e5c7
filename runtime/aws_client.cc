#include "runtime/aws_client.h"

#include <algorithm>
#include <utility>

#include "runtime/service_error.h"
#include "runtime/sigv4.h"

namespace runtime {
namespace {

// Nothing in the variable may end the header.
std::string clean_trace_id(std::string text) {
  std::erase_if(text, [](char c) { return c < '!' || c > '~'; });
  return text;
}

std::string find_trace_id(const Environment& environment) {
  if (!environment.find("AWS_LAMBDA_FUNCTION_NAME")) return {};
  return clean_trace_id(environment.get_or("_X_AMZN_TRACE_ID", ""));
}

void turn_error_document_into_500(const AwsRequest& request, HttpOutcome& outcome) {
  auto* response = std::get_if<HttpResponse>(&outcome);
  if (!request.error_with_200 || response == nullptr || response->status != 200) return;
  if (!parse_service_error(*response).code.empty()) response->status = 500;
}

std::string code_of(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response != nullptr && response->status >= 300 ? parse_service_error(*response).code : "";
}

}  // namespace

struct AwsClient::Pending {
  std::size_t index = 0;  // into the requests
  int attempts = 0;
  bool clock_corrected = false;
  std::chrono::milliseconds delay{0};  // before the next attempt
  HttpOutcome outcome = TransportFailure{TransportFailure::Kind::kTimeout, "the deadline passed"};
};

AwsClient::AwsClient(Http& http, Credentials credentials, const Environment& environment,
                     Surroundings surroundings, RetryPolicy policy)
    : http_(http),
      credentials_(std::move(credentials)),
      trace_id_(find_trace_id(environment)),
      surroundings_(std::move(surroundings)),
      policy_(policy) {}

HttpRequest AwsClient::make_attempt(const AwsRequest& request, bool first) const {
  HttpRequest attempt = request.http;
  attempt.fresh_connection = !first;
  if (request.service.empty()) return attempt;
  if (!trace_id_.empty()) attempt.headers.push_back({"X-Amzn-Trace-Id", trace_id_});
  const SigningScope scope{request.region, request.service, surroundings_.now() + clock_offset_};
  return sign_request(std::move(attempt), credentials_, scope).request;
}

void AwsClient::send_round(std::span<const AwsRequest> requests, std::vector<Pending>& pending,
                           int max_parallel, Deadline deadline) {
  std::vector<HttpRequest> attempts;
  attempts.reserve(pending.size());
  for (const Pending& one : pending)
    attempts.push_back(make_attempt(requests[one.index], one.attempts == 0));
  std::vector<HttpOutcome> outcomes = http_.send_all(attempts, max_parallel, deadline);
  for (std::size_t i = 0; i < pending.size(); ++i) {
    pending[i].outcome = std::move(outcomes[i]);
    ++pending[i].attempts;
  }
}

// True when the request is worth another attempt; sets the delay before it.
bool AwsClient::judge(const AwsRequest& request, Pending& pending,
                      std::chrono::seconds sent_offset) {
  turn_error_document_into_500(request, pending.outcome);
  const std::string code = code_of(pending.outcome);
  const auto skew = find_clock_skew(pending.outcome, code, surroundings_.now() + sent_offset);
  if (skew && !std::exchange(pending.clock_corrected, true)) {
    clock_offset_ = sent_offset + *skew;
    pending.delay = {};
    return true;
  }
  const Retryability why = classify(pending.outcome, code);
  if (why == Retryability::kNo || pending.attempts >= policy_.max_attempts) return false;
  pending.delay = delay_before_retry(policy_, pending.attempts, why, surroundings_.random(),
                                     find_retry_after(pending.outcome));
  return true;
}

std::vector<HttpOutcome> AwsClient::send_all(std::span<const AwsRequest> requests, int max_parallel,
                                             Deadline deadline) {
  std::vector<HttpOutcome> outcomes(requests.size());
  std::vector<Pending> pending(requests.size());
  for (std::size_t i = 0; i < pending.size(); ++i) pending[i].index = i;
  while (!pending.empty()) {
    const std::chrono::seconds sent_offset = clock_offset_;
    send_round(requests, pending, max_parallel, deadline);
    std::vector<Pending> again;
    std::chrono::milliseconds delay{0};
    for (Pending& one : pending) {
      const bool retry = judge(requests[one.index], one, sent_offset);
      const bool in_time = surroundings_.steady_now() + one.delay < deadline;
      if (!retry || !in_time) {
        outcomes[one.index] = std::move(one.outcome);
        continue;
      }
      delay = std::max(delay, one.delay);
      again.push_back(std::move(one));
    }
    if (delay.count() > 0) surroundings_.sleep(delay);
    pending = std::move(again);
  }
  return outcomes;
}

HttpOutcome AwsClient::send(const AwsRequest& request, Deadline deadline) {
  return std::move(send_all(std::span(&request, 1), 1, deadline).front());
}

}  // namespace runtime
