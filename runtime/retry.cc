#include "runtime/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "runtime/time_text.h"

namespace runtime {
namespace {

constexpr std::array<std::string_view, 3> kTransientCodes = {
    "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"};

constexpr std::array<std::string_view, 13> kThrottlingCodes = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "EC2ThrottledException"};

// InvalidSignatureException and SignatureDoesNotMatch are also how a signature made at the wrong
// time is refused; the Date header decides.
constexpr std::array<std::string_view, 6> kSkewCodes = {
    "RequestTimeTooSkewed",      "RequestExpired",        "RequestInTheFuture",
    "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"};

// S3 refuses from 15 minutes on, most services from 5.
constexpr std::chrono::minutes kSkewThatMatters{4};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

Retryability classify(const HttpOutcome& outcome, std::string_view code) {
  if (const auto* failure = std::get_if<TransportFailure>(&outcome)) {
    return failure->kind == TransportFailure::Kind::kTooLarge ? Retryability::kNo
                                                              : Retryability::kTransient;
  }
  if (contains(kThrottlingCodes, code)) return Retryability::kThrottled;
  if (contains(kTransientCodes, code)) return Retryability::kTransient;
  const int status = std::get<HttpResponse>(outcome).status;
  const bool transient = status == 500 || status == 502 || status == 503 || status == 504;
  return transient ? Retryability::kTransient : Retryability::kNo;
}

std::chrono::milliseconds delay_before_retry(const RetryPolicy& policy, int attempt,
                                             Retryability why, double random,
                                             std::optional<std::chrono::milliseconds> retry_after) {
  const auto base =
      why == Retryability::kThrottled ? policy.throttled_base_delay : policy.base_delay;
  const auto grown = base * (std::int64_t{1} << std::clamp(attempt - 1, 0, 20));
  const auto ceiling = static_cast<double>(std::min(grown, policy.max_delay).count());
  const std::chrono::milliseconds delay{static_cast<std::int64_t>(random * ceiling)};
  if (!retry_after) return delay;
  return std::max(delay, std::min(*retry_after, delay + policy.max_extra_for_retry_after));
}

std::optional<std::chrono::milliseconds> find_retry_after(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr) return std::nullopt;
  const auto header = find_header(response->headers, "x-amz-retry-after");
  if (!header) return std::nullopt;
  std::int64_t value = 0;
  const char* begin = header->data();
  const char* end = begin + header->size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
  return std::chrono::milliseconds{value};
}

std::optional<std::chrono::seconds> find_clock_skew(const HttpOutcome& outcome,
                                                    std::string_view code,
                                                    std::chrono::system_clock::time_point now) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr || !contains(kSkewCodes, code)) return std::nullopt;
  const auto date = parse_http_date(find_header(response->headers, "Date").value_or(""));
  if (!date) return std::nullopt;
  const auto skew = std::chrono::round<std::chrono::seconds>(*date - now);
  if (std::chrono::abs(skew) < kSkewThatMatters) return std::nullopt;
  return skew;
}

}  // namespace runtime
