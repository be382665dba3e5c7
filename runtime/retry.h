// When a request is worth another attempt, and after how long: the AWS SDKs' "standard" mode.
// Source: AWS SDKs and Tools reference guide, "Retry behavior"; botocore retries/standard.py.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/http.h"

namespace runtime {

struct RetryPolicy {
  int max_attempts = 3;  // the first one included
  std::chrono::milliseconds base_delay{50};
  std::chrono::milliseconds throttled_base_delay{1000};
  std::chrono::milliseconds max_delay{20'000};
  std::chrono::milliseconds max_extra_for_retry_after{5'000};
};

enum class Retryability { kNo, kTransient, kThrottled };

// `code` is the service's error code, "" for none.
Retryability classify(const HttpOutcome& outcome, std::string_view code);

// Full jitter: random · min(base · 2^(attempt-1), max), where `attempt` (from 1) is the one that
// failed and `random` is in [0, 1). Raised to x-amz-retry-after, but at most by the policy's extra.
std::chrono::milliseconds delay_before_retry(const RetryPolicy& policy, int attempt,
                                             Retryability why, double random,
                                             std::optional<std::chrono::milliseconds> retry_after);

// The x-amz-retry-after header, milliseconds. nullopt when absent or not a number of at least 0.
std::optional<std::chrono::milliseconds> find_retry_after(const HttpOutcome& outcome);

// How far the service's clock is ahead of ours, when it refused a request for that reason: an
// error code of that family, and a Date header at least 4 minutes away from `now`.
std::optional<std::chrono::seconds> find_clock_skew(const HttpOutcome& outcome,
                                                    std::string_view code,
                                                    std::chrono::system_clock::time_point now);

}  // namespace runtime
