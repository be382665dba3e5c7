#include "engine/insert_parts.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace engine {
namespace {

using Texts = std::vector<std::string>;

Texts cut(const std::string& insert, const InsertLimits& limits, long long done = 0) {
  auto parts = InsertParts::parse(insert);
  if (!parts) return {"whole"};
  parts->skip_to(done);
  Texts texts;
  while (const auto part = parts->next(limits)) texts.push_back(part->sql);
  return texts;
}

TEST(InsertParts, rows_are_cut_and_head_and_tail_repeated) {
  EXPECT_EQ(cut("INSERT INTO t VALUES (1), (2),(3)", {2, 1000}),
            (Texts{"INSERT INTO t VALUES (1), (2)", "INSERT INTO t VALUES (3)"}));
  EXPECT_EQ(
      cut("insert into \"a;\".t as x (id, \"values\") overriding system value\nvalues (1, 2) , "
          "(3,4)\non conflict (id) do update set a = 1 returning id",
          {1, 1000}),
      (Texts{"insert into \"a;\".t as x (id, \"values\") overriding system value\nvalues (1, 2)"
             "\non conflict (id) do update set a = 1 returning id",
             "insert into \"a;\".t as x (id, \"values\") overriding system value\nvalues (3,4)"
             "\non conflict (id) do update set a = 1 returning id"}));
}

TEST(InsertParts, nothing_inside_a_row_cuts) {
  const std::string row =
      "(1, '), (2', E'\\'), (', $$), ($$, \"), (\", f(2, (3)), ARRAY[(4), (5)], /* ), ( */ "
      "(SELECT 1, 2 -- ), (\n))";
  EXPECT_EQ(cut("INSERT INTO t VALUES " + row + "," + row, {1, 1000}),
            (Texts{"INSERT INTO t VALUES " + row, "INSERT INTO t VALUES " + row}));
}

TEST(InsertParts, comments_between_rows_do_no_harm) {
  EXPECT_EQ(
      cut("INSERT INTO t VALUES -- one\n(1) -- two\n, (2), /* three */ (3) -- end\nRETURNING 1",
          {2, 1000}),
      (Texts{"INSERT INTO t VALUES -- one\n(1) -- two\n, (2)\nRETURNING 1",
             "INSERT INTO t VALUES -- one\n(3)\nRETURNING 1"}));
}

TEST(InsertParts, bytes_are_a_limit_as_well) {
  const std::string insert =
      "INSERT INTO t VALUES (1), ('" + std::string(100, 'x') + "'), (3), (4)";
  const auto texts = cut(insert, {10, 60});
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts[0], "INSERT INTO t VALUES (1)");
  EXPECT_EQ(texts[1].size(), 21 + 104U);  // larger than the limit, alone
  EXPECT_EQ(texts[2], "INSERT INTO t VALUES (3), (4)");
}

TEST(InsertParts, what_cannot_be_cut_stays_whole) {
  for (const char* sql :
       {"INSERT INTO t SELECT 1", "INSERT INTO t DEFAULT VALUES", "INSERT INTO t (VALUES (1), (2))",
        "INSERT INTO t VALUES (1), (2) ORDER BY 1 LIMIT 1",
        "INSERT INTO t VALUES (1) UNION SELECT 2",
        "WITH a AS (SELECT 1) INSERT INTO t VALUES (1), (2)", "INSERT INTO t (a) VALUES",
        "INSERT INTO t VALUES (1),", "UPDATE t SET a = 1", "", "INSERT INTO values SELECT 1"}) {
    EXPECT_EQ(cut(sql, {1, 10}), Texts{"whole"}) << sql;
  }
  EXPECT_EQ(cut("INSERT INTO values VALUES (1)", {1, 10}).size(), 1U);
}

TEST(InsertParts, goes_on_behind_the_rows_that_are_in) {
  EXPECT_EQ(cut("INSERT INTO t VALUES (1), (2), (3), (4)", {2, 1000}, 1),
            (Texts{"INSERT INTO t VALUES (2), (3)", "INSERT INTO t VALUES (4)"}));
  EXPECT_EQ(cut("INSERT INTO t VALUES (1), (2)", {2, 1000}, 2), Texts{});
}

