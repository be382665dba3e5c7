// Each statement's question says "not done" before the statement and "done" after it.
#include <gtest/gtest.h>

#include <set>

#include "tests/pg/settlement_case.h"

namespace engine {
namespace {

const SettlementCase kCreate[] = {
    {"table", "CREATE TABLE x (id bigint PRIMARY KEY, name varchar(20) NOT NULL, at timestamptz)"},
    {"table_odd_names", R"(CREATE /* new */ TABLE "Odd ""Name" ("A" int, bB text, "c,d" bool))"},
    {"table_in_schema",
     "CREATE TABLE other.x (id int, CONSTRAINT c CHECK (id > 0), PRIMARY KEY (id))"},
    {"table_without_columns", "CREATE TABLE x ()"},
    {"table_while_public_has_one", "CREATE TABLE x (id int)", "CREATE TABLE public.x (id int)"},
    {"table_types",
     "CREATE TABLE x (a double precision, b character varying (3), c char, d numeric(10,2), "
     "e timestamp (3) with time zone, f time, g interval day to second, h int[], i text array, "
     "j float(10), k \"char\", l bit varying(3), m uuid, n json, o decimal, p boolean)"},
    {"table_serial", "CREATE TABLE x (id bigserial, n smallserial)", "", "", On::kPostgres},
    {"table_identity",
     "CREATE TABLE x (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1), "
     "d integer GENERATED ALWAYS AS (1 + 1) STORED, e text DEFAULT 'a, b')"},
    {"table_like", "CREATE TABLE x (z int, LIKE t INCLUDING ALL, y text)"},
    {"table_only_like", "CREATE TABLE x (LIKE t)"},
    {"table_inherits", "CREATE TABLE x (z int) INHERITS (t)", "", "", On::kPostgres},
    {"table_partitioned", "CREATE TABLE x (id int) PARTITION BY RANGE (id)", "", "", On::kPostgres},
    {"table_partition", "CREATE TABLE x PARTITION OF r FOR VALUES FROM (1) TO (2)",
     "CREATE TABLE r (id int) PARTITION BY RANGE (id)", "", On::kPostgres},
    {"table_domain_column", "CREATE TABLE x (m money_of)",
     "CREATE DOMAIN money_of AS numeric(8,2)"},
    {"table_unlogged", "CREATE UNLOGGED TABLE x (id int)", "", "", On::kPostgres},
    {"table_temporary", "CREATE TEMP TABLE x (id int)", "", "", On::kPostgres},
    {"table_as", "CREATE TABLE x AS SELECT id, a AS n, lower(b), b c FROM t", "", "",
     On::kPostgres},
    {"table_as_star", "CREATE TABLE x AS SELECT * FROM t WHERE a > 1", "", "", On::kPostgres},
    {"table_as_names", "CREATE TABLE x (u, v) AS SELECT id + 1, a * 2 FROM t", "", "",
     On::kPostgres},
    {"select_into", "SELECT id, t.b INTO x FROM t", "", "", On::kPostgres},
    {"with_select_into", "WITH q AS (SELECT 1 AS one) SELECT one INTO x FROM q", "", "",
     On::kPostgres},
    {"view", "CREATE VIEW x AS SELECT t.id, count(*) AS n FROM t GROUP BY t.id"},
    {"view_star", "CREATE VIEW x AS SELECT * FROM t"},
    {"view_casts", "CREATE VIEW x AS SELECT id::text, t.a::numeric(8,2)::text, b FROM t"},
    {"view_names", "CREATE VIEW other.x (u, v) AS SELECT id, a FROM t"},
    {"view_first_names", "CREATE VIEW x (u) AS SELECT id, a FROM t"},
    {"view_with", "CREATE VIEW x AS WITH q AS (SELECT id FROM t) SELECT id FROM q"},
    {"view_distinct", "CREATE VIEW x AS SELECT DISTINCT ON (a) a, b AS \"B\" FROM t ORDER BY a"},
    {"view_union", "CREATE VIEW x AS SELECT id FROM t UNION ALL SELECT id FROM p"},
    {"view_recursive",
     "CREATE RECURSIVE VIEW x (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM x WHERE n < 9"},
    {"materialized_view", "CREATE MATERIALIZED VIEW x AS SELECT id FROM t WITH NO DATA", "", "",
     On::kPostgres},
    {"sequence", "CREATE SEQUENCE x CACHE 1"},
    {"sequence_options",
     "CREATE SEQUENCE x AS integer INCREMENT BY -2 NO MINVALUE MAXVALUE 50 START WITH 10 CYCLE"},
    {"schema", "CREATE SCHEMA made"},
    {"schema_for_role", "CREATE SCHEMA made AUTHORIZATION settle_a"},
    {"schema_if_not_exists", "CREATE SCHEMA IF NOT EXISTS made"},
    {"schema_with_table", "CREATE SCHEMA made CREATE TABLE q (id int)", "", "", On::kPostgres},
    {"domain", "CREATE DOMAIN x AS varchar(10) DEFAULT 'a' NOT NULL CHECK (value <> '')"},
    {"enum", "CREATE TYPE x AS ENUM ('it''s', 'b')", "", "", On::kPostgres},
    {"composite", "CREATE TYPE x AS (a int, \"B\" text)", "", "", On::kPostgres},
    {"function",
     "CREATE FUNCTION x(n int, m text DEFAULT 'a') RETURNS int LANGUAGE sql AS "
     "$f$ SELECT n + 1 $f$"},
    {"function_overload", "CREATE FUNCTION x(text) RETURNS int AS 'SELECT 1 -- it''s' LANGUAGE sql",
     "CREATE FUNCTION x(int) RETURNS int AS 'SELECT 1 -- it''s' LANGUAGE sql"},
    {"function_without_arguments",
     "CREATE FUNCTION other.x() RETURNS SETOF t LANGUAGE sql AS $$SELECT * FROM t$$"},
    {"function_out_arguments",
     "CREATE FUNCTION x(a double precision, INOUT b int[], OUT c text, VARIADIC d text[]) LANGUAGE "
     "sql AS $$SELECT array[1], 'a'$$"},
    {"procedure", "CREATE PROCEDURE x(n int) LANGUAGE sql AS 'SELECT 1'", "", "", On::kPostgres},
    {"role", "CREATE ROLE settle_b WITH LOGIN CONNECTION LIMIT 5"},
    {"role_quoted", "CREATE ROLE \"Settle C\" NOCREATEDB"},
    {"user", "CREATE USER settle_b CREATEDB"},
    {"extension", "CREATE EXTENSION pageinspect", "", "", On::kPostgres},
    {"statistics", "CREATE STATISTICS x ON a, b FROM t", "", "", On::kPostgres},
    {"trigger",
     "CREATE TRIGGER x BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()",
     "", "", On::kPostgres},
};

const SettlementCase kIndex[] = {
    {"index", "CREATE INDEX x ON t (a, b)"},
    {"unique_on_schema", "CREATE UNIQUE INDEX x ON app.t USING btree (b) INCLUDE (a)"},
    {"expression", "CREATE INDEX x ON t (lower(b), (a + 1), (a))"},
    {"partial", "CREATE INDEX x ON t (a DESC NULLS LAST) WHERE a > 1"},
    {"async", "CREATE INDEX ASYNC x ON t (a)", "", "CREATE INDEX CONCURRENTLY x ON t (a)",
     On::kDsql},
    {"concurrently", "CREATE INDEX CONCURRENTLY \"X y\" ON t (a)", "", "", On::kPostgres},
    {"if_not_exists", "CREATE INDEX IF NOT EXISTS x ON t (a)"},
    {"only", "CREATE INDEX x ON ONLY r (id)", "CREATE TABLE r (id int) PARTITION BY RANGE (id)", "",
     On::kPostgres},
    {"rename", "ALTER INDEX x RENAME TO y", "CREATE INDEX x ON t (a)"},
    {"drop", "DROP INDEX x", "CREATE INDEX x ON t (a)"},
    {"drop_concurrently", "DROP INDEX CONCURRENTLY app.x", "CREATE INDEX x ON t (a)", "",
     On::kPostgres},
};

const SettlementCase kDrop[] = {
    {"table", "DROP TABLE t"},
    {"tables", "DROP TABLE app.t, p CASCADE"},
    {"table_if_exists", "DROP TABLE IF EXISTS t"},
    {"view", "DROP VIEW x", "CREATE VIEW x AS SELECT 1 AS one"},
    {"materialized_view", "DROP MATERIALIZED VIEW x",
     "CREATE MATERIALIZED VIEW x AS SELECT 1 AS one"},
    {"sequence", "DROP SEQUENCE x", "CREATE SEQUENCE x"},
    {"schema", "DROP SCHEMA other"},
    {"domain", "DROP DOMAIN x", "CREATE DOMAIN x AS int"},
    {"type", "DROP TYPE other.x", "CREATE TYPE other.x AS ENUM ('a')"},
    {"function", "DROP FUNCTION x(n integer)",
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
     "CREATE FUNCTION x(text) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"function_without_arguments", "DROP FUNCTION x",
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"role", "DROP ROLE settle_a"},
    {"statistics", "DROP STATISTICS x", "CREATE STATISTICS x ON a, b FROM t", "", On::kPostgres},
    {"trigger", "DROP TRIGGER x ON t",
     "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()",
     "", On::kPostgres},
    {"policy", "DROP POLICY x ON t", "CREATE POLICY x ON t", "", On::kPostgres},
    {"publication", "DROP PUBLICATION pub", "CREATE PUBLICATION pub", "", On::kPostgres},
    {"extension", "DROP EXTENSION pageinspect", "CREATE EXTENSION pageinspect", "", On::kPostgres},
};

const SettlementCase kAlter[] = {
    {"rename_table", "ALTER TABLE t RENAME TO \"T2\""},
    {"rename_table_in_schema", "ALTER TABLE IF EXISTS app.t RENAME TO u"},
    {"rename_view", "ALTER VIEW x RENAME TO y", "CREATE VIEW x AS SELECT 1 AS one"},
    {"rename_sequence", "ALTER SEQUENCE x RENAME TO y", "CREATE SEQUENCE x"},
    {"rename_schema", "ALTER SCHEMA other RENAME TO app2"},
    {"rename_domain", "ALTER DOMAIN x RENAME TO y", "CREATE DOMAIN x AS int"},
    {"rename_type", "ALTER TYPE x RENAME TO y", "CREATE TYPE x AS ENUM ('a')"},
    {"rename_function", "ALTER FUNCTION x(int) RENAME TO y",
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
     "CREATE FUNCTION y(text) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"rename_role", "ALTER ROLE settle_a RENAME TO settle_b"},
    {"rename_statistics", "ALTER STATISTICS x RENAME TO y", "CREATE STATISTICS x ON a, b FROM t",
     "", On::kPostgres},
    {"rename_trigger", "ALTER TRIGGER x ON t RENAME TO y",
     "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()",
     "", On::kPostgres},
    {"rename_table_if_exists", "ALTER TABLE IF EXISTS t RENAME TO u"},
    {"move_table", "ALTER TABLE t SET SCHEMA other"},
    {"move_table_within_the_path", "ALTER TABLE t SET SCHEMA public"},
    {"move_function", "ALTER FUNCTION x(int) SET SCHEMA other",
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"own_table", "ALTER TABLE t OWNER TO settle_a"},
    {"own_schema", "ALTER SCHEMA other OWNER TO settle_a"},
    {"own_function", "ALTER FUNCTION x OWNER TO settle_a",
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"own_domain", "ALTER DOMAIN x OWNER TO settle_a", "CREATE DOMAIN x AS int"},
    {"rename_domain_constraint", "ALTER DOMAIN x RENAME CONSTRAINT c TO d",
     "CREATE DOMAIN x AS int CONSTRAINT c CHECK (value > 0)"},
    {"add_domain_constraint", "ALTER DOMAIN x ADD CONSTRAINT c CHECK (value > 0)",
     "CREATE DOMAIN x AS int"},
    {"drop_domain_constraint", "ALTER DOMAIN x DROP CONSTRAINT c",
     "CREATE DOMAIN x AS int CONSTRAINT c CHECK (value > 0)"},
    {"validate_domain_constraint", "ALTER DOMAIN x VALIDATE CONSTRAINT c",
     "CREATE DOMAIN x AS int; ALTER DOMAIN x ADD CONSTRAINT c CHECK (value > 0) NOT VALID"},
    {"add_enum_value", "ALTER TYPE x ADD VALUE 'b' AFTER 'a'", "CREATE TYPE x AS ENUM ('a')"},
    {"rename_enum_value", "ALTER TYPE x RENAME VALUE 'a' TO 'b'", "CREATE TYPE x AS ENUM ('a')"},
    {"add_attribute", "ALTER TYPE x ADD ATTRIBUTE b text", "CREATE TYPE x AS (a int)"},
    {"rename_attribute", "ALTER TYPE x RENAME ATTRIBUTE a TO b", "CREATE TYPE x AS (a int)"},
    {"iam_grant", "AWS IAM GRANT settle_a TO 'arn:aws:iam::1:role/x'",
     "CREATE SCHEMA sys; CREATE TABLE sys.iam_pg_role_mappings (iam_oid int, arn text, "
     "pg_role_name name)",
     "INSERT INTO sys.iam_pg_role_mappings VALUES (1, 'arn:aws:iam::1:role/x', 'settle_a')",
     On::kDsql},
    {"iam_revoke", "AWS IAM REVOKE settle_a FROM 'arn:aws:iam::1:role/x'",
     "CREATE SCHEMA sys; CREATE TABLE sys.iam_pg_role_mappings AS SELECT "
     "'arn:aws:iam::1:role/x' AS arn, 'settle_a' AS pg_role_name",
     "DELETE FROM sys.iam_pg_role_mappings", On::kDsql},
};

const SettlementCase kAction[] = {
    {"add_column", "ALTER TABLE t ADD COLUMN c varchar(7)"},
    {"add_column_bare", "ALTER TABLE ONLY app.t ADD \"C c\" numeric(12, 3)"},
    {"add_column_with_traits", "ALTER TABLE t ADD c int NOT NULL DEFAULT 5 CHECK (c > 0)"},
    {"add_column_default_null", "ALTER TABLE t ADD c int DEFAULT NULL"},
    {"add_column_generated", "ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED"},
    {"add_column_identity", "ALTER TABLE t ADD c bigint GENERATED BY DEFAULT AS IDENTITY"},
    {"add_column_serial", "ALTER TABLE t ADD c serial", "", "", On::kPostgres},
    {"add_column_array", "ALTER TABLE t ADD c timestamp(3)[]"},
    {"add_column_if_the_table_exists", "ALTER TABLE IF EXISTS t ADD c int"},
    {"add_columns", "ALTER TABLE t ADD c int, ADD COLUMN d text, DROP a"},
    {"add_key_column", "ALTER TABLE q ADD id bigint, ADD PRIMARY KEY (id)",
     "CREATE TABLE q (a int)"},
    {"add_column_and_change_it",
     "ALTER TABLE t ADD c int, ALTER c SET DEFAULT 5, ALTER c SET NOT NULL"},
    {"drop_column", "ALTER TABLE t DROP COLUMN a CASCADE"},
    {"drop_columns", "ALTER TABLE t DROP a, DROP IF EXISTS b"},
    {"rename_column", "ALTER TABLE t RENAME a TO c"},
    {"rename_column_of_view", "ALTER VIEW x RENAME COLUMN one TO two",
     "CREATE VIEW x AS SELECT 1 AS one"},
    {"change_column_beside_a_new_one", "ALTER TABLE t ADD c int, ALTER a TYPE bigint USING a * 2"},
    {"drop_expression", "ALTER TABLE q ALTER d DROP EXPRESSION",
     "CREATE TABLE q (c int, d int GENERATED ALWAYS AS (c + 1) STORED)"},
    {"add_identity", "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)"},
    {"drop_identity", "ALTER TABLE q ALTER c DROP IDENTITY",
     "CREATE TABLE q (c int GENERATED ALWAYS AS IDENTITY)"},
    {"add_check", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"},
    {"add_valid_check", "ALTER TABLE t ADD CONSTRAINT \"C\" CHECK (a > 0)"},
    {"add_foreign_key",
     "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES p (id) NOT VALID"},
    {"add_unique", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a, b)"},
    {"add_unique_using_index", "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX x",
     "CREATE UNIQUE INDEX x ON t (a)"},
    {"add_unique_by_its_index", "ALTER TABLE t ADD UNIQUE USING INDEX x",
     "CREATE UNIQUE INDEX x ON t (a)"},
    {"replace_key_using_index",
     "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX x",
     "CREATE UNIQUE INDEX x ON t (id)"},
    {"add_exclusion", "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING btree (a WITH =)", "", "",
     On::kPostgres},
    {"add_unnamed_unique", "ALTER TABLE t ADD UNIQUE (a, b)"},
    {"add_unnamed_foreign_key", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p"},
    {"add_unnamed_key", "ALTER TABLE q ADD PRIMARY KEY (c, d)", "CREATE TABLE q (c int, d int)"},
    {"drop_constraint", "ALTER TABLE t DROP CONSTRAINT t_pkey"},
    {"replace_one_and_add_another",
     "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1), ADD CONSTRAINT d CHECK (a > "
     "2)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"},
    {"rename_constraint", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO k"},
    {"validate", "ALTER TABLE t VALIDATE CONSTRAINT c",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"},
    {"validate_async", "ALTER TABLE ASYNC t VALIDATE CONSTRAINT c",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
     "ALTER TABLE t VALIDATE CONSTRAINT c", On::kDsql},
    {"attach", "ALTER TABLE r ATTACH PARTITION q FOR VALUES FROM (1) TO (2)",
     "CREATE TABLE r (id int) PARTITION BY RANGE (id); CREATE TABLE q (id int)", "", On::kPostgres},
    {"detach", "ALTER TABLE r DETACH PARTITION q CONCURRENTLY",
     "CREATE TABLE r (id int) PARTITION BY RANGE (id);"
     "CREATE TABLE q PARTITION OF r FOR VALUES FROM (1) TO (2)",
     "", On::kPostgres},
    {"inherit", "ALTER TABLE q INHERIT p", "CREATE TABLE q (LIKE p)", "", On::kPostgres},
    {"stop_inheriting", "ALTER TABLE q NO INHERIT p", "CREATE TABLE q () INHERITS (p)", "",
     On::kPostgres},
    {"own_beside_others", "ALTER TABLE t OWNER TO settle_a, ADD c int, ENABLE ROW LEVEL SECURITY"},
};

class Settled : public testing::TestWithParam<SettlementCase> {};

TEST_P(Settled, is_not_done_before_and_done_after) {
  const SettlementCase& example = GetParam();
  for (const Dialect dialect : dialects_of(example)) {
    SettlementWorld world;
    world.run(example.setup);
    const auto settlement = find_settlement(example.statement, dialect);
    EXPECT_EQ(world.ask(settlement), "not done") << settlement.question_sql;
    world.run(example.effect.empty() ? example.statement : example.effect);
    EXPECT_EQ(world.ask(settlement), "done") << settlement.question_sql;
  }
}

// Only a DROP can be done where there is nothing.
void expect_nothing_done(const SettlementCase& example, const std::string& answer) {
  const std::string other = example.statement.starts_with("DROP") ? "done" : "not done";
  EXPECT_TRUE(answer == other || answer == "unclear") << answer;
}

TEST_P(Settled, is_asked_without_failing_when_everything_is_missing) {
  const SettlementCase& example = GetParam();
  if (example.name.starts_with("iam_")) return;  // sys is always there
  for (const Dialect dialect : dialects_of(example)) {
    SettlementWorld world;
    world.run("DROP SCHEMA app, other CASCADE; DROP ROLE settle_a");
    expect_nothing_done(example, world.ask(example.statement, dialect));
    world.run("SET search_path = ''");
    expect_nothing_done(example, world.ask(example.statement, dialect));
  }
}

TEST_P(Settled, is_asked_without_failing_by_one_who_may_do_nothing) {
  const SettlementCase& example = GetParam();
  if (example.name.starts_with("iam_")) return;
  for (const Dialect dialect : dialects_of(example)) {
    SettlementWorld world;
    world.run(example.setup);
    world.run("SET ROLE settle_a");
    EXPECT_NO_THROW(world.ask(example.statement, dialect));
  }
}

std::string name_of(const testing::TestParamInfo<SettlementCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(create, Settled, testing::ValuesIn(kCreate), name_of);
INSTANTIATE_TEST_SUITE_P(index, Settled, testing::ValuesIn(kIndex), name_of);
INSTANTIATE_TEST_SUITE_P(drop, Settled, testing::ValuesIn(kDrop), name_of);
INSTANTIATE_TEST_SUITE_P(alter, Settled, testing::ValuesIn(kAlter), name_of);
INSTANTIATE_TEST_SUITE_P(action, Settled, testing::ValuesIn(kAction), name_of);

TEST(settlement, every_form_that_is_asked_about_has_been_asked) {
  // Those whose answer is never "done" are asked in settlement_unclear_pgtest.cc.
  const std::set<std::string_view> one_sided = {
      "CREATE INDEX without a name",
      "CREATE POLICY, RULE, COLLATION, PUBLICATION, SERVER and the like",
      "ALTER SEQUENCE ... RESTART, ALTER TABLE ... RESTART",
      "ALTER TABLE ... ALTER COLUMN TYPE ... USING",
      "ALTER TABLE ... ADD CHECK, EXCLUDE without a name"};
  std::set<std::string_view> asked = one_sided;
  const auto take = [&asked](std::span<const SettlementCase> examples) {
    for (const auto& example : examples) {
      for (const Dialect dialect : dialects_of(example)) {
        asked.insert(find_settlement(example.statement, dialect).form);
      }
    }
  };
  take(kCreate);
  take(kIndex);
  take(kDrop);
  take(kAlter);
  take(kAction);
  for (const auto& row : settle_forms()) {
    if (row.method == SettleMethod::kCatalog) {
      EXPECT_TRUE(asked.contains(row.form)) << row.form;
    }
  }
}

}  // namespace
}  // namespace engine
