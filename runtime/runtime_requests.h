// The Runtime API's requests and answers as values: what runtime_api.cc sends and reads.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/http.h"
#include "runtime/runtime_api.h"

namespace runtime {

// The most a buffered response may have: 6 MiB and 100 bytes.
inline constexpr std::size_t kMaxAnswerBytes = 6 * 1024 * 1024 + 100;

// What an invocation without a readable deadline header is given.
inline constexpr std::chrono::seconds kAssumedTime{60};

// `endpoint` is "host:port" throughout.
HttpRequest make_next_request(const std::string& endpoint);

// /response, or /error when the answer has an error type. The body is made valid UTF-8; one over
// kMaxAnswerBytes is replaced by make_too_large_answer().
HttpRequest make_answer_request(const std::string& endpoint, const std::string& request_id,
                                const Answer& answer);
HttpRequest make_init_error_request(const std::string& endpoint, const Answer& answer);

// The internal extension: registered for no events, so that its event/next never returns.
HttpRequest make_register_request(const std::string& endpoint);
HttpRequest make_extension_next_request(const std::string& endpoint, const std::string& identifier);

// {"errorMessage", "errorType", "stackTrace": []} with the type checked.
Answer make_error_answer(std::string_view error_type, std::string_view message);
Answer make_too_large_answer();

// The type, when the API keeps such a one: (Runtime|Function)\.[A-Z][a-zA-Z]+; else
// Function.Unknown, which is what the API would make of it.
std::string make_error_type(std::string_view type);

// nullopt for a response without a request id. The deadline is that of the header carried over
// from `now` to `steady_now`, two readings of the same moment.
std::optional<Invocation> parse_invocation(const HttpResponse& response,
                                           std::chrono::system_clock::time_point now,
                                           std::chrono::steady_clock::time_point steady_now);

// The errorType of a refusal's JSON body ("InvalidRequestID"); "" when there is none.
std::string parse_refusal(const HttpResponse& response);

}  // namespace runtime