TEST(InsertParts, part_is_made_again_smaller) {
  const std::string insert = "INSERT INTO t VALUES (1), (2), (3), (4), (5)";
  auto parts = InsertParts::parse(insert);
  parts->next({2, 1000});
  EXPECT_EQ(parts->next({2, 1000})->sql, "INSERT INTO t VALUES (3), (4)");
  parts->go_back();
  const auto again = parts->next({1, 1000});
  EXPECT_EQ(again->sql, "INSERT INTO t VALUES (3)");
  EXPECT_EQ(again->done, 3);
  EXPECT_FALSE(again->last);
  EXPECT_TRUE(parts->next({2, 1000})->last);
}

TEST(InsertParts, places_of_a_part_are_found_in_the_statement) {
  const std::string insert = "INSERT INTO t VALUES ('é'), (22), (bad) ON CONFLICT DO NOTHIN";
  auto parts = InsertParts::parse(insert);
  parts->skip_to(2);
  const auto part = parts->next({2, 1000});
  const auto found = [&](const char* word) {
    return parts->position_in_statement(static_cast<int>(part->sql.find(word)) + 1);
  };
  EXPECT_EQ(found("INTO"), 8);
  EXPECT_EQ(found("bad"), static_cast<int>(insert.find("bad")));  // é has two bytes
  EXPECT_EQ(found("NOTHIN"), static_cast<int>(insert.find("NOTHIN")));
  EXPECT_EQ(parts->position_in_statement(0), 0);
}

TEST(InsertParts, only_what_is_too_large_is_cut) {
  std::string insert = "INSERT INTO t VALUES (0)";
  for (int i = 1; i < 2'990; ++i) insert += ", (" + std::to_string(i) + ")";
  EXPECT_FALSE(must_be_cut(insert));
  EXPECT_TRUE(must_be_cut(insert + ", (-1)"));
  EXPECT_FALSE(must_be_cut(insert + ", (-1) LIMIT 3"));
  EXPECT_FALSE(must_be_cut("INSERT INTO t VALUES ('" + std::string(5 << 20, 'x') + "')"));
  EXPECT_TRUE(must_be_cut("INSERT INTO t VALUES (1), ('" + std::string(5 << 20, 'x') + "')"));
}

// Rows and limits at random: every row goes out once, in order, whatever the parts.
TEST(InsertParts, parts_hold_every_row_once) {
  std::mt19937 random(20261121);
  const Texts values = {"(1)", "('a,b')", "(')')", "(f(1, 2), '(')", "($x$),($x$)", "(E'\\'),(')"};
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = random() % 40 + 1;
    std::string insert = "INSERT INTO t VALUES ";
    Texts rows;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(values[random() % values.size()]);
      insert += (i == 0 ? "" : random() % 2 == 0 ? "," : " ,\n") + rows.back();
    }
    if (random() % 2 == 0) insert += " ON CONFLICT DO NOTHING";
    auto parts = InsertParts::parse(insert);
    ASSERT_TRUE(parts) << insert;
    ASSERT_EQ(parts->rows(), static_cast<long long>(count)) << insert;
    const auto done = static_cast<long long>(random() % (count + 1));
    parts->skip_to(done);
    std::size_t at = static_cast<std::size_t>(done);
    bool last = at == count;
    while (const auto part = parts->next({static_cast<long long>(random() % 9 + 1), 60})) {
      auto again = InsertParts::parse(part->sql);
      ASSERT_TRUE(again) << part->sql;
      EXPECT_EQ(again->rows(), part->rows);
      while (const auto row = again->next({1, 1})) {
        EXPECT_NE(row->sql.find("VALUES " + rows.at(at++)), std::string::npos) << row->sql;
      }
      EXPECT_EQ(part->done, static_cast<long long>(at));
      last = part->last;
    }
    EXPECT_EQ(at, count);
    EXPECT_TRUE(last);
  }
}

}  // namespace
}  // namespace engine
