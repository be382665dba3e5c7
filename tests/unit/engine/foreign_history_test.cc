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
            "EXISTS (SELECT 1 FROM \"public\".\"flyway_schema_history\" WHERE installed_rank > 0)");
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
  const auto there = choose_histories(parse_history_choice("a b.*").value(), kTwo);
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(there[0].tool, ForeignTool::kSequelize);
  EXPECT_TRUE(choose_histories(parse_history_choice("flyway:a b.*").value(), kTwo).empty());
}

TEST(ForeignHistory, renamed_table_is_looked_for_and_is_its_tools) {
  const auto choice = parse_history_choice("flyway:s.t").value();
  EXPECT_EQ(make_find_histories(choice).parameters.size(), 6u);
  ResultSet answer;
  answer.rows = {{"s", "t"}, {"other", "t"}, {"s", "atlas_schema_revisions"}};
  const auto found = parse_histories(answer, choice);
  ASSERT_EQ(found.size(), 2u);
  const auto named = choose_histories(choice, found);
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(name_of(named[0]), "\"s\".\"t\"");
  EXPECT_FALSE(parse_history_choice("flyway:s.flyway_schema_history")->is_renamed());
  EXPECT_FALSE(parse_history_choice("flyway:s.*")->is_renamed());
}

TEST(ForeignHistory, one_that_is_not_there_is_named_with_what_asked_for_it) {
  auto choice = parse_history_choice("flyway:s.t").value();
  EXPECT_EQ(explain_no_history(choice, false).message, "there is no table \"s\".\"t\" of Flyway's");
  choice.said_in = "table in flyway.conf";
  EXPECT_EQ(explain_no_history(choice, false).message,
            "there is no table \"s\".\"t\" (table in flyway.conf) of Flyway's");
  EXPECT_EQ(explain_no_history(choice, true).message,
            "the table \"s\".\"t\" (table in flyway.conf) has no row: Flyway has applied nothing");
  choice = parse_history_choice("audit.*").value();
  choice.said_in = "revisions_schema in atlas.hcl";
  EXPECT_EQ(explain_no_history(choice, false).message,
            "no table of aurora's, Atlas's, Flyway's or sequelize's with a row is in schema audit "
            "(revisions_schema in atlas.hcl)");
  EXPECT_EQ(explain_no_history(parse_history_choice("atlas").value(), false).message,
            "no table of Atlas's with a row is in this database");
}

}  // namespace
}  // namespace engine
