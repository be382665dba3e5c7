#include "runtime/credentials.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "runtime/error.h"
#include "runtime/time_text.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using namespace test_support;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr const char* kAnswer =
    R"({"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"TOPSECRET","Token":"TOPTOKEN",)"
    R"("Expiration":"2026-11-21T18:00:00Z"})";

// A container endpoint that answers `status` and `body`, and the client's view of it.
struct Container {
  int status = 200;
  std::string body = kAnswer;
  FakeSurroundings surroundings;
  FakeHttp http{[this](const HttpRequest&) { return make_response(status, body); }};

  Credentials load(Variables variables) {
    return load_credentials(Environment(std::move(variables)), http,
                            surroundings.in(std::chrono::seconds{60}), surroundings.view());
  }
  Error error(Variables variables) {
    try {
      load(std::move(variables));
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("TOP"), std::string::npos) << error.what();
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kService, ""};
  }
};

TEST(Credentials, come_from_the_environment_first) {
  Container container;
  const Credentials keys = container.load({{"AWS_ACCESS_KEY_ID", "AKID"},
                                           {"AWS_SECRET_ACCESS_KEY", "s"},
                                           {"AWS_SESSION_TOKEN", "t"},
                                           {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}});
  EXPECT_EQ(keys.access_key_id, "AKID");
  EXPECT_EQ(keys.secret_access_key.reveal(), "s");
  EXPECT_EQ(keys.session_token.reveal(), "t");
  EXPECT_TRUE(container.http.requests.empty());
}

TEST(Credentials, session_token_is_optional) {
  Container container;
  EXPECT_TRUE(container.load({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}})
                  .session_token.empty());
}

TEST(Credentials, half_a_key_is_a_configuration_error_that_names_the_other_half) {
  Container container;
  EXPECT_STREQ(container.error({{"AWS_ACCESS_KEY_ID", "A"}}).what(),
               "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both");
}

TEST(Credentials, none_at_all_asks_nobody_least_of_all_instance_metadata) {
  Container container;
  const Error error = container.error({});
  EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
  EXPECT_TRUE(container.http.requests.empty());
}

TEST(Credentials, relative_uri_goes_to_the_ecs_address) {
  Container container;
  const Credentials keys =
      container.load({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/id"}});
  EXPECT_EQ(container.http.requests.at(0).url, "http://169.254.170.2/v2/credentials/id");
  EXPECT_EQ(keys.access_key_id, "ASIACONTAINER");
  EXPECT_EQ(keys.secret_access_key.reveal(), "TOPSECRET");
  EXPECT_EQ(keys.session_token.reveal(), "TOPTOKEN");
  EXPECT_EQ(keys.expires_at, parse_iso8601("2026-11-21T18:00:00Z"));
}

TEST(Credentials, full_uri_may_be_https_or_this_machine_or_the_containers_addresses) {
  for (const char* uri :
       {"http://127.0.0.1:9001/2021-04-23/credentials", "http://127.9.9.9/", "http://localhost/x",
        "http://[::1]:80/x", "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/x", "https://example.com/x"}) {
    Container container;
    container.load({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri}});
    EXPECT_EQ(container.http.requests.at(0).url, uri);
  }
}

TEST(Credentials, any_other_full_uri_is_refused_unasked) {
  for (const char* uri : {"http://example.com/x", "http://169.254.169.254/latest/meta-data/",
                          "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil.example/",
                          "ftp://127.0.0.1/", "127.0.0.1"}) {
    Container container;
    const Error error = container.error({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri}});
    EXPECT_EQ(error.kind(), ErrorKind::kConfiguration) << uri;
    EXPECT_TRUE(container.http.requests.empty()) << uri;
  }
}

TEST(Credentials, authorization_token_is_sent_as_it_is) {
  Container container;
  container.load({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}});
  EXPECT_EQ(find_header(container.http.requests.at(0).headers, "Authorization"), "Basic abc");
}

TEST(Credentials, authorization_token_file_wins_and_is_read_each_time) {
  const std::string path = testing::TempDir() + "container_authorization_token";
  std::ofstream(path) << "from-file";
  Container container;
  container.load({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "from-variable"},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path}});
  EXPECT_EQ(find_header(container.http.requests.at(0).headers, "Authorization"), "from-file");
  std::remove(path.c_str());
  EXPECT_EQ(container
                .error({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path}})
                .kind(),
            ErrorKind::kConfiguration);
}

TEST(Credentials, authorization_token_with_a_line_break_is_refused) {
  Container container;
  EXPECT_STREQ(container
                   .error({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"},
                           {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "TOP\r\nX: y"}})
                   .what(),
               "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break");
}

TEST(Credentials, an_endpoint_that_refuses_or_fails_is_said_with_its_status) {
  Container container;
  container.status = 403;
  container.body = "TOP";
  const Error refused = container.error({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}});
  EXPECT_EQ(refused.kind(), ErrorKind::kAccessDenied);
  EXPECT_STREQ(refused.what(), "the container credentials endpoint: HTTP 403");
  container.status = 500;
  container.error({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}});
  EXPECT_EQ(container.http.requests.size(), 4U);
}

TEST(Credentials, an_answer_without_keys_is_a_protocol_error) {
  for (const char* body : {"", "TOP", "[]", "{}", R"({"AccessKeyId":"A"})",
                           R"({"AccessKeyId":1,"SecretAccessKey":"TOP"})"}) {
    Container container;
    container.body = body;
    EXPECT_EQ(container.error({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}).kind(),
              ErrorKind::kProtocol)
        << body;
  }
}

TEST(Credentials, the_endpoint_is_given_ten_seconds_not_the_whole_deadline) {
  Container container;
  container.load({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}});
  EXPECT_EQ(container.http.flights.at(0).deadline,
            container.surroundings.in(std::chrono::seconds{10}));
}

}  // namespace
