#include "engine/atlas_sum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace engine {
namespace {

constexpr const char* kA = "CREATE TABLE a (id int);\n";
constexpr const char* kB = "CREATE TABLE b (id int);\n";
// What Atlas itself wrote for 1_a.sql and 2_b.sql.
constexpr const char* kSum =
    "h1:suWOgEl4b8+ZGnGkyRcy2AueRtZKAkT6PdNTDiVWU88=\n"
    "1_a.sql h1:e72Wd39UNYY4sGrVkNYkCs4GRrWBQ0ASXh73rS+WpU4=\n"
    "2_b.sql h1:LYBzMWp8I1J0wb5WVXG/rhd1DXb0uUx/zp1eAIICVlY=\n";

std::string sum_of(std::vector<AtlasFile> files) {
  return to_string(make_atlas_sum(std::move(files)));
}

TEST(AtlasSum, is_what_atlas_writes) {
  EXPECT_EQ(sum_of({{"1_a.sql", kA}, {"2_b.sql", kB}}), kSum);
  EXPECT_EQ(sum_of({}), "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

TEST(AtlasSum, line_ends_count) {
  EXPECT_EQ(sum_of({{"1_a.sql", "CREATE TABLE a (id int);\r\n"}, {"2_b.sql", kB}}),
            "h1:+eCd6RRDjeAd4gdJXtUXM+86yZYYo5jRRa089UfpCkA=\n"
            "1_a.sql h1:f8ANLcMt/T7xcSuVcLXF9voNPIKx7L1lJZHxGCeYtJY=\n"
            "2_b.sql h1:5BSlCz3QumeVAFeNL7qsQqjtmF4HeYiSUW6Bxu5Lihk=\n");
}

TEST(AtlasSum, ignored_file_has_no_line_but_its_name_counts) {
  EXPECT_EQ(
      sum_of({{"1_a.sql", "-- atlas:sum ignore\n\nCREATE TABLE a (id int);\n"}, {"2_b.sql", kB}}),
      "h1:3rw/FKIXYFjZm5VhGyNDG0VfMSSQ92Jud3VFj6T97wE=\n"
      "2_b.sql h1:6XDxlmBFt7jnKHYzcYKEs05Y4ftQofUiCCHe6m53nTA=\n");
}

// The directive is not seen: both files are listed.
TEST(AtlasSum, carriage_return_defeats_ignore_as_in_atlas) {
  const std::string sum = sum_of(
      {{"1_a.sql", "-- atlas:sum ignore\r\n\r\nCREATE TABLE a (id int);\r\n"}, {"2_b.sql", kB}});
  EXPECT_EQ(sum.substr(0, sum.find('\n')), "h1:sARgDMoUWepUsi8JQ7U2AaEHWdXT5xvL9KpZFE6Iqek=");
  EXPECT_NE(sum.find("1_a.sql h1:"), std::string::npos);
}

bool is_listed(const std::string& bytes) {
  return make_atlas_sum({{"1.sql", bytes}}).entries.size() == 1;
}

TEST(AtlasSum, ignore_has_to_be_the_whole_value_on_the_first_line) {
  for (const char* text : {"-- atlas:sum ignore", "//atlas:sum  ignore\n", "atlas:sum ignore\nx"}) {
    EXPECT_FALSE(is_listed(text)) << text;
  }
  for (const char* text :
       {"", "-- atlas:sum", "-- atlas:sum ignore \n", "-- atlas:sum ignored\n",
        "-- atlas:sumignore\n", "-- atlas:summ ignore\n", "\n-- atlas:sum ignore",
        "\t-- atlas:sum ignore", "\xef\xbb\xbf-- atlas:sum ignore"}) {
    EXPECT_TRUE(is_listed(text)) << text;
  }
}

std::string check(std::optional<std::string_view> text, std::vector<AtlasFile> files) {
  const AtlasSumCheck checked = check_atlas_sum(text, std::move(files));
  if (!checked.problem) return checked.state == AtlasSumState::kRight ? "right" : "no problem";
  return checked.problem->code + " " + std::to_string(checked.line) + " " +
         checked.problem->message;
}

TEST(AtlasSumCheck, right_sum_has_no_problem) {
  EXPECT_EQ(check(kSum, {{"2_b.sql", kB}, {"1_a.sql", kA}}), "right");
  EXPECT_EQ(check(std::nullopt, {}), "right");
  EXPECT_EQ(check("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n", {}), "right");
}

TEST(AtlasSumCheck, missing_wrong_and_stale_are_told_apart) {
  const std::vector<AtlasFile> files = {{"1_a.sql", kA}, {"2_b.sql", kB}};
  EXPECT_EQ(check(std::nullopt, files), "sum-missing 0 there is no atlas.sum");
  EXPECT_EQ(check("", files), "sum-unreadable 1 the line has no hash (h1:...)");
  EXPECT_EQ(check(std::string(kSum) + "<<<<<<< HEAD\n", files),
            "sum-unreadable 4 the line has no hash (h1:...)");
  std::string wrong = kSum;
  wrong[5] = 'x';
  EXPECT_EQ(check(wrong, files),
            "sum-wrong 1 the first line is not the hash of the lines below: the file was edited or "
            "merged by hand");
}

TEST(AtlasSumCheck, first_file_that_differs_is_named) {
  EXPECT_EQ(check(kSum, {{"1_a.sql", "changed"}, {"2_b.sql", kB}}),
            "sum-stale 2 1_a.sql was changed after atlas.sum was written");
  EXPECT_EQ(check(kSum, {{"1_a.sql", kA}, {"2_b.sql", "changed"}}),
            "sum-stale 3 2_b.sql was changed after atlas.sum was written");
  EXPECT_EQ(check(kSum, {{"1_a.sql", kA}}),
            "sum-stale 3 2_b.sql is in atlas.sum and not in the directory");
  EXPECT_EQ(check(kSum, {{"1_a.sql", kA}, {"2_b.sql", kB}, {"3_c.sql", ""}}),
            "sum-stale 4 3_c.sql was added after atlas.sum was written");
  EXPECT_EQ(check(kSum, {{"0_z.sql", ""}, {"1_a.sql", kA}, {"2_b.sql", kB}}),
            "sum-stale 2 0_z.sql was added after atlas.sum was written");
  EXPECT_EQ(check(kSum, {}), "sum-stale 2 1_a.sql is in atlas.sum and not in the directory");
}

TEST(AtlasSumCheck, stale_sum_names_the_file) {
  const AtlasSumCheck checked = check_atlas_sum(kSum, {{"1_a.sql", kA}, {"2_b.sql", "x"}});
  EXPECT_EQ(checked.state, AtlasSumState::kStale);
  EXPECT_EQ(checked.file, "2_b.sql");
}

}  // namespace
}  // namespace engine
