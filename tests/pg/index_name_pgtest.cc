// The names that are chosen for indexes, against those that a real server makes.
#include <gtest/gtest.h>

#include "engine/index_name.h"
#include "engine/name.h"
#include "tests/pg/settlement_case.h"

namespace engine {
namespace {

constexpr const char* kTable =
    "CREATE TYPE pair AS (x int, y text);"
    "CREATE TABLE \"My t\" (id int, a int, b text, c text, \"Up r\" text, at timestamptz, d date, "
    "j jsonb, n int[], p pair)";

const char* const kKeys[] = {
    "a",
    "\"Up r\" DESC",
    "(a)",
    "((a))",
    "a, b, a",
    "lower(b)",
    "lower(b), lower(c), upper(b)",
    "lower(b) text_pattern_ops DESC NULLS LAST",
    "b COLLATE \"C\"",
    "pg_catalog.lower(b)",
    "(lower(b))",
    "(lower(b) || 'x')",
    "(a + 1)",
    "(a + 1), (a + 2)",
    "(- a)",
    "(a::bigint)",
    "((a + 1)::bigint)",
    "((a + 1)::numeric(10, 2))",
    "((a + 1)::double precision::int)",
    "(CAST(a AS bigint))",
    "(CAST(a + 1 AS bigint))",
    "(b COLLATE \"C\")",
    "(CASE WHEN a > 1 THEN b ELSE c END)",
    "(CASE WHEN a > 1 THEN b ELSE 'x' END)",
    "(CASE WHEN a > 1 THEN CASE WHEN a > 2 THEN b ELSE c END END)",
    "((CASE WHEN a > 1 THEN 1 END)::bigint)",
    "coalesce(a, 1)",
    "(coalesce(b, 'x'))",
    "nullif(a, 1)",
    "greatest(a, id)",
    "(a IS NULL)",
    "(NOT (a > 1))",
    "(a > 1 AND id > 1)",
    "(a IN (1, 2))",
    "(a BETWEEN 1 AND 2)",
    "(b LIKE 'x%')",
    "(j -> 'x')",
    "(j ->> 'x')",
    "((j ->> 'x')::int)",
    "(j['x'])",
    "(n[1])",
    "((n[1])::text)",
    "((p).y)",
    "((p).x + 1)",
    "(at AT TIME ZONE 'UTC')",
    "((at AT TIME ZONE 'UTC')::date)",
    "(at AT TIME ZONE 'UTC'::text)",
    "date_trunc('month', d::timestamp)",
    "(extract(year from d))",
    "trim(b)",
    "trim(leading 'x' from b)",
    "trim(trailing from b)",
    "substring(b from 2)",
    "overlay(b placing 'x' from 1)",
    "position('x' in b)",
    "(d - date '2026-01-01')",
    "(date '2026-01-01')",
    "(interval '1 day')",
    "(true)",
    "((ARRAY[a, id]))",
    "(ROW(a, id) IS NULL)",
    "(md5(b)::uuid)",
    "a) INCLUDE (b, c",
    "lower(b)) INCLUDE (b) WHERE (a > 1",
};

std::string name_of_server(SettlementWorld& world, const std::string& sql) {
  world.run("CREATE TEMP TABLE before_it AS SELECT indexrelid FROM pg_index");
  world.run(sql);
  const Settlement question{SettleMethod::kCatalog,
                            "",
                            "",
                            "SELECT indexrelid::regclass::name FROM pg_index WHERE indexrelid NOT "
                            "IN (TABLE before_it)",
                            {},
                            "",
                            {}};
  auto name = world.ask(question);
  world.run("DROP TABLE before_it");
  return name;
}

TEST(IndexName, is_the_one_that_the_server_makes) {
  SettlementWorld world;
  world.run(kTable);
  for (const std::string keys : kKeys) {
    const auto sql = "CREATE INDEX ON \"My t\" (" + keys + ")";
    const auto index = UnnamedIndex::parse(sql);
    ASSERT_TRUE(index) << sql;
    EXPECT_EQ(quote_identifier(index->make_name(0)), name_of_server(world, sql)) << sql;
    EXPECT_EQ(quote_identifier(index->make_name(1)), name_of_server(world, sql)) << sql;
    EXPECT_NO_THROW(world.run(index->with_name("given \"x\""))) << sql;
    world.run("DROP TABLE \"My t\"; DROP TYPE pair;" + std::string(kTable));
  }
}

TEST(IndexName, is_cut_as_the_server_cuts_it) {
  SettlementWorld world;
  const std::string table = "a_table_with_a_long_name_of_its_own_that_goes_on";
  const std::string column = "a_column_with_a_long_name_of_its_own_too";
  world.run("CREATE TABLE " + table + " (" + column + " int, b int)");
  const auto sql = "CREATE UNIQUE INDEX ON " + table + " (" + column + ") INCLUDE (b)";
  const auto index = UnnamedIndex::parse(sql);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->make_name(0), name_of_server(world, sql));
  for (int i = 1; i < 12; ++i) EXPECT_EQ(index->make_name(i), name_of_server(world, sql));
}

}  // namespace
}  // namespace engine
