#include "runtime/secrets_manager.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "tests/support/fake_http.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using namespace test_support;

// A Secrets Manager with some secrets in it.
struct SecretStore {
  std::map<std::string, nlohmann::json> secrets;
  int status = 0;  // of a refusal of everything; 0 for none
  std::string refusal;
  FakeSurroundings surroundings;
  FakeHttp http{[this](const HttpRequest& request) { return answer(request); }};

  HttpOutcome answer(const HttpRequest& request) {
    EXPECT_EQ(find_header(request.headers, "X-Amz-Target"), "secretsmanager.GetSecretValue");
    EXPECT_EQ(find_header(request.headers, "Content-Type"), "application/x-amz-json-1.1");
    if (status != 0) return make_response(status, refusal);
    const auto found = secrets.find(nlohmann::json::parse(request.body).at("SecretId"));
    if (found == secrets.end()) {
      return make_response(400, R"({"__type":"ResourceNotFoundException","Message":"can't find"})");
    }
    return make_response(200, found->second.dump());
  }
  Secret get(const std::string& id, const Environment& environment = Environment()) {
    return get_secret_value(id, "eu-west-1", {"AKID", Secret("TOP"), Secret(), {}}, environment,
                            http, surroundings.in(std::chrono::seconds{60}), surroundings.view());
  }
  Error error(const std::string& id) {
    try {
      get(id);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("TOP"), std::string::npos) << error.what();
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kService, ""};
  }
};

TEST(SecretsManager, gives_the_secrets_string) {
  SecretStore store;
  store.secrets["db/ä"] = {{"SecretString", "pässword"}};
  EXPECT_EQ(store.get("db/ä").reveal(), "pässword");
  EXPECT_EQ(store.http.requests.at(0).url, "https://secretsmanager.eu-west-1.amazonaws.com/");
}

TEST(SecretsManager, an_arns_own_region_is_asked) {
  SecretStore store;
  const std::string arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf";
  store.secrets[arn] = {{"SecretString", "x"}};
  store.get(arn);
  EXPECT_EQ(store.http.requests.at(0).url, "https://secretsmanager.us-west-2.amazonaws.com/");
  EXPECT_NE(find_header(store.http.requests.at(0).headers, "Authorization")
                ->find("/us-west-2/secretsmanager/"),
            std::string_view::npos);
}

TEST(SecretsManager, an_endpoint_override_is_used) {
  SecretStore store;
  store.secrets["a"] = {{"SecretString", "x"}};
  store.get("a", make_environment({{"AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1"}}));
  EXPECT_EQ(store.http.requests.at(0).url, "http://127.0.0.1:1/");
}

TEST(SecretsManager, an_unknown_secret_is_not_found) {
  SecretStore store;
  const Error error = store.error("nope");
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_STREQ(error.what(),
               "Secrets Manager GetSecretValue of nope: HTTP 400 ResourceNotFoundException (can't "
               "find). Check the secret's name or ARN, its region, and that it has a value");
}

TEST(SecretsManager, a_binary_secret_is_a_configuration_error) {
  SecretStore store;
  store.secrets["bin"] = {{"SecretBinary", "VE9Q"}};
  EXPECT_EQ(store.error("bin").kind(), ErrorKind::kConfiguration);
}

TEST(SecretsManager, an_answer_that_is_not_json_is_a_protocol_error) {
  SecretStore store;
  store.status = 200;
  store.refusal = "TOP";
  EXPECT_EQ(store.error("a").kind(), ErrorKind::kProtocol);
}

TEST(SecretsManager, a_missing_permission_is_named) {
  SecretStore store;
  store.status = 400;
  store.refusal = R"({"__type":"AccessDeniedException","Message":"User: x"})";
  const Error error = store.error("a");
  EXPECT_EQ(error.kind(), ErrorKind::kAccessDenied);
  EXPECT_NE(std::string(error.what()).find("secretsmanager:GetSecretValue"), std::string::npos);
}

TEST(SecretsManager, a_signature_refusal_does_not_repeat_the_request) {
  SecretStore store;
  store.status = 403;
  store.refusal = R"({"__type":"InvalidSignatureException","message":"TOP canonical string"})";
  EXPECT_EQ(store.error("a").kind(), ErrorKind::kAccessDenied);
}

TEST(SecretsManager, password_is_the_member_of_an_object_or_the_whole_text) {
  EXPECT_EQ(parse_password(Secret(R"({"username":"u","password":"p\"w"})")).reveal(), "p\"w");
  EXPECT_EQ(parse_password(Secret("plain")).reveal(), "plain");
  EXPECT_EQ(parse_password(Secret("\"quoted\"")).reveal(), "\"quoted\"");
  EXPECT_EQ(parse_password(Secret("{not json")).reveal(), "{not json");
  EXPECT_EQ(parse_password(Secret("12345")).reveal(), "12345");
}

TEST(SecretsManager, an_object_without_a_password_is_a_configuration_error) {
  for (const char* text : {R"({"username":"TOP"})", R"({"password":5})", "{}"}) {
    try {
      parse_password(Secret(text));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
      EXPECT_EQ(std::string(error.what()).find("TOP"), std::string::npos);
    }
  }
}

}  // namespace
