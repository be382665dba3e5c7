#include "engine/foreign_history.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

const std::vector<ForeignHistory> kTwo = {
    {"a b", "SequelizeMeta", ForeignTool::kSequelize},
    {"public", "flyway_schema_history", ForeignTool::kFlyway}};

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
  EXPECT_NE(problem->hint.find("adopt"), std::string::npos);
  EXPECT_NE(problem->hint.find("ignoreHistory"), std::string::npos);
}

std::string shown(std::string_view text) {
  const auto choice = parse_history_choice(text);
  if (!choice) return "none";
  return std::string(to_string(choice->tool.value())) + " " + choice->schema + " " + choice->table;
}

TEST(ForeignHistory, choice_names_a_tool_a_table_or_both) {
  EXPECT_EQ(shown("atlas"), "Atlas  ");
  EXPECT_EQ(shown("sales.flyway_schema_history"), "Flyway sales flyway_schema_history");
  EXPECT_EQ(shown("flyway:sales.schema_version"), "Flyway sales schema_version");
  EXPECT_EQ(shown("sequelize:public.Meta"), "sequelize public Meta");
  for (const char* bad :
       {"", "liquibase", "sales.schema_version", "flyway:", "flyway:x", "a.", ".b"}) {
    EXPECT_EQ(shown(bad), "none") << bad;
  }
}

TEST(ForeignHistory, choice_picks_among_the_tables_or_names_one) {
  EXPECT_EQ(choose_histories({}, kTwo).size(), 2u);
  const auto flyways = choose_histories(parse_history_choice("flyway").value(), kTwo);
  ASSERT_EQ(flyways.size(), 1u);
  EXPECT_EQ(name_of(flyways[0]), "\"public\".\"flyway_schema_history\"");
  const auto named = choose_histories(parse_history_choice("flyway:s.t").value(), kTwo);
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(name_of(named[0]), "\"s\".\"t\"");
}

}  // namespace
}  // namespace engine
