"""CREATE INDEX: ASYNC only, and few of PostgreSQL's options.

Where several refusals apply, a real cluster was seen to answer in this order: the
name's grammar (the parser's part), CONCURRENTLY, USING, the missing ASYNC,
expressions, the number of keys.
"""

from __future__ import annotations

from pglast import ast, enums

from tests.dsql.refusal import Refused
from tests.dsql.statement import Findings, Kind, quote_literal, quote_name

MAX_KEYS = 8
TOO_MANY_KEYS = "more than 8 column keys in an index are not supported"


def create_index(node: ast.IndexStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.concurrent:
        raise Refused("CONCURRENTLY not supported for CREATE INDEX")
    if _names_a_method(node, found):
        raise Refused("USING not supported for CREATE INDEX")
    if not found.is_async:
        raise Refused("unsupported mode. please use CREATE INDEX ASYNC.")
    for element in node.indexParams:
        _check_element(element)
    if any(element.expr for element in node.indexIncludingParams or ()):
        raise Refused("expressions are not supported in included columns")
    if node.options or node.tableSpace:
        # No source gives these two texts; they follow CREATE TABLE's.
        clause = "WITH" if node.options else "TABLESPACE"
        raise Refused(f"{clause} clause not supported for CREATE INDEX")
    check_key_count(len(node.indexParams))
    _rewrite(node, found)


def check_key_count(count: int) -> None:
    if count > MAX_KEYS:
        raise Refused(TOO_MANY_KEYS, "54011")


def _names_a_method(node: ast.IndexStmt, found: Findings) -> bool:
    """The tree shows btree for no method too, so the tokens before the keys are asked."""
    for token in found.tokens():
        if token.start < node.relation.location:
            continue
        if token.name in ("USING", "ASCII_40"):
            return bool(token.name == "USING")
    return False


def _check_element(element: ast.IndexElem) -> None:
    if element.ordering != enums.SortByDir.SORTBY_DEFAULT:
        raise Refused("specifying sort order not supported for index keys")
    if element.collation:
        raise Refused("COLLATE clause not supported")
    if element.opclass or element.opclassopts:
        raise Refused("opclass not supported for index keys")


def _rewrite(node: ast.IndexStmt, found: Findings) -> None:
    """A function call that makes the index, not yet valid, and its job in one go.

    A unique index is made without UNIQUE, which would refuse existing duplicates at
    once; the function gives it the property afterwards.
    """
    if node.unique:
        unique = next(t for t in found.tokens() if t.name == "UNIQUE")
        found.edit(unique.start, unique.end + 1, "")
    table = quote_name(node.relation.schemaname, node.relation.relname)
    arguments = [quote_literal(found.edited()), quote_literal(table), str(bool(node.unique))]
    found.edits.clear()
    found.postgres = f"SELECT * FROM sys.start_index_build({', '.join(arguments)})"
    found.tag = "CREATE INDEX"
