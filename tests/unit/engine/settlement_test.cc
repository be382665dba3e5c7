#include "engine/settlement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/settlement_statement.h"
#include "engine/settlement_type.h"

namespace engine {
namespace {

using settlement::accept_argument_types;
using settlement::accept_type_name;
using settlement::make_generated_name;

struct Example {
  const char* sql;
  SettleMethod method;
  const char* form;
  Dialect dialect = Dialect::kPostgres;
};

constexpr SettleMethod kRerun = SettleMethod::kRerun;
constexpr SettleMethod kCatalog = SettleMethod::kCatalog;
constexpr SettleMethod kRefuse = SettleMethod::kRefuse;
constexpr Dialect kDsql = Dialect::kDsql;

// At least one of each form; the questions themselves are asked in settlement_pgtest.cc.
const Example kExamples[] = {
    {"CREATE TABLE IF NOT EXISTS t (a int)", kRerun,
     "CREATE ... IF NOT EXISTS (all but SCHEMA and INDEX)"},
    {"create sequence if not exists s cache 1", kRerun,
     "CREATE ... IF NOT EXISTS (all but SCHEMA and INDEX)", kDsql},
    {"CREATE STATISTICS IF NOT EXISTS s ON a, b FROM t", kRerun,
     "CREATE ... IF NOT EXISTS (all but SCHEMA and INDEX)", kDsql},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", kRerun, "CREATE OR REPLACE ..."},
    {"CREATE TABLE t (a int)", kCatalog, "CREATE TABLE"},
    {"CREATE /* a */ TABLE -- b\n t (a int)", kCatalog, "CREATE TABLE"},
    {"CREATE TABLE t PARTITION OF p DEFAULT", kCatalog, "CREATE TABLE ... PARTITION OF"},
    {"CREATE TABLE t AS TABLE u", kCatalog, "CREATE TABLE ... AS, SELECT ... INTO"},
    {"SELECT a INTO t FROM u", kCatalog, "CREATE TABLE ... AS, SELECT ... INTO"},
    {"CREATE INDEX i ON t (a)", kCatalog, "CREATE INDEX name"},
    {"CREATE UNIQUE INDEX ASYNC i ON t (a)", kCatalog, "CREATE INDEX name", kDsql},
    {"CREATE INDEX ASYNC IF NOT EXISTS i ON t (a)", kCatalog, "CREATE INDEX IF NOT EXISTS", kDsql},
    {"CREATE INDEX CONCURRENTLY ON t (a)", kCatalog, "CREATE INDEX without a name"},
    {"CREATE INDEX ASYNC ON t (a)", kCatalog, "CREATE INDEX without a name", kDsql},
    {"CREATE RECURSIVE VIEW v (a) AS SELECT 1", kCatalog, "CREATE VIEW, CREATE MATERIALIZED VIEW"},
    {"CREATE SEQUENCE s CACHE 1", kCatalog, "CREATE SEQUENCE", kDsql},
    {"CREATE SCHEMA AUTHORIZATION r", kCatalog, "CREATE SCHEMA"},
    {"CREATE SCHEMA IF NOT EXISTS s", kCatalog, "CREATE SCHEMA IF NOT EXISTS"},
    {"CREATE DOMAIN d AS int", kCatalog, "CREATE DOMAIN"},
    {"CREATE TYPE t AS ENUM ('a')", kCatalog, "CREATE TYPE"},
    {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", kCatalog,
     "CREATE FUNCTION, CREATE PROCEDURE"},
    {"CREATE ROLE r LOGIN", kCatalog, "CREATE ROLE, USER, GROUP"},
    {"CREATE EXTENSION e", kCatalog, "CREATE EXTENSION"},
    {"CREATE EXTENSION e", kRefuse, "anything else", kDsql},
    {"CREATE STATISTICS s ON a, b FROM t", kCatalog, "CREATE STATISTICS name"},
    {"CREATE STATISTICS s ON a, b FROM t", kRerun, "CREATE STATISTICS name (Aurora DSQL)", kDsql},
    {"CREATE STATISTICS ON a, b FROM t", kRefuse, "CREATE STATISTICS without a name"},
    {"CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()", kCatalog,
     "CREATE TRIGGER"},
    {"CREATE POLICY p ON t", kCatalog,
     "CREATE POLICY, RULE, COLLATION, PUBLICATION, SERVER and the like"},
    {"CREATE POLICY p ON t", kRefuse, "anything else", kDsql},
    {"DROP VIEW IF EXISTS a.v CASCADE", kRerun, "DROP ... IF EXISTS"},
    {"DROP SCHEMA IF EXISTS s", kRerun, "DROP ... IF EXISTS"},
    {"DROP TRIGGER IF EXISTS g ON t", kRerun, "DROP ... IF EXISTS", kDsql},
    {"DROP VIEW IF EXISTS a.v, w", kCatalog, "DROP ... IF EXISTS, a name without a schema"},
    {"DROP TABLE t", kCatalog, "DROP ..."},
    {"DROP RULE r ON t", kCatalog, "DROP TRIGGER, POLICY, RULE"},
    {"DROP STATISTICS s", kRerun, "DROP STATISTICS (Aurora DSQL)", kDsql},
    {"DROP OWNED BY r", kRefuse, "DROP OWNED"},
    {"ALTER VIEW v RENAME TO w", kCatalog, "ALTER ... RENAME TO"},
    {"ALTER SEQUENCE s SET SCHEMA u", kCatalog, "ALTER ... SET SCHEMA"},
    {"ALTER SCHEMA s OWNER TO r", kCatalog, "ALTER ... OWNER TO"},
    {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r", kRerun,
     "ALTER ... of settings (SET, RESET, functions' attributes, DEFAULT PRIVILEGES, SYSTEM)"},
    {"ALTER DOMAIN d SET DEFAULT 1", kRerun,
     "ALTER ... of settings (SET, RESET, functions' attributes, DEFAULT PRIVILEGES, SYSTEM)"},
    {"ALTER STATISTICS s RENAME TO u", kRefuse,
     "ALTER STATISTICS ... RENAME TO, SET SCHEMA, OWNER TO (Aurora DSQL)", kDsql},
    {"ALTER STATISTICS s SET STATISTICS 5", kRerun,
     "ALTER ... of settings (SET, RESET, functions' attributes, DEFAULT PRIVILEGES, SYSTEM)",
     kDsql},
    {"ALTER TABLE t ADD a int", kCatalog, "ALTER TABLE ... ADD COLUMN"},
    {"ALTER TABLE t ADD IF NOT EXISTS a int", kRerun, "ALTER TABLE ... ADD COLUMN IF NOT EXISTS"},
    {"ALTER TABLE t DROP a", kCatalog, "ALTER TABLE ... DROP COLUMN"},
    {"ALTER TABLE t DROP IF EXISTS a", kRerun, "ALTER TABLE ... DROP COLUMN IF EXISTS"},
    {"ALTER TABLE t RENAME a TO b", kCatalog, "ALTER ... RENAME COLUMN"},
    {"ALTER TABLE t ALTER a SET DEFAULT 1", kRerun,
     "ALTER TABLE ... ALTER COLUMN SET or DROP (DEFAULT, NOT NULL, STORAGE, ... IF EXISTS)"},
    {"ALTER TABLE t ALTER a SET DEFAULT restart", kRerun,
     "ALTER TABLE ... ALTER COLUMN SET or DROP (DEFAULT, NOT NULL, STORAGE, ... IF EXISTS)"},
    {"ALTER TABLE t ALTER a TYPE bigint USING ((a::int8))", kRerun,
     "ALTER TABLE ... ALTER COLUMN TYPE"},
    {"ALTER TABLE t ALTER a SET DATA TYPE bigint USING b::int8", kCatalog,
     "ALTER TABLE ... ALTER COLUMN TYPE ... USING"},
    {"ALTER TABLE t ALTER a DROP EXPRESSION", kCatalog, "ALTER TABLE ... DROP EXPRESSION"},
    {"ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY", kCatalog,
     "ALTER TABLE ... ADD GENERATED AS IDENTITY"},
    {"ALTER TABLE t ALTER a SET GENERATED ALWAYS SET CACHE 1", kRerun,
     "ALTER TABLE ... SET GENERATED, SET INCREMENT, SET CACHE ..."},
    {"ALTER TABLE t ALTER a DROP IDENTITY", kCatalog, "ALTER TABLE ... DROP IDENTITY"},
    {"ALTER SEQUENCE s RESTART", kCatalog, "ALTER SEQUENCE ... RESTART, ALTER TABLE ... RESTART"},
    {"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", kCatalog,
     "ALTER TABLE ... ADD CONSTRAINT name"},
    {"ALTER TABLE t ADD UNIQUE (a)", kCatalog,
     "ALTER TABLE ... ADD PRIMARY KEY, UNIQUE, FOREIGN KEY without a name"},
    {"ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i", kCatalog,
     "ALTER TABLE ... ADD ... USING INDEX", kDsql},
    {"ALTER TABLE t ADD CHECK (a > 0) NOT VALID", kCatalog,
     "ALTER TABLE ... ADD CHECK, EXCLUDE without a name", kDsql},
    {"ALTER TABLE t DROP CONSTRAINT c", kCatalog, "ALTER TABLE ... DROP CONSTRAINT"},
    {"ALTER TABLE t DROP CONSTRAINT IF EXISTS c", kRerun,
     "ALTER TABLE ... DROP CONSTRAINT IF EXISTS"},
    {"ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1)", kRerun,
     "ALTER TABLE ... DROP CONSTRAINT and ADD CONSTRAINT of one name"},
    {"ALTER DOMAIN d RENAME CONSTRAINT a TO b", kCatalog, "ALTER ... RENAME CONSTRAINT"},
    {"ALTER TABLE ASYNC t VALIDATE CONSTRAINT c", kCatalog,
     "ALTER TABLE [ASYNC] ... VALIDATE CONSTRAINT", kDsql},
    {"ALTER TABLE t INHERIT u", kCatalog, "ALTER TABLE ... ATTACH PARTITION, INHERIT"},
    {"ALTER TABLE t NO INHERIT u", kCatalog, "ALTER TABLE ... DETACH PARTITION, NO INHERIT"},
    {"ALTER TABLE t ENABLE TRIGGER ALL", kRerun,
     "ALTER TABLE ... settings (ENABLE, DISABLE, SET, RESET, ALTER CONSTRAINT, REPLICA IDENTITY "
     "...)",
     kDsql},
    {"ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE", kRerun,
     "ALTER TABLE ... settings (ENABLE, DISABLE, SET, RESET, ALTER CONSTRAINT, REPLICA IDENTITY "
     "...)",
     kDsql},
    {"ALTER TABLE t ADD a int, DROP b", kCatalog, "ALTER TABLE, several actions"},
    {"ALTER TABLE t ADD a int, ALTER b SET DEFAULT 1", kCatalog, "ALTER TABLE ... ADD COLUMN"},
    {"ALTER TABLE t ALTER b TYPE int USING f(b), ADD a int", kCatalog,
     "ALTER TABLE ... ADD COLUMN"},
    {"ALTER TABLE t DROP a, ADD a text", kRefuse,
     "ALTER TABLE ... DROP COLUMN and ADD COLUMN of one name"},
    {"ALTER TABLE t DROP a, ADD a text, ADD b text", kCatalog, "ALTER TABLE ... ADD COLUMN"},
    {"ALTER TABLE t FROBNICATE", kRefuse, "anything else"},
    {"ALTER TABLE t FROBNICATE, ALTER a DROP DEFAULT", kRefuse, "anything else"},
    {"ALTER SEQUENCE s OWNED BY t.a", kRerun, "ALTER SEQUENCE ... of options"},
    {"ALTER TYPE t ADD VALUE 'a'", kCatalog, "ALTER TYPE ... ADD VALUE"},
    {"ALTER TYPE t RENAME VALUE 'a' TO 'b'", kCatalog, "ALTER TYPE ... RENAME VALUE"},
    {"ALTER ROLE r NOLOGIN", kRerun, "ALTER ROLE, USER, GROUP"},
    {"COMMENT ON TABLE t IS 'x'", kRerun, "COMMENT, SECURITY LABEL"},
    {"REVOKE ALL ON t FROM r", kRerun, "GRANT, REVOKE"},
    {"AWS IAM GRANT r TO 'arn'", kCatalog, "AWS IAM GRANT", kDsql},
    {"AWS IAM REVOKE r FROM 'arn'", kCatalog, "AWS IAM REVOKE", kDsql},
    {"AWS IAM GRANT r TO 'arn'", kRefuse, "anything else"},
    {"ANALYZE t", kRerun,
     "ANALYZE, VACUUM, REINDEX, CLUSTER, CHECKPOINT, REFRESH MATERIALIZED VIEW"},
    {"REASSIGN OWNED BY a TO b", kRerun, "REASSIGN OWNED"},
    {"SET CONSTRAINTS ALL DEFERRED", kRerun, "SET, RESET, SHOW, LISTEN, LOCK and the like"},
    {"CALL sys.wait_for_job('x')", kRerun, "CALL sys.wait_for_job", kDsql},
    {"CALL p(1)", kRefuse, "CALL"},
    {"DO $$ BEGIN END $$", kRefuse, "DO"},
    {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", kRefuse,
     "INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY, EXECUTE, NOTIFY"},
    {"TRUNCATE t", kRefuse, "INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY, EXECUTE, NOTIFY"},
    {"SELECT setval('s', 5)", kRefuse, "SELECT, VALUES, EXPLAIN, FETCH"},
    {"COMMIT", kRefuse, "BEGIN, COMMIT, ROLLBACK, SAVEPOINT"},
    {"DROP TABLE U&\"d\\0061t\"", kRefuse, "a name in Unicode escapes (U&\"...\")"},
    {"DROP TABLE \"\"", kRefuse, "a name in Unicode escapes (U&\"...\")"},
    {"", kRefuse, "anything else"},
    {"DROP TABLE 'unterminated", kRefuse, "anything else"},
    {"CREATE DATABASE d", kRefuse, "anything else"},
    {"DROP EVENT TRIGGER e", kRefuse, "anything else", kDsql},
    {"DROP EVENT TRIGGER e", kCatalog, "DROP ..."},
    {"CREATE USER MAPPING FOR r SERVER s", kRefuse, "anything else"},
};

TEST(settlement, each_statement_has_its_form_and_method) {
  for (const auto& [sql, method, form, dialect] : kExamples) {
    const auto settlement = find_settlement(sql, dialect);
    EXPECT_EQ(settlement.form, form) << sql;
    EXPECT_EQ(settlement.method, method) << sql;
    EXPECT_EQ(settlement.question_sql.empty(), method != kCatalog) << sql;
    EXPECT_FALSE(settlement.explain.empty()) << sql;
  }
}

TEST(settlement, every_form_is_that_of_some_statement) {
  std::set<std::string_view> seen;
  for (const auto& example : kExamples) seen.insert(example.form);
  for (const auto& row : settle_forms()) EXPECT_TRUE(seen.contains(row.form)) << row.form;
}

TEST(settlement, a_form_says_the_method_its_statements_have) {
  for (const auto& example : kExamples) {
    for (const auto& row : settle_forms()) {
      if (row.form == example.form) {
        EXPECT_EQ(row.method, example.method) << example.sql;
      }
    }
  }
}

std::set<std::string> parameters_of(const char* sql) {
  std::set<std::string> parameters;
  for (const auto& value : find_settlement(sql, Dialect::kPostgres).parameters) {
    parameters.insert(value.value_or("NULL"));
  }
  return parameters;
}

TEST(settlement, names_are_asked_for_as_the_catalog_has_them) {
  EXPECT_EQ(parameters_of("DROP TABLE Orders"), std::set<std::string>{"orders"});
  EXPECT_EQ(parameters_of("DROP TABLE App . \"Order \"\"Lines\"\"\""),
            (std::set<std::string>{"app", "Order \"Lines\""}));
  EXPECT_EQ(parameters_of("DROP TABLE db.App.t"), (std::set<std::string>{"app", "t"}));
  EXPECT_EQ(parameters_of("ALTER TABLE /* not */ T -- this\n RENAME To \"U\""),
            (std::set<std::string>{"t", "U"}));
  EXPECT_EQ(parameters_of("DROP ROLE Reader"), std::set<std::string>{"reader"});
}

TEST(settlement, an_unqualified_name_is_made_here_and_found_in_the_path) {
  const auto made = find_settlement("CREATE TABLE t (a int)", Dialect::kPostgres).question_sql;
  EXPECT_NE(made.find("current_schema()"), std::string::npos);
  EXPECT_EQ(made.find("is_visible"), std::string::npos);
  const auto changed = find_settlement("ALTER TABLE t ADD a int", Dialect::kPostgres).question_sql;
  EXPECT_NE(changed.find("pg_table_is_visible"), std::string::npos);
}

TEST(settlement, nothing_of_the_statement_is_in_the_text_of_the_question) {
  const char* odd = "CREATE TABLE \"z'); DROP TABLE z$9; --\" (\"$1\" int)";
  const auto sql = find_settlement(odd, Dialect::kPostgres).question_sql;
  EXPECT_EQ(sql.find("DROP"), std::string::npos);
  EXPECT_EQ(sql.find("int4"), std::string::npos);
  EXPECT_TRUE(parameters_of(odd).contains("z'); DROP TABLE z$9; --"));
  EXPECT_TRUE(parameters_of(odd).contains("$1 int4"));
}

// A parameter that is not used is refused by the server, which cannot tell its type.
TEST(settlement, each_parameter_is_used) {
  for (const auto& example : kExamples) {
    const auto settlement = find_settlement(example.sql, example.dialect);
    for (std::size_t i = 1; i <= settlement.parameters.size(); ++i) {
      EXPECT_NE(settlement.question_sql.find("$" + std::to_string(i) + "::text"), std::string::npos)
          << example.sql;
    }
    EXPECT_EQ(settlement.question_sql.find("$" + std::to_string(settlement.parameters.size() + 1) +
                                           "::text"),
              std::string::npos)
        << example.sql;
  }
}

// Aurora DSQL user guide, "System tables and commands", and a cluster in October 2026.
TEST(settlement, a_question_to_dsql_uses_only_what_is_known_to_work_there) {
  for (const auto& example : kExamples) {
    const auto sql = find_settlement(example.sql, Dialect::kDsql).question_sql;
    for (const char* absent : {"pg_trigger", "pg_rewrite", "pg_statistic_ext", "pg_extension",
                               "pg_type_is_visible", "pg_function_is_visible", "pg_publication",
                               "has_sequence_privilege", "pg_locks", "regtype", "regproc"}) {
      EXPECT_EQ(sql.find(absent), std::string::npos) << example.sql << ": " << absent;
    }
  }
}

TEST(settlement, statistics_on_dsql_are_settled_by_the_refusal_of_the_second_run) {
  using Codes = std::vector<std::string_view>;
  EXPECT_EQ(find_settlement("CREATE STATISTICS s ON a, b FROM t", kDsql).already_so,
            Codes{"42710"});
  EXPECT_EQ(find_settlement("DROP STATISTICS s", kDsql).already_so, Codes{"42704"});
  EXPECT_EQ(find_settlement("ANALYZE t", kDsql).already_so, Codes{});
}

TEST(settlement, an_answer_is_one_of_four_words) {
  const auto parse = [](std::vector<std::vector<Value>> rows) {
    return parse_settle_answer({{"answer"}, std::move(rows), "SELECT 1", 1});
  };
  EXPECT_EQ(parse({{"done"}}), SettleVerdict::kDone);
  EXPECT_EQ(parse({{"not done"}}), SettleVerdict::kNotDone);
  EXPECT_EQ(parse({{"invalid"}}), SettleVerdict::kInvalid);
  EXPECT_EQ(parse({{"unclear"}}), SettleVerdict::kUnclear);
  EXPECT_EQ(parse({{std::nullopt}}), SettleVerdict::kUnclear);
  EXPECT_EQ(parse({}), SettleVerdict::kUnclear);
  EXPECT_EQ(parse({{"done"}, {"done"}}), SettleVerdict::kUnclear);
}

TEST(settlement, the_documented_table_is_the_codes) {
  std::ifstream file(ENGINE_README);
  std::stringstream stream;
  stream << file.rdbuf();
  const std::string text = stream.str();
  const std::string begin = "<!-- settle_forms() -->\n\n";
  const auto from = text.find(begin);
  ASSERT_NE(from, std::string::npos);
  const auto table = text.substr(from + begin.size());
  EXPECT_EQ(table.substr(0, table.find("\n<!-- end -->")), make_settle_table());
}

TEST(settlement, an_index_is_called_what_the_catalog_calls_it) {
  const auto name = [](const char* sql) { return find_settlement(sql, kDsql).index_name; };
  EXPECT_EQ(name("CREATE INDEX ASYNC Users_Name ON users (name)"), "users_name");
  EXPECT_EQ(name("CREATE INDEX ASYNC IF NOT EXISTS \"N\" ON users (name)"), "N");
  EXPECT_EQ(name("CREATE INDEX ASYNC ON app.users (name, lower(mail))"), "");
  EXPECT_EQ(name("CREATE TABLE t (a int)"), "");
}

std::string shown_type(const char* sql, Dialect dialect = Dialect::kPostgres) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  const auto type = accept_type_name(reader, dialect);
  if (!type) return "none";
  return type->name + " " + (type->modifier ? std::to_string(*type->modifier) : "any") +
         (reader.at_end() ? "" : " ...");
}

TEST(settlement_type, aliases_and_modifiers_are_those_of_the_catalog) {
  EXPECT_EQ(shown_type("INT"), "int4 -1");
  EXPECT_EQ(shown_type("character varying (20)"), "varchar 24");
  EXPECT_EQ(shown_type("national char"), "bpchar 5");
  EXPECT_EQ(shown_type("bpchar"), "bpchar -1");
  EXPECT_EQ(shown_type("\"char\""), "char -1");
  EXPECT_EQ(shown_type("numeric(10,2) NOT NULL"), "numeric 655366 ...");
  EXPECT_EQ(shown_type("numeric"), "numeric -1");
  EXPECT_EQ(shown_type("numeric", Dialect::kDsql), "numeric any");
  EXPECT_EQ(shown_type("timestamp(3) with time zone"), "timestamptz 3");
  EXPECT_EQ(shown_type("time without time zone"), "time -1");
  EXPECT_EQ(shown_type("float(24)"), "float4 -1");
  EXPECT_EQ(shown_type("float"), "float8 -1");
  EXPECT_EQ(shown_type("interval day to second(3)"), "interval any");
  EXPECT_EQ(shown_type("text[][3]"), "_text -1");
  EXPECT_EQ(shown_type("int array[4]"), "_int4 -1");
  EXPECT_EQ(shown_type("App.\"Kind\"(1, x)"), "Kind any");
  EXPECT_EQ(shown_type("t.a%TYPE"), "none");
  EXPECT_EQ(shown_type("'x'"), "none");
}

std::string shown_arguments(const char* sql) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  const auto types = accept_argument_types(reader, Dialect::kPostgres);
  std::string shown = types ? "" : "none";
  for (const auto& type : types.value_or(std::vector<std::string>())) shown += type + ";";
  return shown;
}

