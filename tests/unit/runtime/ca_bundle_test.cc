#include "runtime/ca_bundle.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace runtime {
namespace {

// A function's package with its few roots, as Lambda unpacks it.
class Package : public ::testing::Test {
 protected:
  Package() {
    std::filesystem::create_directories(folder_);
    std::ofstream(roots_) << "a certificate";
  }
  ~Package() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = ::testing::TempDir() + "package-" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string roots_ = folder_ + "/amazon-roots.pem";
};

TEST_F(Package, its_roots_are_for_aws_and_the_systems_bundle_for_others) {
  const Environment environment({{"LAMBDA_TASK_ROOT", folder_}});
  EXPECT_EQ(find_amazon_ca_bundle(environment), roots_);
  EXPECT_NE(find_ca_bundle(environment), roots_);
}

TEST_F(Package, a_bundle_that_a_variable_names_goes_first) {
  for (const char* variable : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const Environment environment({{"LAMBDA_TASK_ROOT", folder_}, {variable, "/own.pem"}});
    EXPECT_EQ(find_amazon_ca_bundle(environment), "/own.pem") << variable;
    EXPECT_EQ(find_ca_bundle(environment), "/own.pem") << variable;
  }
}

TEST_F(Package, without_roots_in_it_has_the_systems_bundle_for_aws_too) {
  std::filesystem::remove(roots_);
  const Environment environment({{"LAMBDA_TASK_ROOT", folder_}});
  EXPECT_EQ(find_amazon_ca_bundle(environment), find_ca_bundle(environment));
}

}  // namespace
}  // namespace runtime
