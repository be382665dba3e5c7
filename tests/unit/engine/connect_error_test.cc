#include "engine/connect_error.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

using Retry = ConnectFailure::Retry;

TEST(ConnectError, servers_refusal_loses_its_wrapping_and_keeps_code_and_hint) {
  const auto failure = parse_connect_failure(
      "connection to server at \"h\" (1.2.3.4), port 5432 failed: FATAL:  28000: unable to accept "
      "connection, access denied\nHINT:  Signature expired: 20261121T000000Z is now earlier\n"
      "LOCATION:  auth, x.c:1\n");
  EXPECT_STREQ(failure.error.what(), "unable to accept connection, access denied");
  EXPECT_EQ(failure.error.kind(), ErrorKind::kAuthentication);
  EXPECT_EQ(failure.error.server().sqlstate, "28000");
  EXPECT_EQ(failure.error.server().hint, "Signature expired: 20261121T000000Z is now earlier");
  EXPECT_EQ(failure.retry, Retry::kNo);
}

struct Case {
  const char* message;
  ErrorKind kind;
  Retry retry;
};

class ConnectErrorOf : public testing::TestWithParam<Case> {};

TEST_P(ConnectErrorOf, text_or_code_decides) {
  const auto failure = parse_connect_failure(GetParam().message);
  EXPECT_EQ(failure.error.kind(), GetParam().kind);
  EXPECT_EQ(failure.retry, GetParam().retry);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ConnectErrorOf,
    testing::Values(
        Case{"FATAL:  08P01: unsupported startup parameter in options: lock_timeout",
             ErrorKind::kConnect, Retry::kNo},
        Case{"FATAL:  0A000: Feature not supported: RDS Proxy currently doesn't support "
             "command-line options.",
             ErrorKind::kConnect, Retry::kNo},
        Case{"FATAL:  08006: unable to accept connection, waking up cluster, please retry later",
             ErrorKind::kConnect, Retry::kToTheEnd},
        Case{"Wrong user to action mapping. user: admin, action: DbConnect",
             ErrorKind::kAuthentication, Retry::kNo},
        Case{"FATAL:  28000: IAM authentication failed for user \"app\"",
             ErrorKind::kAuthentication, Retry::kNo},
        Case{"FATAL:  28P01: password authentication failed for user \"u\"",
             ErrorKind::kAuthentication, Retry::kNo},
        Case{"FATAL:  28000: role \"u\" does not exist", ErrorKind::kAuthentication, Retry::kNo},
        Case{"FATAL:  53300: sorry, too many clients already", ErrorKind::kConnect,
             Retry::kToTheEnd},
        Case{"FATAL:  53400: any text", ErrorKind::kConnect, Retry::kToTheEnd},
        Case{"FATAL:  57P03: the database system is starting up", ErrorKind::kConnect,
             Retry::kToTheEnd},
        Case{"FATAL:  3D000: database \"x\" does not exist", ErrorKind::kConnect, Retry::kNo},
        Case{"SSL error: certificate verify failed", ErrorKind::kConnect, Retry::kNo},
        Case{"server certificate for \"a\" does not match host name \"b\"", ErrorKind::kConnect,
             Retry::kNo},
        Case{"could not translate host name \"h\" to address: Temporary failure in name resolution",
             ErrorKind::kConnect, Retry::kBriefly},
        Case{"connection to server at \"h\", port 1 failed: Connection refused\n\tIs the server "
             "running on that host and accepting TCP/IP connections?",
             ErrorKind::kConnect, Retry::kBriefly},
        Case{"SSL SYSCALL error: EOF detected", ErrorKind::kConnect, Retry::kBriefly},
        Case{"invalid connection option \"nosuch\"", ErrorKind::kConnect, Retry::kNo}));

TEST(ConnectError, several_lines_become_one) {
  const auto failure = parse_connect_failure(
      "connection to server at \"h\" (::1), port 5 failed: Connection refused\n"
      "\tIs the server running on that host and accepting TCP/IP connections?\n"
      "connection to server at \"h\" (127.0.0.1), port 5 failed: Connection refused\n");
  EXPECT_STREQ(failure.error.what(),
               "connection to server at \"h\" (::1), port 5 failed: Connection refused; "
               "connection to server at \"h\" (127.0.0.1), port 5 failed: Connection refused");
}

}  // namespace
}  // namespace engine
