#include "runtime/retry.h"

#include <gtest/gtest.h>

#include "runtime/time_text.h"

namespace {

using namespace runtime;
using std::chrono::milliseconds;

HttpOutcome answer(int status, std::vector<HttpHeader> headers = {}) {
  return HttpResponse{status, std::move(headers), ""};
}

HttpOutcome failure(TransportFailure::Kind kind) { return TransportFailure{kind, "x"}; }

TEST(Retry, server_errors_and_lost_connections_are_transient) {
  for (const int status : {500, 502, 503, 504}) {
    EXPECT_EQ(classify(answer(status), ""), Retryability::kTransient) << status;
  }
  for (const auto kind : {TransportFailure::Kind::kResolve, TransportFailure::Kind::kConnect,
                          TransportFailure::Kind::kTls, TransportFailure::Kind::kTimeout,
                          TransportFailure::Kind::kInterrupted}) {
    EXPECT_EQ(classify(failure(kind), ""), Retryability::kTransient);
  }
  EXPECT_EQ(classify(answer(400), "RequestTimeout"), Retryability::kTransient);
}

TEST(Retry, throttling_is_known_by_its_code) {
  for (const char* code :
       {"SlowDown", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}) {
    EXPECT_EQ(classify(answer(503), code), Retryability::kThrottled) << code;
    EXPECT_EQ(classify(answer(400), code), Retryability::kThrottled) << code;
  }
}

TEST(Retry, success_refusals_and_too_large_answers_are_final) {
  for (const int status : {200, 301, 304, 400, 403, 404, 409, 412, 429, 501}) {
    EXPECT_EQ(classify(answer(status), "AccessDenied"), Retryability::kNo) << status;
  }
  EXPECT_EQ(classify(failure(TransportFailure::Kind::kTooLarge), ""), Retryability::kNo);
}

milliseconds delay(int attempt, Retryability why, double random,
                   std::optional<milliseconds> retry_after = {}) {
  return delay_before_retry(RetryPolicy{}, attempt, why, random, retry_after);
}

TEST(Retry, delay_doubles_with_each_attempt_up_to_twenty_seconds) {
  EXPECT_EQ(delay(1, Retryability::kTransient, 1.0), milliseconds{50});
  EXPECT_EQ(delay(2, Retryability::kTransient, 1.0), milliseconds{100});
  EXPECT_EQ(delay(3, Retryability::kTransient, 1.0), milliseconds{200});
  EXPECT_EQ(delay(30, Retryability::kTransient, 1.0), milliseconds{20000});
  EXPECT_EQ(delay(1, Retryability::kThrottled, 1.0), milliseconds{1000});
  EXPECT_EQ(delay(2, Retryability::kThrottled, 1.0), milliseconds{2000});
}

TEST(Retry, jitter_is_full) {
  EXPECT_EQ(delay(2, Retryability::kThrottled, 0.0), milliseconds{0});
  EXPECT_EQ(delay(2, Retryability::kThrottled, 0.5), milliseconds{1000});
}

TEST(Retry, retry_after_raises_the_delay_by_at_most_five_seconds) {
  EXPECT_EQ(delay(1, Retryability::kTransient, 1.0, milliseconds{10}), milliseconds{50});
  EXPECT_EQ(delay(1, Retryability::kTransient, 1.0, milliseconds{700}), milliseconds{700});
  EXPECT_EQ(delay(1, Retryability::kTransient, 1.0, milliseconds{60000}), milliseconds{5050});
}

TEST(Retry, retry_after_header_is_milliseconds_or_ignored) {
  EXPECT_EQ(find_retry_after(answer(503, {{"X-Amz-Retry-After", "1500"}})), milliseconds{1500});
  EXPECT_EQ(find_retry_after(answer(503, {{"x-amz-retry-after", "-1"}})), std::nullopt);
  EXPECT_EQ(find_retry_after(answer(503, {{"x-amz-retry-after", "soon"}})), std::nullopt);
  EXPECT_EQ(find_retry_after(answer(503)), std::nullopt);
  EXPECT_EQ(find_retry_after(failure(TransportFailure::Kind::kConnect)), std::nullopt);
}

TEST(Retry, skew_is_learned_from_the_date_of_a_refusal_for_it) {
  const auto now = *parse_iso8601("2026-11-21T12:00:00Z");
  const auto skew = [&](const char* date, const char* code) {
    return find_clock_skew(answer(403, {{"Date", date}}), code, now);
  };
  EXPECT_EQ(skew("Sat, 21 Nov 2026 12:20:00 GMT", "RequestTimeTooSkewed"),
            std::chrono::minutes{20});
  EXPECT_EQ(skew("Sat, 21 Nov 2026 11:00:00 GMT", "InvalidSignatureException"),
            -std::chrono::minutes{60});
  EXPECT_EQ(skew("Sat, 21 Nov 2026 12:01:00 GMT", "SignatureDoesNotMatch"), std::nullopt);
  EXPECT_EQ(skew("Sat, 21 Nov 2026 12:20:00 GMT", "AccessDenied"), std::nullopt);
  EXPECT_EQ(skew("yesterday", "RequestTimeTooSkewed"), std::nullopt);
}

}  // namespace
