"""A cluster's schema and data as text, the same for equal ones: what a kill may not change.

Names in the place of oids, rows sorted. Left out: times, who ran a migration, and where a sequence
named gaps_* stands, for a number that was taken is not given back when its transaction fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.support.postgres import ThrowawayPostgres

NOT_BUILT_IN = "!~ '^(pg_|information_schema|sys$)'"
OURS = f"n.nspname {NOT_BUILT_IN}"
COLUMNS = f"""
SELECT 'column', c.relkind, c.oid::regclass, c.relowner::regrole, a.attname,
       format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
       a.attstorage, pg_get_expr(d.adbin, d.adrelid), a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
  JOIN pg_namespace n ON n.oid = relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE {OURS} AND c.relkind IN ('r', 'v', 'm', 'S') AND attnum > 0 AND NOT attisdropped"""
RELATIONS = f"""
SELECT 'relation', c.oid::regclass, c.relacl,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS}"""
INDEXES = f"""
SELECT 'index', pg_get_indexdef(i.indexrelid), indisvalid, indisready, indisunique, indisprimary
  FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
 WHERE {OURS}"""
CONSTRAINTS = f"""
SELECT 'constraint', conname, conrelid::regclass, contypid::regtype, pg_get_constraintdef(o.oid),
       convalidated, condeferrable, condeferred, conindid::regclass
  FROM pg_constraint o JOIN pg_namespace n ON n.oid = connamespace WHERE {OURS}"""
SEQUENCES = f"""
SELECT 'sequence', s.schemaname, s.sequencename, s.start_value, s.min_value, s.max_value,
       s.increment_by, s.cycle, s.cache_size,
       CASE WHEN s.sequencename !~ '^gaps_' THEN
         query_to_xml(format('SELECT last_value, is_called FROM %I.%I', schemaname, sequencename),
                      false, true, '') END
  FROM pg_sequences s WHERE s.schemaname {NOT_BUILT_IN}"""
TYPES = f"""
SELECT 'domain', t.oid::regtype, format_type(typbasetype, typtypmod), typnotnull, typdefault, typacl
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE {OURS} AND typtype = 'd'"""
FUNCTIONS = f"""
SELECT 'function', pg_get_functiondef(p.oid), p.proacl, p.proowner::regrole
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE {OURS}"""
ENUMS = """
SELECT 'enum', t.oid::regtype, ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid
                                      ORDER BY enumsortorder)
  FROM pg_type t WHERE typtype = 'e'"""
TRIGGERS = "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
SCHEMAS = f"""
SELECT 'schema', nspname, nspowner::regrole, nspacl FROM pg_namespace n WHERE {OURS}"""
ROLES = """
SELECT 'role', rolname, rolcanlogin, rolinherit, rolcreaterole, rolconfig,
       ARRAY(SELECT member::regrole::text FROM pg_auth_members m WHERE roleid = r.oid ORDER BY 1)
  FROM pg_roles r WHERE rolname !~ '^pg_'"""
COMMENTS = """
SELECT 'comment', identity, description FROM pg_description d,
       pg_identify_object(d.classoid, d.objoid, d.objsubid) i
 WHERE coalesce(i.schema, i.name) !~ '^(pg_|information_schema|sys$)'
   AND i.type NOT IN ('language', 'extension', 'access method')"""
IAM = "SELECT 'iam', arn, pg_role_name FROM sys.iam_pg_role_mappings"
DATA = f"""
SELECT 'row', c.oid::regclass,
       unnest(xpath('/table/row/r/text()', query_to_xml(
         format('SELECT t::text AS r FROM %s t', c.oid::regclass), false, false, '')))::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind IN ('r', 'm') AND {OURS} AND nspname <> 'dsql_migrate'"""
LEDGER = """
SELECT 'ledger', version, description, kind, checksum, statement_hashes, total, applied, in_doubt,
       job_ids, finished_at IS NOT NULL, error, error_statement, error_sqlstate, source,
       source_version FROM dsql_migrate.revisions"""
# One that is over may stay: a run that finds nothing to do does not ask for the lock.
LOCK = "SELECT 'lock', owner FROM dsql_migrate.lock WHERE nonce <> '' AND expires_at > now()"
SCHEMA_AND_DATA = (
    COLUMNS, RELATIONS, INDEXES, CONSTRAINTS, SEQUENCES, TYPES, ENUMS, FUNCTIONS, TRIGGERS,
    SCHEMAS, ROLES, COMMENTS, DATA,
)  # fmt: skip


def make_questions(*, dsql: bool = True, ledger: bool = True) -> list[str]:
    return [*SCHEMA_AND_DATA, *([IAM] if dsql else []), *([LEDGER, LOCK] if ledger else [])]


def take_fingerprint(
    postgres: ThrowawayPostgres, *, database: str = "postgres", dsql: bool = True
) -> list[str]:
    """One line for each thing there is, sorted."""
    return to_lines(postgres.query(";".join(make_questions(dsql=dsql)), database))


def to_lines(rows: Iterable[Sequence[object]]) -> list[str]:
    return sorted(" | ".join("-" if it is None else str(it) for it in row) for row in rows)


def find_differences(wanted: list[str], found: list[str]) -> list[str]:
    """The lines only one of the two has, one that is there twice too."""
    left, right = list(wanted), list(found)
    for line in wanted:
        if line in right:
            right.remove(line)
            left.remove(line)
    return [f"missing: {line}" for line in left] + [f"too much: {line}" for line in right]
