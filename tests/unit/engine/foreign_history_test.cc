#include "engine/foreign_history.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

const std::vector<ForeignHistory> kTwo = {{"a b", "SequelizeMeta"},
                                          {"public", "flyway_schema_history"}};

TEST(ForeignHistory, asks_for_all_known_tables_at_once) {
  EXPECT_EQ(make_find_histories().parameters.size(), 4u);
  EXPECT_EQ(make_find_filled(kTwo).sql,
            "SELECT EXISTS (SELECT 1 FROM \"a b\".\"SequelizeMeta\"), "
            "EXISTS (SELECT 1 FROM \"public\".\"flyway_schema_history\")");
}

TEST(ForeignHistory, table_without_rows_says_nothing) {
  ResultSet answer;
  answer.rows = {{"f", "t"}};
  const auto filled = parse_filled(answer, kTwo);
  ASSERT_EQ(filled.size(), 1u);
  EXPECT_EQ(filled[0].table, "flyway_schema_history");
  EXPECT_FALSE(explain_histories({}));
}

TEST(ForeignHistory, problem_names_tool_table_and_what_to_do) {
  const auto problem = explain_histories(kTwo);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->message,
            "sequelize has applied migrations to this database (table \"a b\".\"SequelizeMeta\" "
            "and others), and the ledger does not know them");
  EXPECT_NE(problem->hint.find("baseline"), std::string::npos);
  EXPECT_NE(problem->hint.find("ignoreHistory"), std::string::npos);
}

}  // namespace
}  // namespace engine
