// How connecting to a cluster fails, and what is said about it.
#include "engine/error.h"
#include "tests/pg/target.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

Error error_of(ConnectionSettings settings, std::chrono::milliseconds time = 30s) {
  PgDatabase database(std::move(settings));
  try {
    database.connect(std::chrono::steady_clock::now() + time);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kConfiguration, "connected");
}

ConnectionSettings with(ConnectionSettings settings, const std::string& keyword,
                        const std::string& value) {
  settings.parameters.emplace_back(keyword, value);
  return settings;
}

std::string token(const DsqlTarget& target, const std::string& query) {
  const auto body = target.control("GET", "/token?" + query);
  const auto start = body.find(": \"") + 3;
  return body.substr(start, body.rfind('"') - start);
}

TEST(DsqlConnect, wrong_secret_is_refused_at_once_without_the_token_in_the_message) {
  DsqlTarget target;
  auto settings = target.settings();
  auto wrong = token(target, "user=admin");
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  int asked = 0;
  settings.password = [&] {
    ++asked;
    return wrong;
  };
  const auto error = error_of(settings);
  EXPECT_EQ(error.kind(), ErrorKind::kAuthentication) << error.what();
  EXPECT_NE(std::string(error.what()).find("access denied"), std::string::npos) << error.what();
  const auto said = error.what() + error.server().hint + error.server().detail;
  EXPECT_EQ(said.find("X-Amz-Signature"), std::string::npos) << said;
  EXPECT_EQ(asked, 1);
}

TEST(DsqlConnect, expired_token_gives_the_servers_hint) {
  DsqlTarget target;
  target.control("POST", "/settings", R"({"clock_offset": 4000.0})");
  const auto error = error_of(target.settings());
  target.control("POST", "/settings", R"({"clock_offset": 0.0})");
  EXPECT_EQ(error.kind(), ErrorKind::kAuthentication) << error.what();
  EXPECT_NE(error.server().hint.find("Signature expired"), std::string::npos)
      << error.server().hint;
}

TEST(DsqlConnect, token_of_another_action_is_refused) {
  DsqlTarget target;
  auto settings = target.settings();
  settings.password = [&] { return token(target, "user=somebody"); };
  const auto error = error_of(settings);
  EXPECT_EQ(error.kind(), ErrorKind::kAuthentication) << error.what();
  EXPECT_NE(std::string(error.what()).find("Wrong user to action mapping"), std::string::npos)
      << error.what();
}

TEST(DsqlConnect, unknown_ca_is_named) {
  DsqlTarget target;
  const auto error =
      error_of(with(target.settings(), "sslrootcert", "/etc/ssl/certs/ca-certificates.crt"));
  EXPECT_EQ(error.kind(), ErrorKind::kConnect);
  EXPECT_NE(std::string(error.what()).find("certificate verify failed"), std::string::npos)
      << error.what();
  EXPECT_NE(error.server().hint.find("sslrootcert"), std::string::npos) << error.server().hint;
}

TEST(DsqlConnect, certificate_of_another_host_is_named) {
  DsqlTarget target;
  const auto error =
      error_of(with(target.settings(), "host", "zyxwvutsrqponmlkjihgfedcba.dsql.eu-west-1.on.aws"));
  EXPECT_EQ(error.kind(), ErrorKind::kConnect);
  EXPECT_NE(std::string(error.what()).find("does not match host name"), std::string::npos)
      << error.what();
}

TEST(DsqlConnect, plain_text_is_refused) {
  DsqlTarget target;
  const auto error = error_of(with(target.settings(), "sslmode", "disable"), 3s);
  EXPECT_NE(error.kind(), ErrorKind::kConfiguration);
}

TEST(DsqlConnect, cluster_that_wakes_up_is_waited_for_with_a_fresh_token_each_time) {
  for (const char* kind : {"waking_up", "too_many_connections", "connection_rate"}) {
    DsqlTarget target;
    target.fault(R"({"kind": ")" + std::string(kind) + R"(", "times": 3})");
    auto settings = target.settings();
    int asked = 0;
    settings.password = [&] {
      ++asked;
      return token(target, "user=admin");
    };
    EXPECT_EQ(error_of(settings).kind(), ErrorKind::kConfiguration) << kind;
    EXPECT_EQ(asked, 4) << kind;
  }
}

TEST(DsqlConnect, cluster_that_does_not_wake_up_is_named) {
  DsqlTarget target;
  target.fault(R"({"kind": "waking_up", "times": null})");
  const auto error = error_of(target.settings(), 3s);
  target.control("DELETE", "/faults");
  EXPECT_EQ(error.kind(), ErrorKind::kConnect);
  EXPECT_NE(std::string(error.what()).find("waking up cluster"), std::string::npos);
}

TEST(DsqlConnect, connection_dropped_during_connect_is_tried_again) {
  DsqlTarget target;
  target.fault(R"({"kind": "drop_connect", "times": 2})");
  EXPECT_EQ(error_of(target.settings()).kind(), ErrorKind::kConfiguration);
}

TEST(DsqlConnect, failed_connection_of_a_run_is_in_its_report) {
  DsqlTarget target;
  target.fault(R"({"kind": "refuse_connect", "times": null})");
  const auto report = target.apply({{"1_a.sql", "CREATE TABLE a (n bigint);"}});
  target.control("DELETE", "/faults");
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->code, "authentication-failed");
}

}  // namespace
}  // namespace engine