TEST(settlement_type, arguments_are_modes_names_types_and_defaults) {
  EXPECT_EQ(shown_arguments("()"), "");
  EXPECT_EQ(shown_arguments("(int, double precision)"), "int4;float8;");
  EXPECT_EQ(shown_arguments("(IN a int, b INOUT text[], OUT c int, VARIADIC d int[])"),
            "int4;_text;_int4;");
  EXPECT_EQ(shown_arguments("(a numeric(8, 2) DEFAULT f(1, 2), \"B\" App.Kind = 'x')"),
            "numeric;kind;");
  EXPECT_EQ(shown_arguments("(a t.b%TYPE)"), "none");
}

// PostgreSQL's makeObjectName: the longer part gives way.
TEST(settlement_name, generated_names_fit_63_bytes) {
  EXPECT_EQ(make_generated_name("t", "a_b", "key"), "t_a_b_key");
  EXPECT_EQ(make_generated_name("t", "", "pkey"), "t_pkey");
  EXPECT_EQ(make_generated_name(std::string(60, 't'), "a", "idx"), std::string(57, 't') + "_a_idx");
  EXPECT_EQ(make_generated_name(std::string(40, 't'), std::string(40, 'a'), "idx"),
            std::string(29, 't') + "_" + std::string(29, 'a') + "_idx");
}

}  // namespace
}  // namespace engine
