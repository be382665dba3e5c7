#include "engine/jobs.h"

#include <gtest/gtest.h>

#include "engine/error.h"
#include "engine/name.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

Migration file_of(const std::string& text) {
  return parse_directory({{"1_a.sql", text, "", ""}}).migrations.at(0);
}

TEST(Jobs, ledger_entry_names_statement_and_job) {
  const auto file = file_of("CREATE TABLE a (n int);\nCREATE INDEX i ON app.a (n);");
  const auto jobs = parse_entries({"2:abc", "2:"}, file, Dialect::kDsql);
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].statement, 2);
  EXPECT_EQ(jobs[0].id, "abc");
  EXPECT_EQ(jobs[0].index_name, "i");
  EXPECT_EQ(jobs[0].table_name, "app.a");
  EXPECT_EQ(jobs[1].id, "");
  EXPECT_EQ(to_entries(jobs), (std::vector<std::string>{"2:abc", "2:"}));
  EXPECT_EQ(object_of(jobs[0]), "app.i");
}

TEST(Jobs, ledger_entry_has_the_names_that_the_statement_does_not_say) {
  const auto file = file_of("CREATE TABLE a (n int);\nCREATE INDEX ON a (n);");
  const std::vector<std::string> entries = {"2:abc@app=a_n_idx", "2:=a%20%3d%25x", "2:@p%40q",
                                            "2:"};
  const auto jobs = parse_entries(entries, file, Dialect::kDsql);
  ASSERT_EQ(jobs.size(), 4u);
  EXPECT_EQ(jobs[0].id, "abc");
  EXPECT_EQ(jobs[0].names.schema, "app");
  EXPECT_EQ(jobs[0].index_name, "a_n_idx");
  EXPECT_EQ(jobs[0].place(), "\"app\".a");
  EXPECT_EQ(object_of(jobs[0]), "app.a_n_idx");
  EXPECT_EQ(jobs[1].names.given_name, "a =%x");
  EXPECT_EQ(jobs[2].names.schema, "p@q");
  EXPECT_EQ(object_of(jobs[3]), "an index on a");
  for (const auto& entry : entries) EXPECT_EQ(names_no_job(entry), entry != entries[0]) << entry;
  EXPECT_EQ(to_entries(jobs), entries);
  EXPECT_TRUE(StatementNames("DROP INDEX a_n_idx").needs(jobs[0]));
}

TEST(Jobs, entry_of_no_statement_is_an_error_that_names_it) {
  const auto file = file_of("SELECT 1;");
  for (const char* entry : {"2:abc", "abc", "0:abc", ":abc", "x:abc"}) {
    try {
      parse_entries({entry}, file, Dialect::kDsql);
      FAIL() << entry;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kLedger);
      EXPECT_NE(std::string(error.what()).find(entry), std::string::npos);
    }
  }
}

TEST(Jobs, statement_waits_for_the_job_whose_object_it_names) {
  const Job index{1, "id", "i", "app.Users", ""};
  EXPECT_TRUE(
      StatementNames("ALTER TABLE app.users ADD CONSTRAINT k UNIQUE USING INDEX I").needs(index));
  EXPECT_TRUE(StatementNames("INSERT INTO users VALUES (1)").needs(index));
  EXPECT_TRUE(StatementNames("DROP INDEX \"i\"").needs(index));
  EXPECT_TRUE(StatementNames("DROP SCHEMA app CASCADE").needs(index));
  EXPECT_FALSE(StatementNames("CREATE UNIQUE INDEX ASYNC j ON app.users (n)").needs(index));
  EXPECT_FALSE(StatementNames("INSERT INTO orders VALUES ('users') -- i").needs(index));
  EXPECT_FALSE(StatementNames("CREATE TABLE \"Users\" (n int)").needs(index));
  const Job constraint{1, "id", "", "t", "k"};
  EXPECT_TRUE(StatementNames("ALTER TABLE u RENAME CONSTRAINT k TO l").needs(constraint));
}

TEST(Name, as_the_catalog_has_it) {
  EXPECT_EQ(catalog_name("Users"), "users");
  EXPECT_EQ(catalog_name("\"Us\"\"ers\""), "Us\"ers");
  EXPECT_EQ(catalog_name(std::string(62, 'x') + "\xc3\xbc"), std::string(62, 'x'));
  EXPECT_EQ(last_part("a.\"b.c\""), "\"b.c\"");
  EXPECT_EQ(qualifier_of("\"a.b\".c"), "\"a.b\"");
  EXPECT_EQ(qualifier_of("c"), "");
  EXPECT_EQ(name_beside("s.t", "u"), "s.u");
  EXPECT_EQ(name_beside("t", "u"), "u");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace engine
