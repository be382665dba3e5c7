#include "runtime/service_error.h"

#include <gtest/gtest.h>

namespace {

using namespace runtime;

ServiceError parse(std::string body, std::vector<HttpHeader> headers = {}) {
  return parse_service_error({400, std::move(headers), std::move(body)});
}

TEST(ServiceError, reads_s3_errors_with_their_region) {
  const ServiceError error = parse(
      "<?xml version=\"1.0\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code>"
      "<Message>expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>");
  EXPECT_EQ(error.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error.message, "expecting 'eu-west-1'");
  EXPECT_EQ(error.region, "eu-west-1");
}

TEST(ServiceError, reads_query_protocol_errors) {
  const ServiceError error = parse(
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender"
      "</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "no");
}

TEST(ServiceError, reads_query_protocol_errors_with_a_list_between) {
  EXPECT_EQ(parse("<ErrorResponse><Errors><Error><Code>AccessDenied</Code></Error></Errors>"
                  "</ErrorResponse>")
                .code,
            "AccessDenied");
}

TEST(ServiceError, reads_json_errors_and_drops_the_namespace_of_the_code) {
  const ServiceError error = parse(
      R"({"__type":"com.amazonaws.x#ResourceNotFoundException:http://internal/","Message":"gone"})");
  EXPECT_EQ(error.code, "ResourceNotFoundException");
  EXPECT_EQ(error.message, "gone");
}

TEST(ServiceError, takes_the_code_from_the_header_when_the_body_has_none) {
  EXPECT_EQ(parse("", {{"x-amzn-ErrorType", "AccessDeniedException:"}}).code,
            "AccessDeniedException");
}

TEST(ServiceError, anything_else_is_an_empty_error) {
  for (const char* body : {"", "plain", "<html><body>Bad gateway<br></body></html>", "<Error>", "{",
                           "{\"__type\":1}", "[]", "<Other><Code>X</Code></Other>"}) {
    EXPECT_EQ(parse(body).code, "") << body;
  }
}

TEST(ServiceError, a_signature_errors_text_is_dropped_because_it_repeats_the_request) {
  const ServiceError error = parse(
      R"({"__type":"InvalidSignatureException","message":"The Canonical String is x-amz-security-token:TOP"})");
  EXPECT_EQ(error.code, "InvalidSignatureException");
  EXPECT_EQ(error.message, "");
}

TEST(ServiceError, message_is_one_line_of_at_most_300_bytes_cut_between_characters) {
  EXPECT_EQ(parse(R"({"__type":"A","message":"first\nsecond"})").message, "first");
  std::string text(299, 'x');
  EXPECT_EQ(parse(R"({"__type":"A","message":")" + text + "é" + R"("})").message, text);
}

TEST(ServiceError, a_code_that_is_not_a_word_is_dropped) {
  EXPECT_EQ(parse("<Error><Code>X Y\nZ</Code></Error>").code, "");
}

TEST(ServiceError, kinds_follow_status_and_code) {
  const auto kind = [](int status, const char* code) {
    return kind_of_refusal({status, {}, ""}, {code, "", ""});
  };
  EXPECT_EQ(kind(403, ""), ErrorKind::kAccessDenied);
  EXPECT_EQ(kind(401, ""), ErrorKind::kAccessDenied);
  EXPECT_EQ(kind(400, "ExpiredToken"), ErrorKind::kAccessDenied);
  EXPECT_EQ(kind(404, "NoSuchBucket"), ErrorKind::kNotFound);
  EXPECT_EQ(kind(400, "ValidationError"), ErrorKind::kService);
  EXPECT_EQ(kind(503, "SlowDown"), ErrorKind::kService);
}

TEST(ServiceError, the_error_names_what_status_code_message_and_advice) {
  const HttpResponse response{
      403, {}, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"};
  const Error error = make_service_error(response, "S3 list of s3://b/p", "Ask for it");
  EXPECT_STREQ(error.what(),
               "S3 list of s3://b/p: HTTP 403 AccessDenied (Access Denied). Ask for it");
  EXPECT_EQ(error.http_status(), 403);
  EXPECT_EQ(error.code(), "AccessDenied");
  EXPECT_EQ(error.kind(), ErrorKind::kAccessDenied);
}

TEST(ServiceError, transport_failures_keep_their_kind) {
  const auto kind = [](TransportFailure::Kind failure) {
    return find_transport_error(TransportFailure{failure, "m"}, "w")->kind();
  };
  EXPECT_EQ(kind(TransportFailure::Kind::kTimeout), ErrorKind::kTimeout);
  EXPECT_EQ(kind(TransportFailure::Kind::kTooLarge), ErrorKind::kTooLarge);
  EXPECT_EQ(kind(TransportFailure::Kind::kConnect), ErrorKind::kNetwork);
  EXPECT_FALSE(find_transport_error(HttpResponse{500, {}, ""}, "w"));
}

}  // namespace
