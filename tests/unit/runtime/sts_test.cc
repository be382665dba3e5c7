#include "runtime/sts.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "runtime/time_text.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using namespace test_support;

const Credentials kBase{"AKIDBASE", Secret("TOPSECRET"), Secret("TOPTOKEN"), {}};
const AssumeRoleRequest kRequest{"arn:aws:iam::123456789012:role/migrate", "ext+id", "dsql-migrate",
                                 "eu-west-1"};
constexpr const char* kAnswer =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
    "<AssumedRoleUser><Arn>x</Arn></AssumedRoleUser><Credentials>"
    "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey>"
    "<SessionToken>role/token==</SessionToken><Expiration>2026-11-21T13:00:00.123Z</Expiration>"
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>";

struct Sts {
  int status = 200;
  std::string body = kAnswer;
  FakeSurroundings surroundings;
  FakeHttp http{[this](const HttpRequest&) { return make_response(status, body); }};

  Credentials assume(const Environment& environment = Environment()) {
    return assume_role(kRequest, kBase, environment, http,
                       surroundings.in(std::chrono::seconds{60}), surroundings.view());
  }
  Error error() {
    try {
      assume();
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("TOP"), std::string::npos) << error.what();
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kService, ""};
  }
};

TEST(Sts, request_is_a_form_with_everything_encoded) {
  const HttpRequest request = make_assume_role_request(kRequest, "https://sts.example");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://sts.example/");
  EXPECT_EQ(request.body,
            "Action=AssumeRole&Version=2011-06-15"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmigrate"
            "&RoleSessionName=dsql-migrate&ExternalId=ext%2Bid");
  EXPECT_EQ(find_header(request.headers, "Content-Type"),
            "application/x-www-form-urlencoded; charset=utf-8");
}

TEST(Sts, external_id_is_left_out_when_there_is_none) {
  AssumeRoleRequest request = kRequest;
  request.external_id.clear();
  EXPECT_EQ(make_assume_role_request(request, "https://h").body.find("ExternalId"),
            std::string::npos);
}

TEST(Sts, answer_gives_temporary_credentials_with_their_end) {
  const Credentials keys = parse_assume_role_answer(kAnswer);
  EXPECT_EQ(keys.access_key_id, "ASIAROLE");
  EXPECT_EQ(keys.secret_access_key.reveal(), "rolesecret");
  EXPECT_EQ(keys.session_token.reveal(), "role/token==");
  EXPECT_EQ(keys.expires_at, parse_iso8601("2026-11-21T13:00:00Z"));
}

TEST(Sts, an_answer_without_credentials_is_a_protocol_error) {
  for (const char* body :
       {"", "{}", "<AssumeRoleResponse/>",
        "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A"
        "</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>"}) {
    Sts sts;
    sts.body = body;
    EXPECT_EQ(sts.error().kind(), ErrorKind::kProtocol) << body;
  }
}

TEST(Sts, the_regional_endpoint_is_asked_and_signed_for) {
  Sts sts;
  sts.assume();
  const HttpRequest& sent = sts.http.requests.at(0);
  EXPECT_EQ(sent.url, "https://sts.eu-west-1.amazonaws.com/");
  const std::string authorization(*find_header(sent.headers, "Authorization"));
  EXPECT_NE(authorization.find("AKIDBASE/20261121/eu-west-1/sts/aws4_request"), std::string::npos);
  EXPECT_NE(authorization.find("content-type;host;x-amz-date;x-amz-security-token"),
            std::string::npos);
}

TEST(Sts, an_endpoint_override_is_used) {
  Sts sts;
  sts.assume(make_environment({{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}}));
  EXPECT_EQ(sts.http.requests.at(0).url, "http://127.0.0.1:1/");
}

TEST(Sts, a_refusal_names_role_code_and_what_to_do) {
  Sts sts;
  sts.status = 403;
  sts.body =
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: x is not authorized"
      "</Message></Error></ErrorResponse>";
  const Error error = sts.error();
  EXPECT_EQ(error.kind(), ErrorKind::kAccessDenied);
  EXPECT_STREQ(error.what(),
               "STS AssumeRole of arn:aws:iam::123456789012:role/migrate: HTTP 403 AccessDenied "
               "(User: x is not authorized). The role's trust policy must allow this function's "
               "role with that external id, and this function's role must allow sts:AssumeRole on "
               "it");
}

TEST(Sts, expired_credentials_are_said_to_be_expired) {
  Sts sts;
  sts.status = 403;
  sts.body = "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>";
  EXPECT_NE(std::string(sts.error().what()).find("have expired"), std::string::npos);
}

}  // namespace
