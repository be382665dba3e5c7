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

TEST(Environment, is_a_snapshot) {
  setenv("DSQL_MIGRATE_TEST_VARIABLE", "before", 1);
  const Environment environment = Environment::of_process();
  setenv("DSQL_MIGRATE_TEST_VARIABLE", "after", 1);
  EXPECT_EQ(environment.find("DSQL_MIGRATE_TEST_VARIABLE"), "before");
  unsetenv("DSQL_MIGRATE_TEST_VARIABLE");
}

}  // namespace
}  // namespace runtime
