#include "handler/connect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_http.h"

namespace handler {
namespace {

std::string options_of(const Request& request) {
  const runtime::Credentials credentials;
  const runtime::Environment environment;
  test_support::FakeHttp http(
      [](const runtime::HttpRequest&) { return test_support::make_response(200); });
  const auto settings =
      make_connection_settings(request, {credentials, environment, http, runtime::Deadline::max()});
  const auto found = std::find_if(settings.parameters.begin(), settings.parameters.end(),
                                  [](const auto& entry) { return entry.first == "options"; });
  return found == settings.parameters.end() ? "none" : found->second;
}

TEST(ConnectTest, limits_of_the_session_go_with_the_startup_message) {
  Request request;
  request.target = parse_target("postgres://u@h:5432/d");
  EXPECT_EQ(options_of(request), "none");
  request.table_lock_timeout = std::chrono::seconds(0);
  EXPECT_EQ(options_of(request), "-c lock_timeout=0s");
  request.statement_timeout = std::chrono::seconds(90);
  EXPECT_EQ(options_of(request), "-c statement_timeout=90s -c lock_timeout=0s");
}

TEST(ConnectTest, cluster_id_of_a_raw_endpoint_goes_with_it_too) {
  Request request;
  request.target =
      parse_target("dsql://admin@vpce-1.example/postgres?region=us-east-1&clusterId=abc");
  EXPECT_EQ(options_of(request), "-c amzn-cluster-id=abc");
}

}  // namespace
}  // namespace handler
