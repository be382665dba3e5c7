#include "engine/capabilities.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace engine {
namespace {

TEST(Capabilities, every_feature_has_one_row) {
  std::set<Feature> features;
  for (const Capability& row : capabilities()) {
    EXPECT_TRUE(features.insert(row.feature).second) << row.code;
  }
  EXPECT_EQ(features.size(), static_cast<std::size_t>(kLastFeature) + 1);
}

TEST(Capabilities, codes_are_kebab_case_and_different) {
  std::set<std::string_view> codes;
  for (const Capability& row : capabilities()) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    EXPECT_EQ(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos)
        << row.code;
  }
}

TEST(Capabilities, every_row_has_its_day_and_source) {
  for (const Capability& row : capabilities()) {
    EXPECT_EQ(row.as_of.size(), 10U) << row.code;
    EXPECT_GE(row.as_of, "2026-01-01") << row.code;
    EXPECT_LE(row.as_of, "2026-12-31") << row.code;
    EXPECT_TRUE(row.source.starts_with("https://")) << row.code;
    EXPECT_FALSE(row.what.empty()) << row.code;
  }
}

TEST(Capabilities, what_is_refused_has_a_rewrite) {
  for (const Capability& row : capabilities()) {
    EXPECT_EQ(row.rewrite.empty(), row.support == Support::kYes) << row.code;
  }
}

TEST(Capabilities, placeholders_are_the_known_ones_and_closed) {
  const std::set<std::string_view> known = {"table", "column", "type", "name"};
  for (const Capability& row : capabilities()) {
    for (std::string_view text : {row.answer, row.rewrite}) {
      for (std::size_t open = text.find('{'); open != std::string_view::npos;
           open = text.find('{', open + 1)) {
        const std::size_t close = text.find('}', open);
        ASSERT_NE(close, std::string_view::npos) << row.code;
        EXPECT_TRUE(known.count(text.substr(open + 1, close - open - 1))) << row.code;
      }
    }
  }
}

TEST(Capabilities, parameters_that_can_be_set_are_few) {
  EXPECT_TRUE(is_settable("search_path"));
  EXPECT_TRUE(is_settable("enable_seqscan"));
  EXPECT_FALSE(is_settable("statement_timeout"));
  EXPECT_FALSE(is_settable("lock_timeout"));
}

}  // namespace
}  // namespace engine
