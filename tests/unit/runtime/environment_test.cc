#include "runtime/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace runtime {
namespace {

TEST(Environment, an_empty_value_counts_as_unset) {
  const Environment environment({{"EMPTY", ""}, {"FULL", "x"}});
  EXPECT_EQ(environment.find("EMPTY"), std::nullopt);
  EXPECT_EQ(environment.find("MISSING"), std::nullopt);
  EXPECT_EQ(environment.find("FULL"), "x");
  EXPECT_EQ(environment.get_or("EMPTY", "fallback"), "fallback");
  EXPECT_EQ(environment.get_or("FULL", "fallback"), "x");
}

TEST(Environment, of_process_keeps_everything_after_the_first_equals_sign) {
  setenv("DSQL_MIGRATE_TEST_VARIABLE", "a=b=c", 1);
  EXPECT_EQ(Environment::of_process().find("DSQL_MIGRATE_TEST_VARIABLE"), "a=b=c");
  unsetenv("DSQL_MIGRATE_TEST_VARIABLE");
}

TEST(Environment, of_process_treats_an_empty_value_as_unset) {
  setenv("DSQL_MIGRATE_TEST_VARIABLE", "", 1);
  EXPECT_EQ(Environment::of_process().find("DSQL_MIGRATE_TEST_VARIABLE"), std::nullopt);
  unsetenv("DSQL_MIGRATE_TEST_VARIABLE");
  EXPECT_EQ(Environment::of_process().get_or("DSQL_MIGRATE_TEST_VARIABLE", "none"), "none");
}

}  // namespace
}  // namespace runtime
