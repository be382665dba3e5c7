// AWS Signature Version 4 as pure functions: what goes in is an unsigned request as it will be
// sent and the time, what comes out is the signed request with every intermediate stage.
//
// Source: AWS, "Signature Version 4 signing process"; where that leaves room, botocore's auth.py
// is the reference and tests/http/test_sigv4_oracle.py compares with it byte for byte.
#pragma once

#include <chrono>
#include <string>

#include "runtime/credentials.h"
#include "runtime/http.h"

namespace runtime {

// For service "s3" the URL's path is signed as it is; for every other service it is normalised
// (dot segments, repeated slashes) and encoded once more.
struct SigningScope {
  std::string region;
  std::string service;                        // "s3", "sts", "dsql", "secretsmanager", ...
  std::chrono::system_clock::time_point now;  // take it anew for each attempt
};

enum class PayloadHash {
  kOfBody,
  kUnsigned,  // the literal UNSIGNED-PAYLOAD; only sensible over https
};

// The stages hold the session token (as header or query): they are for tests, never for a log.
struct SignedRequest {
  HttpRequest request;
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;  // 64 hex digits
};

// Header form: adds X-Amz-Date, X-Amz-Security-Token (with a session token),
// X-Amz-Content-SHA256 (always for s3, else when unsigned) and Authorization. Precondition: the
// request has none of them, and its query names and values are encoded already (uri_encode).
SignedRequest sign_request(HttpRequest request, const Credentials& credentials,
                           const SigningScope& scope, PayloadHash payload = PayloadHash::kOfBody);

// Presigned form: appends the X-Amz-... parameters to the URL's query, X-Amz-Signature last. The
// payload is UNSIGNED-PAYLOAD for s3, the body's hash for every other service.
SignedRequest presign_request(HttpRequest request, const Credentials& credentials,
                              const SigningScope& scope, std::chrono::seconds expires_in);

}  // namespace runtime
