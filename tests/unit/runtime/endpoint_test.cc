#include "runtime/endpoint.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "tests/unit/runtime/surroundings_twin.h"

namespace {

using namespace runtime;
using test_support::make_environment;

TEST(Endpoint, the_services_own_variable_wins_over_the_general_one) {
  const Environment environment = make_environment(
      {{"AWS_ENDPOINT_URL", "http://general:1"}, {"AWS_ENDPOINT_URL_S3", "http://s3:2/"}});
  EXPECT_EQ(find_endpoint_override(environment, "S3"), "http://s3:2");
  EXPECT_EQ(find_endpoint_override(environment, "STS"), "http://general:1");
  EXPECT_EQ(find_endpoint_override(Environment(), "STS"), std::nullopt);
}

TEST(Endpoint, a_malformed_override_is_named) {
  try {
    find_endpoint_override(make_environment({{"AWS_ENDPOINT_URL_S3", "localhost:5000"}}), "S3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
    EXPECT_STREQ(error.what(), "AWS_ENDPOINT_URL_S3 is not a usable URL: it has no scheme");
  }
}

TEST(Endpoint, regional_host_takes_the_partitions_suffix) {
  const auto url = [](const char* region) {
    return regional_endpoint(Environment(), "STS", "sts", region);
  };
  EXPECT_EQ(url("eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(url("us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(url("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(url("eusc-de-east-1"), "https://sts.eusc-de-east-1.amazonaws.eu");
}

TEST(Endpoint, a_region_cannot_smuggle_in_a_host) {
  for (const char* region : {"", "evil.example/", "EU-WEST-1", "a b"}) {
    EXPECT_THROW(check_region(region), Error) << region;
  }
}

}  // namespace
