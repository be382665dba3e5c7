#include "handler/answer_size.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "handler/info_table.h"

namespace handler {
namespace {

using json = nlohmann::ordered_json;

json make_answer(int count) {
  json answer = {{"status", "PENDING"}, {"problems", json::array({"one", "two"})}};
  for (int i = 0; i < count; ++i) answer["info"].push_back({{"version", std::to_string(i)}});
  answer["next"] = "";
  answer["table"] = std::string(static_cast<std::size_t>(count), '-');
  answer["counts"] = {{"pending", count}};
  return answer;
}

TEST(AnswerSize, an_answer_that_fits_stays_as_it_is) {
  const auto answer = make_answer(3);
  EXPECT_EQ(dump_answer(answer), answer.dump());
}

TEST(AnswerSize, the_longest_list_loses_its_end_and_the_answer_says_so) {
  const auto text = dump_answer(make_answer(1000), 8'000);
  EXPECT_LE(text.size(), 8'000u);
  EXPECT_GT(text.size(), 7'500u);
  const auto cut = json::parse(text);
  EXPECT_EQ(cut["omitted"]["info"], 1000 - cut["info"].size());
  EXPECT_FALSE(cut["omitted"].contains("problems"));
  EXPECT_EQ(cut["counts"]["pending"], 1000);
  EXPECT_EQ(cut["problems"].size(), 2u);
  EXPECT_EQ(cut["info"].back()["version"], cut["next"]);
}

TEST(AnswerSize, the_table_goes_first) {
  auto answer = make_answer(100);
  answer["table"] = std::string(100, '\n');
  answer["omitted"]["pending"] = 7;
  const auto cut = json::parse(dump_answer(answer, answer.dump().size() - 1));
  EXPECT_FALSE(cut.contains("table"));
  EXPECT_EQ(cut["omitted"], (json{{"pending", 7}, {"table", 100}}));
  EXPECT_EQ(cut["info"].size(), 100u);
}

TEST(AnswerSize, ten_thousand_pending_migrations_with_long_names_fit) {
  json answer = {{"status", "PENDING"}, {"counts", {{"pending", 10'000}}}};
  const std::string name(500, 'n');
  for (int i = 0; i < 10'000; ++i) {
    answer["pending"].push_back({{"version", i}, {"description", name}, {"file", name}});
  }
  const auto text = dump_answer(std::move(answer));
  EXPECT_LE(text.size(), kMostAnswerBytes);
  EXPECT_GT(text.size(), kMostAnswerBytes - 2'000);
}

TEST(InfoTable, columns_are_as_wide_as_their_longest_text) {
  engine::MigrationInfo applied;
  applied.version = "20260101";
  applied.description = "caf\xc3\xa9";
  applied.kind = "versioned";
  applied.state = "Success";
  applied.started_at = applied.finished_at = "2026-11-21T05:49:56.862Z";
  engine::MigrationInfo baseline;
  baseline.version = "1";
  baseline.kind = "baseline";
  baseline.state = "Baseline";
  EXPECT_EQ(
      make_info_table({baseline, applied}),
      "+-----------+----------+-------------+----------+---------------------+----------+\n"
      "| Category  | Version  | Description | Type     | Installed On        | State    |\n"
      "+-----------+----------+-------------+----------+---------------------+----------+\n"
      "|           |        1 |             | BASELINE |                     | Baseline |\n"
      "| Versioned | 20260101 | caf\xc3\xa9        | SQL      | 2026-11-21 05:49:56 | Success  |\n"
      "+-----------+----------+-------------+----------+---------------------+----------+\n");
}

}  // namespace
}  // namespace handler
