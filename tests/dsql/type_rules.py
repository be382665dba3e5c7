"""Which types a column may have, and how a refused one is named."""

from __future__ import annotations

from pglast import ast

from tests.dsql import catalog
from tests.dsql.refusal import Refused
from tests.dsql.statement import Findings, quote_name

STORED = {
    "int2", "int4", "int8", "float4", "float8", "numeric", "bpchar", "varchar", "text",
    "date", "time", "timetz", "timestamp", "timestamptz", "interval", "bool", "bytea",
    "uuid", "json", "jsonb",
}  # fmt: skip
REFUSED = {
    "money", "xml", "inet", "cidr", "macaddr", "macaddr8", "point", "line", "lseg", "box",
    "path", "polygon", "circle", "tsvector", "tsquery", "int4range", "int8range", "numrange",
    "tsrange", "tstzrange", "daterange", "bit", "varbit", "pg_lsn",
}  # fmt: skip
SERIAL = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"}
NO_KEY = {"timetz", "interval", "bytea", "json", "jsonb"}
DISPLAY = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "bpchar": "character", "varchar": "character varying",
    "bool": "boolean", "time": "time without time zone", "timetz": "time with time zone",
    "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
    "varbit": "bit varying",
}  # fmt: skip
LENGTHS = {"bpchar": 4096, "varchar": 65535}


def name_of(type_name: ast.TypeName) -> str:
    """The bare name, PostgreSQL's internal one for built-in types."""
    return str(type_name.names[-1].sval)


def display(type_name: ast.TypeName) -> str:
    name = name_of(type_name)
    return DISPLAY.get(name, name) + ("[]" if type_name.arrayBounds else "")


def check_column_type(type_name: ast.TypeName, found: Findings) -> None:
    name = name_of(type_name)
    if len(type_name.names) == 1 and name in SERIAL:
        raise Refused(f'type "{name}" does not exist', "42704")
    if type_name.arrayBounds or (name in REFUSED and _is_built_in(type_name)):
        raise Refused(f"datatype {display(type_name)} not supported")
    if name not in STORED or not _is_built_in(type_name):
        parts = quote_name(*(part.sval for part in type_name.names))
        found.checks.append(catalog.type_is_a_domain(parts))
        return
    _check_length(type_name, name)
    if name == "numeric" and not type_name.typmods:
        _state_precision(type_name, found)


def check_key_type(type_name: ast.TypeName) -> None:
    if name_of(type_name) in NO_KEY and _is_built_in(type_name):
        raise Refused(f"datatype {display(type_name)} is not supported in a key")


def _is_built_in(type_name: ast.TypeName) -> bool:
    return len(type_name.names) == 1 or type_name.names[0].sval == "pg_catalog"


def _check_length(type_name: ast.TypeName, name: str) -> None:
    if name not in LENGTHS or not type_name.typmods:
        return
    length = getattr(getattr(type_name.typmods[0], "val", None), "ival", 0) or 0
    if length > LENGTHS[name]:
        # The SQLSTATE is documented, the text is PostgreSQL's.
        raise Refused(f"length for type {name} cannot exceed {LENGTHS[name]}", "54000")


def _state_precision(type_name: ast.TypeName, found: Findings) -> None:
    """A bare numeric is stored as numeric(18,6)."""
    tokens = [t for t in found.tokens() if t.start >= type_name.location]
    name = tokens[0] if len(tokens) < 2 or tokens[1].name != "ASCII_46" else tokens[2]
    found.edit(name.end + 1, name.end + 1, "(18,6)")
