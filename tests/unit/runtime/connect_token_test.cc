#include "runtime/connect_token.h"

#include <gtest/gtest.h>

#include "runtime/time_text.h"

namespace {

using namespace runtime;

constexpr const char* kHost = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";
constexpr const char* kSessionToken = "IQoJb3JpZ2luX2VjEXAMPLE/token+with/special==";
const auto kNow = *parse_iso8601("2026-11-21T12:00:00Z");

Credentials make_keys(const char* session_token) {
  return {
      "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret(session_token), {}};
}

struct Vector {
  const char* user;
  int expires;
  const char* session_token;
  const char* signature;
};

// Made with @aws-sdk/dsql-signer 3.1142.0.
constexpr Vector kVectors[] = {
    {"admin", 900, "", "9ba895e0a785d1de39cfaa4151734b984a74cd5408e43d4c2ca75abbf58b8b4c"},
    {"app", 900, "", "f127449b8c701dea750e07c9fef5d6718cca31b9008b3aafeff5215fe2501417"},
    {"admin", 3600, "", "de598b96b8846d12796666ec21151a7f3d9bef9a318ed11b98d46f07ae0cd733"},
    {"app", 3600, "", "2efe8b6b847cc05bef7000b8c6100ff71de76b6f5ff6ae8ad9418c6025eb9ffa"},
    {"admin", 604800, "", "ea9e359f3ab2b393311223b7a7472836b5cda0111a86758354535da73c10d148"},
    {"app", 604800, "", "8a0e17f87019de688023a0811bb5b909d6b7c9403f733113102714a15d7fb1b9"},
    {"admin", 900, kSessionToken,
     "370568dca69876c315fcea947627744092f237e889fcc1522cb46dca1d00cf9c"},
    {"app", 900, kSessionToken, "5b23a24de2133653e09c12217048af980f57e6bae762e3f116aec2fe748898c1"},
};

TEST(ConnectToken, dsql_tokens_have_the_signers_signatures) {
  for (const Vector& v : kVectors) {
    const std::string token = make_dsql_token(make_keys(v.session_token), kHost, v.user,
                                              "us-east-1", kNow, std::chrono::seconds{v.expires})
                                  .reveal();
    EXPECT_TRUE(token.ends_with(std::string("&X-Amz-Signature=") + v.signature))
        << v.user << ' ' << v.expires;
  }
}

TEST(ConnectToken, dsql_token_begins_with_host_and_action) {
  const auto begins = [](const char* user) {
    const std::string token =
        make_dsql_token(make_keys(""), kHost, user, "us-east-1", kNow).reveal();
    return token.substr(0, token.find('&'));
  };
  EXPECT_EQ(begins("admin"), std::string(kHost) + "/?Action=DbConnectAdmin");
  EXPECT_EQ(begins("migrator"), std::string(kHost) + "/?Action=DbConnect");
  EXPECT_EQ(begins("Admin"), std::string(kHost) + "/?Action=DbConnect");
}

TEST(ConnectToken, dsql_token_lives_fifteen_minutes_by_default) {
  EXPECT_NE(make_dsql_token(make_keys(""), kHost, "admin", "us-east-1", kNow)
                .reveal()
                .find("&X-Amz-Expires=900&"),
            std::string::npos);
}

TEST(ConnectToken, rds_token_names_port_and_encoded_user) {
  const std::string token =
      make_rds_token(make_keys(""), "db.example", 5433, "an user", "eu-west-1", kNow).reveal();
  EXPECT_TRUE(
      token.starts_with("db.example:5433/?Action=connect&DBUser=an%20user&X-Amz-Algorithm="));
  EXPECT_NE(token.find("%2Feu-west-1%2Frds-db%2Faws4_request"), std::string::npos);
}

}  // namespace
