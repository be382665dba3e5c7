#include "handler/target.h"

#include <gtest/gtest.h>

#include "handler/request_error.h"

namespace handler {
namespace {

constexpr const char* kHost = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";

TEST(TargetTest, a_bare_dsql_endpoint_is_enough) {
  const auto target = parse_target(std::string("dsql://") + kHost);
  EXPECT_EQ(target.dialect, engine::Dialect::kDsql);
  EXPECT_EQ(target.user, "admin");
  EXPECT_EQ(target.database, "postgres");
  EXPECT_EQ(target.port, 5432);
  EXPECT_EQ(target.region, "us-east-1");
  EXPECT_EQ(target.sslmode, "verify-full");
  EXPECT_EQ(target.token_host(), kHost);
}

TEST(TargetTest, the_region_is_read_from_every_form_of_endpoint) {
  EXPECT_EQ(find_endpoint_region("x.dsql.eu-central-1.on.aws"), "eu-central-1");
  EXPECT_EQ(find_endpoint_region("x.dsql-fnh4.ap-northeast-1.on.aws"), "ap-northeast-1");
  EXPECT_EQ(find_endpoint_region("vpce-0a-b.dsql-fnh4.us-east-2.vpce.amazonaws.com"), "us-east-2");
  EXPECT_EQ(find_endpoint_region("db.cluster-abc.us-west-2.rds.amazonaws.com"), "us-west-2");
  EXPECT_EQ(find_endpoint_region("db.example.com"), "");
  EXPECT_EQ(find_endpoint_region("localhost"), "");
  EXPECT_EQ(find_endpoint_region("x.other.us-east-1.on.aws"), "");
}

TEST(TargetTest, parameters_reach_a_double_without_giving_up_verification) {
  const auto target = parse_target(std::string("dsql://app@") + kHost +
                                   ":6000/postgres?hostaddr=127.0.0.1&sslrootcert=/tmp/ca.pem");
  EXPECT_EQ(target.user, "app");
  EXPECT_EQ(target.hostaddr, "127.0.0.1");
  EXPECT_EQ(target.sslrootcert, "/tmp/ca.pem");
  EXPECT_EQ(target.sslmode, "verify-full");
  EXPECT_EQ(target.to_string(), std::string("dsql://app@") + kHost + ":6000/postgres");
}

TEST(TargetTest, a_host_without_a_region_needs_the_parameter) {
  EXPECT_THROW(parse_target("dsql://localhost/postgres"), RequestError);
  EXPECT_EQ(parse_target("dsql://localhost/postgres?region=us-east-1").region, "us-east-1");
}

TEST(TargetTest, the_scheme_says_what_is_dsql_and_not_the_host) {
  const auto target = parse_target("postgres://app@db.dsql.internal/app");
  EXPECT_EQ(target.dialect, engine::Dialect::kPostgres);
  EXPECT_EQ(parse_target("dsql://my_host/postgres?region=us-east-1").dialect,
            engine::Dialect::kDsql);
}

TEST(TargetTest, a_raw_vpce_name_signs_for_the_cluster) {
  const auto target = parse_target(
      "dsql://admin@vpce-0a-b.dsql-fnh4.us-east-1.vpce.amazonaws.com/postgres?clusterId=abc");
  EXPECT_EQ(target.sslmode, "verify-ca");
  EXPECT_EQ(target.token_host(), "abc.dsql.us-east-1.on.aws");
}

TEST(TargetTest, dsql_is_never_connected_to_unverified) {
  for (const char* mode : {"disable", "prefer", "require", "verify-ca", "nonsense"}) {
    EXPECT_THROW(parse_target(std::string("dsql://") + kHost + "/postgres?sslmode=" + mode),
                 RequestError)
        << mode;
  }
}

TEST(TargetTest, postgres_is_verified_unless_the_url_says_otherwise) {
  EXPECT_EQ(parse_target("postgres://u:p@db:5433/app").sslmode, "verify-full");
  EXPECT_EQ(parse_target("postgresql://u@db/app?sslmode=disable").sslmode, "disable");
}

TEST(TargetTest, neither_printed_form_nor_error_holds_the_password) {
  const auto target = parse_target("postgres://u:hunter2@db:5433/app");
  EXPECT_EQ(target.password->reveal(), "hunter2");
  EXPECT_EQ(target.to_string(), "postgres://u@db:5433/app");
  for (const char* text :
       {"postgres://u:hunter2@db:x/app", "postgres://u:hunter2@db", "mysql://u:hunter2@db/x",
        "postgres://u:hunter2@db/app?pool=3", "dsql://u:hunter2@h.dsql.us-east-1.on.aws/"}) {
    try {
      parse_target(text);
      FAIL() << text;
    } catch (const RequestError& error) {
      EXPECT_EQ(error.field(), "target");
      EXPECT_EQ(std::string(error.what() + error.hint()).find("hunter2"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace handler
