"""Transactions and settings: BEGIN and its kin, SET, SHOW, and the startup parameters."""

from __future__ import annotations

import shlex

from pglast import ast, enums

from tests.dsql.refusal import Refused
from tests.dsql.statement import Findings, Kind

Txn = enums.TransactionStmtKind
Var = enums.VariableSetKind

SETTABLE = {
    "application_name", "client_encoding", "datestyle", "extra_float_digits", "intervalstyle",
    "timezone", "search_path", "role", "dsql.enable_batched_nestloop",
    "disable_sync_create_index",
}  # fmt: skip
# Settings PostgreSQL lacks are kept under a prefix, where it takes any name.
PREFIXED = "disable_sync_create_index"
SHOWN = {"server_version": "16.15", "server_version_num": "160015"}
SIMPLE = {
    Txn.TRANS_STMT_BEGIN: Kind.BEGIN,
    Txn.TRANS_STMT_START: Kind.BEGIN,
    Txn.TRANS_STMT_COMMIT: Kind.COMMIT,
    Txn.TRANS_STMT_ROLLBACK: Kind.ROLLBACK,
}
UNSUPPORTED = {
    Txn.TRANS_STMT_SAVEPOINT: "SAVEPOINT",
    Txn.TRANS_STMT_RELEASE: "RELEASE",
    Txn.TRANS_STMT_ROLLBACK_TO: "ROLLBACK TO",
    Txn.TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
    Txn.TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
    Txn.TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
}


def is_settable(name: str) -> bool:
    return name.lower() in SETTABLE or name.lower().startswith("enable_")


def not_settable(name: str) -> Refused:
    return Refused(f'setting configuration parameter "{name}" not supported')


def transaction(node: ast.TransactionStmt, found: Findings) -> None:
    if node.kind in UNSUPPORTED:
        raise Refused(f"unsupported transaction statement: {UNSUPPORTED[node.kind]}")
    found.kind = SIMPLE[node.kind]
    _check_isolation(node.options)
    if node.chain:
        raise Refused("unsupported transaction statement: AND CHAIN")  # text not in any source


def _check_isolation(options: tuple[ast.DefElem, ...] | None) -> None:
    for option in options or ():
        if option.defname == "transaction_isolation":
            level = option.arg.val.sval
            if level != "repeatable read":
                raise Refused(f"Unsupported isolation level: {level.upper()}")


def set_variable(node: ast.VariableSetStmt, found: Findings) -> None:
    if node.kind in (Var.VAR_RESET, Var.VAR_RESET_ALL):
        return
    if node.kind == Var.VAR_SET_MULTI:
        if node.name == "TRANSACTION":
            _check_isolation(node.args)
        raise not_settable(node.name)
    if node.name == "session_authorization" and node.kind == Var.VAR_SET_DEFAULT:
        return
    if not is_settable(node.name):
        raise not_settable(node.name)
    if node.name.lower() == PREFIXED:
        token = next(t for t in found.tokens() if found.word(t).lower() == PREFIXED)
        found.edit(token.start, token.start, "dsql.")


def show_variable(node: ast.VariableShowStmt, found: Findings) -> None:
    name = node.name.lower()
    if name in SHOWN:
        found.postgres = f"SELECT '{SHOWN[name]}' AS {name}"
        found.tag = "SHOW"
    elif name == "lc_collate":
        raise Refused('unrecognized configuration parameter "lc_collate"', "42704")
    elif name == PREFIXED:
        found.postgres = f"SELECT coalesce(current_setting('dsql.{name}', true), 'on') AS {name}"
        found.tag = "SHOW"


def upstream_parameters(startup: dict[str, str]) -> dict[str, str]:
    """What PostgreSQL gets of a client's startup parameters; raises Refused."""
    given = {k: v for k, v in startup.items() if k not in ("user", "database", "options")}
    given |= _parse_options(startup.get("options", ""))
    wanted: dict[str, str] = {}
    for name, value in given.items():
        lowered = name.lower()
        if name.startswith("_pq_.") or lowered == "amzn-cluster-id":
            continue
        if not is_settable(name):
            raise not_settable(name)
        wanted[f"dsql.{lowered}" if lowered == PREFIXED else name] = value
    return wanted


def cluster_id(startup: dict[str, str]) -> str | None:
    """The cluster named by `options=-c amzn-cluster-id=...`, for private endpoints."""
    return _parse_options(startup.get("options", "")).get("amzn-cluster-id")


class _OptionLexer(shlex.shlex):
    """PostgreSQL's pg_split_opts: a backslash takes the next character, and quotes are text."""

    def __init__(self, text: str) -> None:
        super().__init__(text, posix=True)
        self.whitespace_split = True
        self.quotes = self.commenters = ""


def _parse_options(text: str) -> dict[str, str]:
    """-c name=value, -cname=value and --name=value, as PostgreSQL reads them."""
    try:
        words = list(_OptionLexer(text))
    except ValueError:
        raise Refused("invalid command-line arguments for server process", "42601") from None
    found: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word == "-c" and words:
            word = words.pop(0)
        elif word.startswith("--") or (word.startswith("-c") and len(word) > 2):
            word = word[2:]
        else:
            raise not_settable(word)
        name, _, value = word.partition("=")
        found[name.replace("-", "_") if name != "amzn-cluster-id" else name] = value
    return found
