// How AWS services say no, whatever protocol they speak.
#pragma once

#include <optional>
#include <string>

#include "runtime/error.h"
#include "runtime/http.h"

namespace runtime {

// What a refusal says about itself. Members are "" when the answer does not say.
struct ServiceError {
  std::string code;     // "NoSuchBucket", "AccessDenied", "ExpiredToken"
  std::string message;  // one line, at most 300 bytes; "" for signature errors, whose text repeats
                        // the signed request
  std::string region;   // where S3 says the bucket is
};

// Reads S3's <Error>, the query protocol's <ErrorResponse> (EC2's and moto's too, with <Errors>
// between), and the JSON protocols' {"__type", "message"} (the code also from x-amzn-ErrorType).
// Never throws: an answer that is none of these (a proxy's HTML page) gives empty members.
ServiceError parse_service_error(const HttpResponse& response);

// The kind for a response that is a refusal: kAccessDenied for 401, 403 and the codes of bad or
// expired credentials, kNotFound for 404, else kService.
ErrorKind kind_of_refusal(const HttpResponse& response, const ServiceError& error);

// The Error for a transfer without a response, or nullopt when there is one. `what` begins the
// message: "STS AssumeRole for arn:...".
std::optional<Error> find_transport_error(const HttpOutcome& outcome, const std::string& what);

// The Error for a response that is a refusal. `advice` ends the message ("" for none).
Error make_service_error(const HttpResponse& response, const std::string& what,
                         const std::string& advice);

// What to do about a code that any AWS service may answer, "" when it is not one of those.
std::string advice_for_credentials(const ServiceError& error);

}  // namespace runtime
