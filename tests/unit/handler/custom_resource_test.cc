#include "handler/custom_resource.h"

#include <gtest/gtest.h>

#include "handler/request_error.h"
#include "tests/support/fake_http.h"

namespace handler {
namespace {

using nlohmann::json;
using test_support::FakeHttp;

ResourceRequest example() {
  ResourceRequest request;
  request.type = "Create";
  request.response_url = runtime::Secret("https://bucket.s3.amazonaws.com/x%7Cy?X-Amz-Signature=s");
  request.stack_id = "arn:stack";
  request.request_id = "r-1";
  request.logical_resource_id = "Migrations";
  return request;
}

TEST(CustomResourceTest, only_amazon_hosts_over_https_are_answered) {
  const runtime::Environment none;
  EXPECT_TRUE(
      is_trusted_response_url("https://b.s3.us-east-1.amazonaws.com/k?X-Amz-Signature=1", none));
  EXPECT_TRUE(is_trusted_response_url("https://b.s3.cn-north-1.amazonaws.com.cn/k", none));
  for (const char* url :
       {"http://b.s3.amazonaws.com/k", "https://b.s3.amazonaws.com.evil.example/k",
        "https://amazonaws.com/k", "https://b.amazonaws.com@evil.example/k",
        "https://evil.example/amazonaws.com", "ftp://b.amazonaws.com/", "https://notamazonaws.com/",
        "", "https://evil.example/?x=.amazonaws.com"}) {
    EXPECT_FALSE(is_trusted_response_url(url, none)) << url;
  }
  const runtime::Environment sovereign(
      runtime::Environment::Variables{{"AWS_REGION", "eusc-de-east-1"}});
  EXPECT_TRUE(is_trusted_response_url("https://b.s3.eusc-de-east-1.amazonaws.eu/k", sovereign));
  EXPECT_FALSE(is_trusted_response_url("https://b.s3.eusc-de-east-1.amazonaws.eu/k", none));
  const runtime::Environment emulator(
      runtime::Environment::Variables{{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566"}});
  EXPECT_TRUE(is_trusted_response_url("http://127.0.0.1:4566/_cfn/1", emulator));
  EXPECT_FALSE(is_trusted_response_url("file:///etc/passwd", emulator));
}

TEST(CustomResourceTest, the_physical_id_depends_on_target_and_ledger_only) {
  const auto target = parse_target("dsql://admin@x.dsql.us-east-1.on.aws/postgres");
  const auto same = parse_target("dsql://other@X.dsql.us-east-1.on.aws:5432?hostaddr=127.0.0.1");
  const auto id = make_physical_resource_id(target, "dsql_migrate");
  EXPECT_EQ(id, make_physical_resource_id(same, "dsql_migrate"));
  EXPECT_NE(id, make_physical_resource_id(target, "other"));
}

TEST(CustomResourceTest, data_holds_strings) {
  engine::RunReport report;
  report.status = engine::Status::kApplied;
  report.current_version = "3";
  report.migrations.resize(2);
  report.migrations[0].complete = true;
  const auto reply = make_resource_reply(report, "id");
  EXPECT_TRUE(reply.success);
  EXPECT_EQ(reply.data,
            (json{{"Status", "APPLIED"}, {"CurrentVersion", "3"}, {"AppliedCount", "1"}}));
}

TEST(CustomResourceTest, a_failure_and_an_ended_budget_fail_with_a_reason) {
  for (const auto status : {engine::Status::kFailed, engine::Status::kInvalid,
                            engine::Status::kLocked, engine::Status::kContinue}) {
    engine::RunReport report;
    report.status = status;
    const auto reply = make_resource_reply(report, "id");
    EXPECT_FALSE(reply.success);
    EXPECT_EQ(reply.reason.rfind(engine::to_string(status), 0), 0U) << reply.reason;
  }
}

TEST(CustomResourceTest, the_reply_copies_the_ids_and_fits_into_4096_bytes) {
  auto request = example();
  ResourceReply reply;
  reply.physical_resource_id = std::string(3000, 'p');
  reply.data = {{"Big", std::string(5000, 'd')}};
  for (int i = 0; i < 2000; ++i) reply.reason += "\xC3\xA9";
  const auto body = make_reply_body(request, reply);
  EXPECT_LE(body.size(), kMaxReplyBytes);
  const auto parsed = json::parse(body);
  EXPECT_EQ(parsed["Status"], "FAILED");
  EXPECT_EQ(parsed["StackId"], "arn:stack");
  EXPECT_EQ(parsed["RequestId"], "r-1");
  EXPECT_EQ(parsed["LogicalResourceId"], "Migrations");
  EXPECT_LE(parsed["PhysicalResourceId"].get<std::string>().size(), 1024U);
  EXPECT_FALSE(parsed["Reason"].get<std::string>().empty());
  EXPECT_FALSE(parsed.contains("Data"));
}

TEST(CustomResourceTest, a_reason_full_of_escapes_still_fits) {
  ResourceReply reply;
  reply.physical_resource_id = "id";
  reply.reason = std::string(1000, '\x01');
  EXPECT_LE(make_reply_body(example(), reply).size(), kMaxReplyBytes);
}

TEST(CustomResourceTest, the_put_keeps_the_url_and_sends_no_content_type_of_its_own) {
  ResourceReply reply;
  reply.success = true;
  reply.physical_resource_id = "id";
  const auto put = make_reply_request(example(), reply);
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.url, example().response_url.reveal());
  EXPECT_EQ(runtime::find_header(put.headers, "content-type"), "");
}

TEST(CustomResourceTest, a_server_error_is_tried_again_and_a_refusal_is_not) {
  int calls = 0;
  FakeHttp flaky([&](const runtime::HttpRequest&) {
    return test_support::make_response(++calls == 1 ? 503 : 200);
  });
  std::string why;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  EXPECT_TRUE(send_reply({}, flaky, deadline, &why));
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(flaky.requests.at(0).fresh_connection);
  EXPECT_TRUE(flaky.requests.at(1).fresh_connection);

  FakeHttp refusing([&](const runtime::HttpRequest&) { return test_support::make_response(403); });
  EXPECT_FALSE(send_reply({}, refusing, deadline, &why));
  EXPECT_EQ(refusing.requests.size(), 1U);
  EXPECT_EQ(why, "HTTP status 403");
}

TEST(CustomResourceTest, a_try_that_hangs_leaves_time_for_others) {
  FakeHttp silent([](const runtime::HttpRequest&) {
    return runtime::TransportFailure{runtime::TransportFailure::Kind::kTimeout, "no answer"};
  });
  std::string why;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(send_reply({}, silent, now + std::chrono::seconds(3), &why));
  ASSERT_GE(silent.flights.size(), 2U);
  EXPECT_LT(silent.flights[0].deadline, now + std::chrono::milliseconds(2500));
  FakeHttp accepting([](const runtime::HttpRequest&) { return test_support::make_response(200); });
  EXPECT_TRUE(send_reply({}, accepting, now + std::chrono::hours(1), &why));
  EXPECT_LT(accepting.flights[0].deadline, now + std::chrono::seconds(20));
}

TEST(CustomResourceTest, a_request_without_the_fields_of_its_reply_is_refused_by_name) {
  json event = {{"RequestType", "Create"},
                {"ResponseURL", "https://x"},
                {"StackId", "s"},
                {"RequestId", "r"},
                {"LogicalResourceId", "l"}};
  EXPECT_EQ(parse_resource_request(event).stack_id, "s");
  for (const char* name :
       {"RequestType", "ResponseURL", "StackId", "RequestId", "LogicalResourceId"}) {
    auto broken = event;
    broken.erase(name);
    try {
      parse_resource_request(broken);
      FAIL() << name;
    } catch (const RequestError& error) {
      EXPECT_EQ(error.field(), name);
    }
  }
}

}  // namespace
}  // namespace handler
