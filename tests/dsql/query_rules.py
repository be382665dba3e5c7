"""What no statement may contain, whatever it is: looked for in the whole tree."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast, enums

from tests.dsql.refusal import Refused
from tests.dsql.session_rules import is_settable
from tests.dsql.statement import Findings, Kind

LOCKS = (enums.LockClauseStrength.LCS_FORUPDATE, enums.LockClauseStrength.LCS_FORKEYSHARE)
# Only the advisory locks' message is known; the others' is made like it.
BLOCKED_FUNCTIONS = {
    "pg_cancel_backend", "pg_terminate_backend", "pg_read_file", "pg_read_binary_file",
    "pg_ls_dir", "pg_stat_file", "pg_ls_logdir", "pg_ls_waldir", "lo_import", "lo_export",
}  # fmt: skip
# Documented as absent, and nothing recorded from a cluster says otherwise.
ABSENT_RELATIONS = {"pg_locks", "pg_stat_activity", "pg_prepared_statements"}
WRITES = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)


def walk(value: object) -> Iterator[ast.Node]:
    """Every node of a tree, the outer before the inner."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, ast.Node):
            yield item
            pending.extend(getattr(item, name) for name in item)
        elif isinstance(item, tuple):
            pending.extend(item)


def check_everything_inside(statement: ast.Node, found: Findings) -> None:
    for node in walk(statement):
        if isinstance(node, ast.SelectStmt) and node.intoClause:
            raise Refused("unsupported statement: CreateTableAs")
        if isinstance(node, ast.LockingClause) and node.strength not in LOCKS:
            message = "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported"
            raise Refused(message)
        if isinstance(node, ast.RangeTableSample):
            raise Refused("TABLESAMPLE clause not supported")
        if isinstance(node, ast.MergeStmt):
            raise Refused("unsupported statement type: MERGE")
        if isinstance(node, ast.RangeVar):
            _check_relation(node)
        elif isinstance(node, ast.FuncCall):
            _check_function(node, found)


def writes(statement: ast.Node) -> bool:
    return any(isinstance(node, WRITES) for node in walk(statement))


def _check_relation(node: ast.RangeVar) -> None:
    if node.relname in ABSENT_RELATIONS and node.schemaname in (None, "pg_catalog"):
        raise Refused(f'relation "{node.relname}" does not exist', "42P01")


def _check_function(node: ast.FuncCall, found: Findings) -> None:
    names = [part.sval for part in node.funcname]
    name = names[-1]
    if name in BLOCKED_FUNCTIONS or name.startswith(("pg_advisory_", "pg_try_advisory_")):
        raise Refused(f"function {name} not supported")
    if names == ["sys", "wait_for_job"] and found.kind != Kind.OTHER:
        raise Refused(
            "sys.wait_for_job(text) is a procedure",
            "42809",
            hint="To call a procedure, use CALL.",
        )
    if name == "set_config":
        setting = _constant(node, 0)
        if setting is not None and not is_settable(setting):
            message = f'setting configuration parameter "{setting}" not supported'
            raise Refused(message)
    if name == "current_setting" and _constant(node, 0) in ("server_version", "server_version_num"):
        _ask_for_our_version(node, found)


def _constant(node: ast.FuncCall, n: int) -> str | None:
    argument = node.args[n] if node.args and len(node.args) > n else None
    value = argument.val if isinstance(argument, ast.A_Const) else None
    return value.sval if isinstance(value, ast.String) else None


def _ask_for_our_version(node: ast.FuncCall, found: Findings) -> None:
    """The database has the version to show as settings of its own, in schema dsql."""
    after = [t for t in found.tokens() if t.start >= node.location]
    token = next(t for t in after if t.name == "SCONST")
    found.edit(token.start, token.end + 1, f"'dsql.{_constant(node, 0)}'")
