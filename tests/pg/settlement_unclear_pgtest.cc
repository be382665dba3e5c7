// What is there does not look like what the statement makes, or could be older: nothing is guessed.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/pg/settlement_case.h"

namespace engine {
namespace {

struct Doubt {
  std::string name;
  std::string setup;
  std::string statement;
  std::string answer = "unclear";
  On on = On::kBoth;
};

void PrintTo(const Doubt& doubt, std::ostream* out) {
  *out << doubt.setup << " | " << doubt.statement;
}

const char* const kFunction = "RETURNS int LANGUAGE sql AS 'SELECT 1'";

const Doubt kCreate[] = {
    {"older_table_with_fewer_columns", "CREATE TABLE x (id int)",
     "CREATE TABLE x (id int, b text)"},
    {"older_table_with_another_order", "CREATE TABLE x (b text, id int)",
     "CREATE TABLE x (id int, b text)"},
    {"older_table_with_another_type", "CREATE TABLE x (id int)", "CREATE TABLE x (id bigint)"},
    {"older_table_with_a_quoted_name", "CREATE TABLE x (\"Id\" int)", "CREATE TABLE x (Id int)"},
    {"older_table_with_a_column_dropped", "CREATE TABLE x (id int, b int); ALTER TABLE x DROP b",
     "CREATE TABLE x (id int, b int)"},
    {"older_view_instead_of_the_table", "CREATE VIEW x AS SELECT 1 AS id",
     "CREATE TABLE x (id int)"},
    {"quoted_and_folded_names_differ", "CREATE TABLE x (id int)", "CREATE TABLE \"X\" (id int)",
     "not done"},
    {"table_like_another", "CREATE TABLE x (id bigint, a int)", "CREATE TABLE x (LIKE t)"},
    {"table_of_a_type", "CREATE TYPE y AS (a int); CREATE TABLE x OF y", "CREATE TABLE x OF y"},
    {"partition_of_another",
     "CREATE TABLE r (id int) PARTITION BY RANGE (id); CREATE TABLE s (LIKE r) PARTITION BY RANGE "
     "(id); CREATE TABLE x PARTITION OF s DEFAULT",
     "CREATE TABLE x PARTITION OF r DEFAULT"},
    {"table_of_unnamed_columns", "CREATE TABLE x AS SELECT id + 1 FROM t",
     "CREATE TABLE x AS SELECT id + 1 FROM t"},
    {"table_of_unnamed_columns_missing", "", "CREATE TABLE x AS SELECT id + 1 FROM t", "not done"},
    {"table_of_a_union_in_parentheses", "CREATE TABLE x AS SELECT 1 AS one",
     "CREATE TABLE x AS (SELECT 1 AS one) UNION SELECT 2 AS two"},
    {"view_with_other_columns", "CREATE VIEW x AS SELECT id FROM t",
     "CREATE VIEW x AS SELECT a FROM t"},
    {"view_with_fewer_columns", "CREATE VIEW x AS SELECT id FROM t",
     "CREATE VIEW x AS SELECT * FROM t"},
    {"view_of_a_join", "CREATE VIEW x AS SELECT t.*, p.a AS n FROM t JOIN p USING (id)",
     "CREATE VIEW x AS SELECT t.*, p.a AS n FROM t JOIN p USING (id)"},
    {"view_of_a_star_over_two", "CREATE VIEW x AS SELECT * FROM t JOIN p USING (id, a)",
     "CREATE VIEW x AS SELECT * FROM t JOIN p USING (id, a)"},
    {"table_instead_of_the_view", "CREATE TABLE x (id bigint)",
     "CREATE VIEW x AS SELECT id FROM t"},
    {"sequence_with_another_step", "CREATE SEQUENCE x INCREMENT 2",
     "CREATE SEQUENCE x INCREMENT 3"},
    {"sequence_that_cycles", "CREATE SEQUENCE x CYCLE", "CREATE SEQUENCE x CACHE 1 NO CYCLE"},
    {"sequence_of_another_type", "CREATE SEQUENCE x", "CREATE SEQUENCE x AS smallint START 1"},
    {"schema_that_is_not_empty", "CREATE TABLE other.x (id int)", "CREATE SCHEMA other"},
    {"domain_over_another_type", "CREATE DOMAIN x AS int", "CREATE DOMAIN x AS bigint"},
    {"domain_of_another_length", "CREATE DOMAIN x AS varchar(3)", "CREATE DOMAIN x varchar(4)"},
    {"domain_that_may_be_null", "CREATE DOMAIN x AS int", "CREATE DOMAIN x AS int NOT NULL"},
    {"type_instead_of_the_domain", "CREATE TYPE x AS ENUM ('a')", "CREATE DOMAIN x AS int"},
    {"enum_in_another_order", "CREATE TYPE x AS ENUM ('a', 'b')",
     "CREATE TYPE x AS ENUM ('b', 'a')", "unclear", On::kPostgres},
    {"composite_with_another_attribute", "CREATE TYPE x AS (a int)", "CREATE TYPE x AS (a text)",
     "unclear", On::kPostgres},
    {"range", "CREATE TYPE x AS RANGE (subtype = int)", "CREATE TYPE x AS RANGE (subtype = int)",
     "unclear", On::kPostgres},
    {"function_with_another_body", std::string("CREATE FUNCTION x(int) ") + kFunction,
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS 'SELECT 2'"},
    {"function_with_a_parsed_body", "CREATE FUNCTION x(int) RETURNS int RETURN 1",
     "CREATE FUNCTION x(int) RETURNS int RETURN 1"},
    {"function_with_an_escaped_body", std::string("CREATE FUNCTION x(int) ") + kFunction,
     "CREATE FUNCTION x(int) RETURNS int LANGUAGE sql AS E'SELECT 1'"},
    {"role_that_cannot_log_in", "", "CREATE ROLE settle_a LOGIN"},
    {"role_that_can_more", "", "CREATE ROLE settle_a SUPERUSER"},
    {"role_with_members", "", "CREATE ROLE settle_a IN ROLE pg_monitor"},
    {"extension_of_another_version", "CREATE EXTENSION pageinspect",
     "CREATE EXTENSION pageinspect VERSION '0.1'", "unclear", On::kPostgres},
    {"statistics_on_another_table", "CREATE STATISTICS x ON id, a FROM p",
     "CREATE STATISTICS x ON id, a FROM t", "unclear", On::kPostgres},
    {"trigger_of_another_function",
     "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()",
     "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION audit()", "unclear",
     On::kPostgres},
    {"policy", "CREATE POLICY x ON t", "CREATE POLICY x ON t", "unclear", On::kPostgres},
    {"policy_missing", "", "CREATE POLICY x ON t USING (a > 0)", "not done", On::kPostgres},
    {"rule_missing", "", "CREATE RULE x AS ON DELETE TO t DO INSTEAD NOTHING", "not done",
     On::kPostgres},
    {"publication", "CREATE PUBLICATION pub", "CREATE PUBLICATION pub FOR TABLE t", "unclear",
     On::kPostgres},
    {"temporary_table_that_hides_nothing", "CREATE TABLE x (id int)",
     "CREATE TEMP TABLE x (id int)", "not done", On::kPostgres},
};

// A unique build over equal values leaves an index that is not valid.
const char* const kFailedBuild = "INSERT INTO t VALUES (1, 5), (2, 5)";

const Doubt kIndex[] = {
    {"over_other_columns", "CREATE INDEX x ON t (a)", "CREATE INDEX x ON t (b)"},
    {"over_more_columns", "CREATE INDEX x ON t (a)", "CREATE INDEX x ON t (a, b)"},
    {"on_another_table", "CREATE INDEX x ON p (a)", "CREATE INDEX x ON t (a)"},
    {"not_unique", "CREATE INDEX x ON t (a)", "CREATE UNIQUE INDEX x ON t (a)"},
    {"not_partial", "CREATE INDEX x ON t (a)", "CREATE INDEX x ON t (a) WHERE a > 0"},
    {"including_more", "CREATE INDEX x ON t (a) INCLUDE (b)", "CREATE INDEX x ON t (a)", "unclear",
     On::kPostgres},
    {"expression_instead_of_column", "CREATE INDEX x ON t ((a + 0))", "CREATE INDEX x ON t (a)"},
    {"table_instead_of_the_index", "CREATE TABLE x (id int)", "CREATE INDEX x ON t (a)"},
    {"on_no_table", "", "CREATE INDEX x ON nothing (a)"},
    {"unnamed_missing", "CREATE INDEX ON t (a)", "CREATE INDEX ON t (lower(b))", "not done"},
    {"unnamed_beside_an_older_one", "CREATE INDEX x ON t (a)", "CREATE INDEX ON t (a)"},
    {"unnamed_beside_one_of_its_name", "CREATE INDEX ON t (a)", "CREATE INDEX ON t (a)"},
    {"unnamed_beside_another_call", "CREATE INDEX ON t (lower(b))", "CREATE INDEX ON t (upper(b))"},
    {"unnamed_beside_another_predicate", "CREATE INDEX ON t (a) WHERE a > 1",
     "CREATE INDEX ON t (a) WHERE a > 2"},
    {"unnamed_over_an_expression", "CREATE INDEX ON t ((a + 1))", "CREATE INDEX ON t ((a + 1))"},
    {"unnamed_over_an_expression_missing", "", "CREATE INDEX ON t ((a + 1))", "not done"},
    {"if_not_exists_on_another_table", "CREATE INDEX x ON p (a)",
     "CREATE INDEX IF NOT EXISTS x ON t (a)", "done"},
};

const Doubt kDropAndRename[] = {
    {"table_that_may_have_been_uncovered", "DROP TABLE t; CREATE TABLE public.t (id int)",
     "DROP TABLE t"},
    {"table_if_exists_that_may_have_been_uncovered", "DROP TABLE t; CREATE TABLE public.t (id int)",
     "DROP TABLE IF EXISTS t, nothing"},
    {"table_that_covers_another", "CREATE TABLE public.t (id int)", "DROP TABLE t", "not done"},
    {"one_of_two", "DROP TABLE p", "DROP TABLE t, p"},
    {"one_of_two_if_exists", "DROP TABLE p", "DROP TABLE IF EXISTS t, p", "not done"},
    {"function_in_another_schema", std::string("CREATE FUNCTION other.x() ") + kFunction,
     "DROP FUNCTION x()", "unclear", On::kDsql},
    {"function_outside_the_path", std::string("CREATE FUNCTION other.x() ") + kFunction,
     "DROP FUNCTION x()", "done", On::kPostgres},
    {"function_of_a_type_not_read", std::string("CREATE FUNCTION x(int) ") + kFunction,
     "DROP FUNCTION x(t.a%TYPE)"},
    {"function_with_other_arguments", std::string("CREATE FUNCTION x(int) ") + kFunction,
     "DROP FUNCTION x(text)", "done"},
    {"trigger_of_no_table", "", "DROP TRIGGER x ON nothing", "unclear", On::kPostgres},
    {"renamed_and_both_there", "CREATE TABLE u (id int)", "ALTER TABLE t RENAME TO u"},
    {"renamed_and_neither_there", "", "ALTER TABLE nothing RENAME TO u"},
    {"renamed_if_exists_and_neither_there", "", "ALTER TABLE IF EXISTS nothing RENAME TO u",
     "not done"},
    {"moved_if_exists_and_neither_there", "", "ALTER TABLE IF EXISTS nothing SET SCHEMA other",
     "not done"},
    {"renamed_while_public_has_one", "CREATE TABLE public.x (id int); ALTER TABLE t RENAME TO u",
     "ALTER TABLE x RENAME TO u"},
    {"column_renamed_and_both_there", "", "ALTER TABLE t RENAME a TO b"},
    {"column_renamed_and_neither_there", "", "ALTER TABLE t RENAME c TO d"},
    {"constraint_renamed_and_neither_there", "", "ALTER TABLE t RENAME CONSTRAINT c TO d"},
    {"moved_and_both_there", "CREATE TABLE other.t (id int)", "ALTER TABLE t SET SCHEMA other"},
    {"moved_and_neither_there", "", "ALTER TABLE nothing SET SCHEMA other"},
    {"schema_renamed_and_neither_there", "", "ALTER SCHEMA nothing RENAME TO app2"},
    {"owner_of_nothing", "", "ALTER TABLE nothing OWNER TO settle_a"},
    {"label_of_no_type", "", "ALTER TYPE nothing ADD VALUE 'a'", "unclear", On::kPostgres},
};

const Doubt kAction[] = {
    {"column_of_another_type", "", "ALTER TABLE t ADD a text"},
    {"column_of_another_length", "ALTER TABLE t ADD c varchar(8)",
     "ALTER TABLE t ADD c varchar(7)"},
    {"column_of_an_array", "ALTER TABLE t ADD c int[]", "ALTER TABLE t ADD c int"},
    {"column_that_may_be_null", "", "ALTER TABLE t ADD a int NOT NULL"},
    {"column_without_default", "", "ALTER TABLE t ADD a int DEFAULT 1"},
    {"column_with_a_default", "ALTER TABLE t ADD c int DEFAULT 1", "ALTER TABLE t ADD c int"},
    {"column_that_is_generated", "ALTER TABLE t ADD c int GENERATED ALWAYS AS (a) STORED",
     "ALTER TABLE t ADD c int"},
    {"column_of_no_table", "", "ALTER TABLE nothing ADD a int"},
    {"column_of_a_table_that_may_be_missing", "", "ALTER TABLE IF EXISTS nothing ADD a int",
     "not done"},
    {"one_of_two_columns", "ALTER TABLE t ADD c int", "ALTER TABLE t ADD c int, ADD d int"},
    {"column_dropped_from_no_table", "", "ALTER TABLE nothing DROP a"},
    {"type_not_yet_changed", "", "ALTER TABLE t ALTER a TYPE bigint USING a * 100", "not done"},
    {"type_as_it_may_have_been", "", "ALTER TABLE t ALTER a TYPE integer USING a * 100"},
    {"constraint_of_another_kind", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"},
    {"constraint_over_other_columns", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
     "ALTER TABLE t ADD CONSTRAINT c UNIQUE (b)"},
    {"constraint_that_is_valid", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"},
    {"foreign_key_to_another_table",
     "CREATE TABLE q (id int PRIMARY KEY); ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) "
     "REFERENCES q",
     "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES p"},
    {"constraint_of_no_table", "", "ALTER TABLE nothing ADD CONSTRAINT c CHECK (a > 0)"},
    {"index_and_constraint_missing", "", "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX x"},
    {"unnamed_check_beside_an_older_one", "ALTER TABLE t ADD CHECK (a > 0)",
     "ALTER TABLE t ADD CHECK (a < 9)"},
    {"unnamed_check_missing", "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
     "ALTER TABLE t ADD CHECK (a < 9)", "not done"},
    {"unnamed_exclusion_missing", "", "ALTER TABLE t ADD EXCLUDE (a WITH =)", "not done"},
    {"unnamed_unique_beside_an_older_one", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
     "ALTER TABLE t ADD UNIQUE (a)"},
    {"unnamed_key_over_other_columns", "", "ALTER TABLE t ADD PRIMARY KEY (a)"},
    {"unnamed_domain_check", "CREATE DOMAIN x AS int CHECK (value > 0)",
     "ALTER DOMAIN x ADD CHECK (value < 9)"},
    {"identity_of_another_kind", "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY",
     "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY"},
    {"constraint_to_validate_missing", "", "ALTER TABLE t VALIDATE CONSTRAINT c"},
    {"child_missing", "", "ALTER TABLE t ATTACH PARTITION nothing DEFAULT", "unclear",
     On::kPostgres},
};

const Doubt kRestart[] = {
    {"never_used", "CREATE SEQUENCE x", "ALTER SEQUENCE x RESTART WITH 50", "not done"},
    {"used", "CREATE SEQUENCE x; SELECT nextval('x')", "ALTER SEQUENCE x RESTART WITH 50"},
    {"restarted_and_not_used_since",
     "CREATE SEQUENCE x; SELECT nextval('x'); ALTER SEQUENCE x RESTART WITH 50",
     "ALTER SEQUENCE x RESTART WITH 50", "not done"},
    {"restarted_and_used_since",
     "CREATE SEQUENCE x; ALTER SEQUENCE x RESTART WITH 50; SELECT nextval('x')",
     "ALTER SEQUENCE x RESTART WITH 50"},
    {"not_to_be_seen",
     "CREATE SEQUENCE x; GRANT USAGE ON SCHEMA app TO settle_a; SET ROLE settle_a",
     "ALTER SEQUENCE x RESTART"},
    {"identity_never_used", "CREATE TABLE q (c bigint GENERATED ALWAYS AS IDENTITY)",
     "ALTER TABLE q ALTER c RESTART WITH 7", "not done"},
    {"identity_used",
     "CREATE TABLE q (c bigint GENERATED ALWAYS AS IDENTITY); INSERT INTO q DEFAULT VALUES",
     "ALTER TABLE q ALTER c SET INCREMENT 2 RESTART"},
    {"of_nothing", "", "ALTER SEQUENCE nothing RESTART"},
};

class InDoubt : public testing::TestWithParam<Doubt> {};

TEST_P(InDoubt, is_answered_without_a_guess) {
  const Doubt& doubt = GetParam();
  for (const Dialect dialect : dialects_of({"", "", "", "", doubt.on})) {
    const auto settlement = find_settlement(doubt.statement, dialect);
    // Of what Aurora DSQL does not have there is no question there.
    if (dialect == Dialect::kDsql && settlement.form == "anything else") continue;
    SettlementWorld world;
    world.run(doubt.setup);
    EXPECT_EQ(world.ask(settlement), doubt.answer) << settlement.question_sql;
  }
}

std::string name_of(const testing::TestParamInfo<Doubt>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(create, InDoubt, testing::ValuesIn(kCreate), name_of);
INSTANTIATE_TEST_SUITE_P(index, InDoubt, testing::ValuesIn(kIndex), name_of);
INSTANTIATE_TEST_SUITE_P(drop_and_rename, InDoubt, testing::ValuesIn(kDropAndRename), name_of);
INSTANTIATE_TEST_SUITE_P(action, InDoubt, testing::ValuesIn(kAction), name_of);
INSTANTIATE_TEST_SUITE_P(restart, InDoubt, testing::ValuesIn(kRestart), name_of);

TEST(settlement, an_index_whose_build_failed_is_invalid) {
  SettlementWorld world;
  world.run(kFailedBuild);
  EXPECT_THROW(world.run("CREATE UNIQUE INDEX CONCURRENTLY x ON t (a)"), std::exception);
  EXPECT_EQ(world.ask("CREATE UNIQUE INDEX CONCURRENTLY x ON t (a)"), "invalid");
  EXPECT_EQ(world.ask("CREATE UNIQUE INDEX ASYNC x ON t (a)", Dialect::kDsql), "invalid");
  EXPECT_EQ(world.ask("CREATE INDEX IF NOT EXISTS x ON p (a)"), "invalid");
  EXPECT_EQ(world.ask("CREATE INDEX x ON t (a)"), "unclear") << "not UNIQUE: another one";
}

TEST(settlement, a_temporary_table_is_gone_with_its_connection) {
  {
    SettlementWorld world;
    world.run("CREATE TEMP TABLE x (id int)");
    EXPECT_EQ(world.ask("CREATE TEMP TABLE x (id int)"), "done");
  }
  SettlementWorld world;
  EXPECT_EQ(world.ask("CREATE TEMP TABLE x (id int)"), "not done");
}

// A statement that refuses to run twice has to be asked about.
TEST(settlement, what_is_run_again_succeeds_twice) {
  for (const char* statement :
       {"CREATE TABLE IF NOT EXISTS x (id int)",
        "CREATE OR REPLACE VIEW x AS SELECT 1 AS one",
        "CREATE OR REPLACE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP TABLE IF EXISTS app.t CASCADE",
        "DROP SCHEMA IF EXISTS other",
        "DROP TRIGGER IF EXISTS x ON t",
        "DROP ROLE IF EXISTS settle_a",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int",
        "ALTER TABLE t DROP COLUMN IF EXISTS a",
        "ALTER TABLE t ALTER a SET DEFAULT 5",
        "ALTER TABLE t ALTER a DROP DEFAULT",
        "ALTER TABLE t ALTER a DROP NOT NULL",
        "ALTER TABLE t ALTER a SET NOT NULL",
        "ALTER TABLE t ALTER b SET STORAGE EXTERNAL",
        "ALTER TABLE t ALTER a SET STATISTICS 5",
        "ALTER TABLE t ALTER a TYPE bigint",
        "ALTER TABLE t ALTER a TYPE text USING a::text",
        "ALTER TABLE t ALTER a TYPE text USING (CAST(a AS text))",
        "ALTER TABLE t ALTER a DROP EXPRESSION IF EXISTS",
        "ALTER TABLE t ALTER a DROP IDENTITY IF EXISTS",
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey",
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
        "ALTER TABLE t DISABLE TRIGGER ALL",
        "ALTER TABLE t ENABLE TRIGGER USER",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE t SET (fillfactor = 70)",
        "ALTER TABLE t RESET (fillfactor)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "ALTER TABLE t CLUSTER ON t_pkey",
        "ALTER TABLE t SET UNLOGGED",
        "ALTER INDEX t_pkey SET (fillfactor = 70)",
        "ALTER FUNCTION suppress_redundant_updates_trigger() COST 5",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER ROLE settle_a LOGIN",
        "ALTER ROLE settle_a SET search_path = app",
        "COMMENT ON TABLE t IS 'x'",
        "GRANT SELECT ON t TO settle_a",
        "GRANT pg_monitor TO settle_a",
        "REVOKE SELECT ON t FROM settle_a",
        "REVOKE pg_monitor FROM settle_a",
        "ANALYZE t",
        "VACUUM t",
        "REINDEX TABLE t",
        "CLUSTER t USING t_pkey",
        "CHECKPOINT",
        "REASSIGN OWNED BY settle_a TO CURRENT_USER",
        "SET search_path = app",
        "RESET search_path",
        "LISTEN x"}) {
    ASSERT_EQ(find_settlement(statement, Dialect::kPostgres).method, SettleMethod::kRerun)
        << statement;
    SettlementWorld world;
    EXPECT_NO_THROW(world.run(statement)) << statement;
    EXPECT_NO_THROW(world.run(statement)) << statement;
  }
}

}  // namespace
}  // namespace engine
