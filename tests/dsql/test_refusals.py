"""Every statement Aurora DSQL is known to refuse, with its SQLSTATE and its message.

The expectations are the published ones: AWS's user guide and answers recorded from
real clusters in September and October 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dsql.client import Client
from tests.dsql.double import Double

SETUP = [
    "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text, j json, jb jsonb, y bytea,"
    " tz timetz, iv interval, CONSTRAINT t_b_key UNIQUE (b))",
    "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID",
    "CREATE ROLE plain",
    "CREATE DOMAIN posint AS int CHECK (VALUE > 0)",
]

CACHE = "please define CACHE greater than or equal to 65536 or equal to 1"
IDENTITY = f"identity column is not supported without an explicit cache size. {CACHE}"
SEQUENCE = f"CREATE SEQUENCE is not supported without an explicit cache size. {CACHE}"
ADD_COLUMN = "ALTER TABLE ADD COLUMN with constraint not supported"
ADD_CONSTRAINT = "unsupported ALTER TABLE ADD CONSTRAINT statement"
LOCKING = "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported"
SORT = "specifying sort order not supported for index keys"
EIGHT = "more than 8 column keys in an index are not supported"
NINE_KEYS = "a, b, id, a, b, id, a, b, id"

NOT_SUPPORTED = {  # all 0A000
    # statements that are not there at all
    "TRUNCATE t": "unsupported statement: Truncate",
    "DO $$ BEGIN END $$": "unsupported statement: Do",
    "LOCK TABLE t": "unsupported statement: Lock",
    "CREATE TABLE x AS SELECT 1 AS a": "unsupported statement: CreateTableAs",
    "CREATE MATERIALIZED VIEW x AS SELECT 1 AS a": "unsupported statement: CreateTableAs",
    "SELECT 1 AS a INTO x": "unsupported statement: CreateTableAs",
    "CREATE EXTENSION pgcrypto": "unsupported statement: CreateExtension",
    "CREATE DATABASE x": "unsupported statement: Createdb",
    "CREATE TABLESPACE x LOCATION '/tmp/x'": "unsupported statement: CreateTableSpace",
    "CREATE FOREIGN TABLE x (id int) SERVER s": "unsupported statement: CreateForeignTable",
    "CREATE POLICY p ON t": "unsupported statement: CreatePolicy",
    "CREATE RULE r AS ON INSERT TO t DO NOTHING": "unsupported statement: Rule",
    "CREATE TYPE x AS (a int, b int)": "unsupported statement: CompositeType",
    "CREATE TYPE x AS RANGE (subtype = int4)": "unsupported statement: CreateRange",
    "CREATE TYPE x AS ENUM ('a')": "CREATE TYPE not supported",
    "ALTER TYPE x ADD VALUE 'b'": "ALTER TYPE not supported",
    "ALTER TYPE x RENAME TO y": "unsupported object in RENAME statement",
    "DROP TYPE IF EXISTS x": "unsupported object in DROP statement",
    "DROP MATERIALIZED VIEW IF EXISTS x": "unsupported object in DROP statement",
    "CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()": "CREATE TRIGGER not supported",
    "DECLARE c CURSOR FOR SELECT 1": "unsupported statement: DeclareCursor",
    "PREPARE p AS SELECT 1": "unsupported statement: Prepare",
    "EXECUTE p": "unsupported statement: Execute",
    "DEALLOCATE p": "unsupported statement: Deallocate",
    "DISCARD ALL": "unsupported statement: Discard",
    "LISTEN c": "unsupported statement: Listen",
    "NOTIFY c": "unsupported statement: Notify",
    "UNLISTEN c": "unsupported statement: Unlisten",
    "ALTER SYSTEM SET work_mem = '4MB'": "unsupported statement: AlterSystem",
    "LOAD 'x'": "unsupported statement: Load",
    "REINDEX TABLE t": "unsupported statement: Reindex",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC": (
        "unsupported statement: AlterDefaultPrivileges"
    ),
    "VACUUM t": "unsupported VACUUM statement",
    "MERGE INTO t USING t s ON t.id = s.id WHEN MATCHED THEN DELETE": (
        "unsupported statement type: MERGE"
    ),
    # transactions and settings
    "SAVEPOINT s": "unsupported transaction statement: SAVEPOINT",
    "RELEASE s": "unsupported transaction statement: RELEASE",
    "ROLLBACK TO s": "unsupported transaction statement: ROLLBACK TO",
    "BEGIN ISOLATION LEVEL SERIALIZABLE": "Unsupported isolation level: SERIALIZABLE",
    "START TRANSACTION ISOLATION LEVEL READ COMMITTED": (
        "Unsupported isolation level: READ COMMITTED"
    ),
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE": "Unsupported isolation level: SERIALIZABLE",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ": (
        'setting configuration parameter "TRANSACTION" not supported'
    ),
    "SET TRANSACTION READ ONLY": 'setting configuration parameter "TRANSACTION" not supported',
    "SET default_transaction_isolation = 'repeatable read'": (
        'setting configuration parameter "default_transaction_isolation" not supported'
    ),
    "SET statement_timeout = 1000": (
        'setting configuration parameter "statement_timeout" not supported'
    ),
    "SET LOCAL lock_timeout = 1000": 'setting configuration parameter "lock_timeout" not supported',
    "SET row_security = off": 'setting configuration parameter "row_security" not supported',
    "SET standard_conforming_strings = on": (
        'setting configuration parameter "standard_conforming_strings" not supported'
    ),
    "SELECT set_config('statement_timeout', '1', false)": (
        'setting configuration parameter "statement_timeout" not supported'
    ),
    # queries and calls
    "SELECT * FROM t FOR SHARE": LOCKING,
    "SELECT * FROM t FOR NO KEY UPDATE": LOCKING,
    "SELECT * FROM (SELECT * FROM t FOR SHARE) s": LOCKING,
    "SELECT * FROM t TABLESAMPLE SYSTEM (1)": "TABLESAMPLE clause not supported",
    "SELECT pg_advisory_lock(1)": "function pg_advisory_lock not supported",
    "SELECT pg_try_advisory_lock(1)": "function pg_try_advisory_lock not supported",
    "SELECT pg_advisory_xact_lock(1, 2)": "function pg_advisory_xact_lock not supported",
    "CALL sys.wait_for_job((SELECT job_id FROM sys.jobs))": "cannot use subquery in CALL argument",
    # CREATE INDEX
    "CREATE INDEX i ON t (a)": "unsupported mode. please use CREATE INDEX ASYNC.",
    "CREATE UNIQUE INDEX i ON t (a)": "unsupported mode. please use CREATE INDEX ASYNC.",
    'CREATE INDEX "async" ON t (a)': "unsupported mode. please use CREATE INDEX ASYNC.",
    "CREATE INDEX CONCURRENTLY i ON t (a)": "CONCURRENTLY not supported for CREATE INDEX",
    "CREATE INDEX CONCURRENTLY i ON t USING hash (a)": (
        "CONCURRENTLY not supported for CREATE INDEX"
    ),
    "CREATE INDEX ASYNC i ON t USING btree (a)": "USING not supported for CREATE INDEX",
    "CREATE INDEX i ON t USING btree (a)": "USING not supported for CREATE INDEX",
    "CREATE INDEX ASYNC i ON t (a ASC)": SORT,
    "CREATE INDEX ASYNC i ON t (a DESC)": SORT,
    "CREATE INDEX ASYNC i ON t (b text_pattern_ops)": "opclass not supported for index keys",
    "CREATE INDEX ASYNC i ON t (a) INCLUDE ((lower(b)))": (
        "expressions are not supported in included columns"
    ),
    "CREATE INDEX ASYNC i ON t (j)": "datatype json is not supported in a key",
    "CREATE INDEX ASYNC i ON t (jb)": "datatype jsonb is not supported in a key",
    "CREATE INDEX ASYNC i ON t (y)": "datatype bytea is not supported in a key",
    "CREATE INDEX ASYNC i ON t (tz)": "datatype time with time zone is not supported in a key",
    "CREATE INDEX ASYNC i ON t (iv)": "datatype interval is not supported in a key",
    "CREATE INDEX ASYNC i ON t ((jb -> 'a'))": "datatype jsonb is not supported in a key",
    # CREATE TABLE
    "CREATE TEMP TABLE x (id int)": "TEMPORARY or TEMP table not supported for CREATE TABLE",
    "CREATE UNLOGGED TABLE x (id int)": "UNLOGGED table not supported for CREATE TABLE",
    "CREATE TABLE x (id int) PARTITION BY HASH (id)": (
        "PARTITION BY clause not supported for CREATE TABLE"
    ),
    "CREATE TABLE x (c int) INHERITS (t)": "INHERITS clause not supported for CREATE TABLE",
    "CREATE TABLE x (c int) WITH (fillfactor = 50)": "WITH clause not supported for CREATE TABLE",
    "CREATE TABLE x (c int) TABLESPACE pg_default": (
        "TABLESPACE clause not supported for CREATE TABLE"
    ),
    'CREATE TABLE x (c text COLLATE "C")': "COLLATE clause not supported",
    "CREATE TABLE x (id bigint GENERATED ALWAYS AS IDENTITY)": IDENTITY,
    "CREATE TABLE x (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100))": IDENTITY,
    "CREATE TABLE x (id integer GENERATED BY DEFAULT AS IDENTITY (CACHE 1))": (
        "datatype integer not supported, identity column type must be bigint"
    ),
    "CREATE TABLE x (id json PRIMARY KEY)": "datatype json is not supported in a key",
    "CREATE TABLE x (id int, b bytea, PRIMARY KEY (id, b))": (
        "datatype bytea is not supported in a key"
    ),
    "CREATE SCHEMA x CREATE TABLE y (m money)": "datatype money not supported",
    # ALTER TABLE
    "ALTER TABLE t ADD COLUMN c int DEFAULT 7": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int NOT NULL": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int CHECK (c > 0)": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int UNIQUE": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int REFERENCES t (id)": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int GENERATED BY DEFAULT AS IDENTITY (CACHE 1)": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c int, ADD COLUMN d int DEFAULT 1": ADD_COLUMN,
    "ALTER TABLE t ADD COLUMN c money": "datatype money not supported",
    "ALTER TABLE t ADD COLUMN c text[]": "datatype text[] not supported",
    "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a)": ADD_CONSTRAINT,
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)": ADD_CONSTRAINT,
    "ALTER TABLE t ADD PRIMARY KEY USING INDEX i": ADD_CONSTRAINT,
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": ADD_CONSTRAINT,
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES t (id)": ADD_CONSTRAINT,
    "ALTER TABLE t DROP CONSTRAINT t_pkey": "unsupported ALTER TABLE DROP CONSTRAINT statement",
    "ALTER TABLE t DROP COLUMN id": "cannot drop primary key column id",
    "ALTER TABLE public.t DROP COLUMN IF EXISTS id CASCADE": "cannot drop primary key column id",
    "ALTER TABLE t VALIDATE CONSTRAINT t_a_check": (
        "unsupported ALTER TABLE VALIDATE CONSTRAINT statement"
    ),
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL": (
        "unsupported ALTER TABLE ALTER COLUMN ... SET NOT NULL statement"
    ),
    "ALTER TABLE t ALTER COLUMN a TYPE bigint": (
        "unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement"
    ),
    "ALTER TABLE t ALTER COLUMN a TYPE xml": (
        "unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement"
    ),
    "ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY": IDENTITY,
    "ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)": (
        "datatype integer not supported, identity column type must be bigint"
    ),
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY": (
        "unsupported ALTER TABLE ENABLE ROW SECURITY statement"
    ),
    # other objects
    "CREATE SEQUENCE s": SEQUENCE,
    "CREATE SEQUENCE s CACHE 65535": SEQUENCE,
    "DROP DOMAIN posint CASCADE": "DROP DOMAIN with CASCADE unsupported",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$": (
        "CREATE FUNCTION with language plpgsql not supported"
    ),
    "CREATE PROCEDURE p() LANGUAGE sql AS $$ SELECT 1 $$": "PROCEDURE is not supported",
    "AWS IAM GRANT plain TO 'arn:aws:iam::1:role/x'": ("role plain must have the LOGIN attribute"),
}

OTHERS = {
    "CREATE INDEX ASYNC public.i ON t (a)": ("42601", 'syntax error at or near "."'),
    "CREATE TABLE async (id int)": ("42601", 'syntax error at or near "async"'),
    "CREATE INDEX ASYNC i ON t ((random()))": (
        "42P17",
        "functions in index expression must be marked IMMUTABLE",
    ),
    f"CREATE INDEX ASYNC i ON t ({NINE_KEYS})": ("54011", EIGHT),
    f"CREATE TABLE x (a int, b int, id int, UNIQUE ({NINE_KEYS}))": ("54011", EIGHT),
    "CREATE TABLE x (id serial)": ("42704", 'type "serial" does not exist'),
    "CREATE TABLE x (id bigserial)": ("42704", 'type "bigserial" does not exist'),
    "ALTER TABLE t ADD COLUMN c serial": ("42704", 'type "serial" does not exist'),
    "CREATE TABLE x (m mood)": ("42704", 'type "mood" does not exist'),
    "SHOW lc_collate": ("42704", 'unrecognized configuration parameter "lc_collate"'),
    "SELECT sys.wait_for_job('x')": ("42809", "sys.wait_for_job(text) is a procedure"),
    "CALL sys.wait_for_job('x')": ("22P02", "Unable to convert text to UUID"),
    "AWS IAM GRANT nobody TO 'arn:x'": ("42704", 'role "nobody" does not exist'),
    "AWS IAM GRANT nobody": ("42601", "syntax error at end of input"),
    "SELECT count(*) FROM t GROUP BY ALL": ("42601", "syntax error at end of input"),
    # what PostgreSQL refuses, DSQL refuses in the same words
    "CREATE TABLE t (id int)": ("42P07", 'relation "t" already exists'),
    "CREATE INDEX ASYNC t_b_key ON t (a)": ("42P07", 'relation "t_b_key" already exists'),
    "CREATE INDEX ASYNC i ON missing (a)": ("42P01", 'relation "missing" does not exist'),
    "CREATE INDEX ASYNC i ON t (missing)": ("42703", 'column "missing" does not exist'),
    "DROP TABLE missing": ("42P01", 'table "missing" does not exist'),
    "ALTER TABLE ASYNC t VALIDATE CONSTRAINT missing": (
        "42704",
        'constraint "missing" of relation "t" does not exist',
    ),
    "ALTER TABLE ASYNC missing VALIDATE CONSTRAINT c": (
        "42P01",
        'relation "missing" does not exist',
    ),
    "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 1) NOT VALID": (
        "42710",
        'constraint "t_a_check" for relation "t" already exists',
    ),
    "CREATE TABLE x (c varchar(65536))": (
        "54000",
        "length for type varchar cannot exceed 65535",
    ),
    "CREATE TABLE x (c numeric(1001))": (
        "22023",
        "NUMERIC precision 1001 must be between 1 and 1000",
    ),
    "SELECT * FROM pg_locks": ("42P01", 'relation "pg_locks" does not exist'),
}

TYPES = {
    "money": "money", "xml": "xml", "inet": "inet", "cidr": "cidr", "macaddr": "macaddr",
    "point": "point", "line": "line", "lseg": "lseg", "box": "box", "path": "path",
    "polygon": "polygon", "circle": "circle", "tsvector": "tsvector", "tsquery": "tsquery",
    "int4range": "int4range", "tsrange": "tsrange", "bit(8)": "bit", "varbit(8)": "bit varying",
    "pg_lsn": "pg_lsn", "int[]": "integer[]", "text[]": "text[]", "varchar(3)[]":
    "character varying[]", "oid": "oid", "regclass": "regclass", "posint[]": "posint[]",
}  # fmt: skip

CASES = (
    [(sql, ("0A000", message)) for sql, message in NOT_SUPPORTED.items()]
    + list(OTHERS.items())
    + [
        (f"CREATE TABLE x (v {name})", ("0A000", f"datatype {shown} not supported"))
        for name, shown in TYPES.items()
    ]
)


@pytest.fixture(scope="module")
def shared(running_double: Double) -> Iterator[Client]:
    """One connection for all cases: a refusal must change nothing and spoil nothing."""
    running_double.reset()
    client = Client(running_double.connect_arguments())
    for sql in SETUP:
        assert client(sql).error == ("", "")
    yield client
    client.close()


@pytest.mark.parametrize(("sql", "error"), CASES, ids=[sql for sql, _ in CASES])
def test_is_refused_as_a_simple_query(shared: Client, sql: str, error: tuple[str, str]) -> None:
    assert shared(sql).error == error
    assert shared("SELECT 1").value == "1"


@pytest.mark.parametrize(("sql", "error"), CASES, ids=[sql for sql, _ in CASES])
def test_is_refused_in_the_extended_protocol(
    shared: Client, sql: str, error: tuple[str, str]
) -> None:
    assert shared.extended(sql).error == error
    assert shared.extended("SELECT 1").value == "1"


def test_a_syntax_error_has_its_position_in_the_whole_query(shared: Client) -> None:
    (answer,) = shared.simple("SELECT 'é'; SELECT 1 FROM FROM x")
    assert (answer.error, answer.position) == (
        ("42601", 'syntax error at or near "FROM"'),
        27,
    )


def test_an_error_of_a_later_statement_has_its_position_in_the_whole_query(shared: Client) -> None:
    answers = shared.simple("SELECT 'é'; SELECT missing")
    assert (answers[-1].sqlstate, answers[-1].position) == ("42703", 20)


def test_text_that_is_not_utf8_is_refused(shared: Client) -> None:
    shared.send_bytes(b"SELECT '\xff'")
    (answer,) = shared.receive()
    assert answer.error == ("22021", 'invalid byte sequence for encoding "UTF8": 0xff')
