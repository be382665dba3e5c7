#include <gtest/gtest.h>

#include "runtime/curl_http.h"
#include "tests/support/tls_server.h"

namespace runtime {
namespace {

using test_support::TlsServer;

HttpOutcome get(const TlsServer& server, const std::string& host, const CurlSettings& settings) {
  return CurlHttp(settings).send(
      {.url = "https://" + host + ":" + std::to_string(server.port()) + "/?token=secret"},
      std::chrono::steady_clock::now() + std::chrono::seconds(30));
}

void expect_refused(const HttpOutcome& outcome) {
  const auto* failure = std::get_if<TransportFailure>(&outcome);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->kind, TransportFailure::Kind::kTls) << failure->message;
  EXPECT_EQ(failure->message.find("secret"), std::string::npos);
}

TEST(CurlTls, a_certificate_of_the_ca_file_is_trusted) {
  const TlsServer server("localhost");
  CurlSettings settings;
  settings.ca_file = server.certificate_file();
  const auto outcome = get(server, "localhost", settings);
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(outcome))
      << std::get<TransportFailure>(outcome).message;
  EXPECT_EQ(std::get<HttpResponse>(outcome).body, "hello");
}

TEST(CurlTls, aws_ca_bundle_names_the_ca_file) {
  const TlsServer server("localhost");
  const Environment environment(
      Environment::Variables{{"AWS_CA_BUNDLE", server.certificate_file()}});
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(
      get(server, "localhost", make_curl_settings(environment))));
}

TEST(CurlTls, an_unknown_authority_is_refused) {
  const TlsServer server("localhost");
  const TlsServer other("localhost");
  expect_refused(get(server, "localhost", CurlSettings{}));
  CurlSettings settings;
  settings.ca_file = other.certificate_file();
  expect_refused(get(server, "localhost", settings));
}

TEST(CurlTls, a_certificate_for_another_host_is_refused) {
  const TlsServer server("localhost");
  CurlSettings settings;
  settings.ca_file = server.certificate_file();
  expect_refused(get(server, "127.0.0.1", settings));
}

TEST(CurlTls, a_ca_file_that_is_not_there_is_refused_and_named) {
  const TlsServer server("localhost");
  CurlSettings settings;
  settings.ca_file = "/nowhere/ca.pem";
  const auto outcome = get(server, "localhost", settings);
  expect_refused(outcome);
  EXPECT_NE(std::get<TransportFailure>(outcome).message.find("/nowhere/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace runtime
