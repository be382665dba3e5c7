"""One statement as the rules leave it: what it is, and what PostgreSQL gets for it."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pglast.parser import Token

from tests.dsql.grammar import Source
from tests.dsql.refusal import Refused
from tests.dsql.settings import Settings

Row = tuple[str | None, ...]
Ask = Callable[[str], Awaitable[list[Row]]]
# Looks something up in the catalog just before the statement runs; raises Refused.
Check = Callable[[Ask, Settings], Awaitable[None]]


class Kind(enum.Enum):
    DDL = "ddl"
    DML = "dml"
    READ = "read"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    OTHER = "other"


@dataclass
class Statement:
    """`offset` is where it starts in the client's text; `tag`, where set, replaces
    PostgreSQL's command tag; a `refusal` stands for a statement that never runs."""

    sql: str
    offset: int
    kind: Kind
    postgres: str
    tag: str | None = None
    refusal: Refused | None = None
    checks: tuple[Check, ...] = ()
    autocommit_only: str | None = None
    secret: bool = False

    @property
    def rewritten(self) -> bool:
        return self.tag is not None

    @property
    def shown(self) -> str:
        return "(a role statement with a password)" if self.secret else self.sql


@dataclass
class Findings:
    """What the rules say about the statement at [start, end) while they read it."""

    source: Source
    start: int
    end: int
    kind: Kind = Kind.OTHER
    postgres: str | None = None
    tag: str | None = None
    checks: list[Check] = field(default_factory=list)
    autocommit_only: str | None = None
    secret: bool = False
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def is_async(self) -> bool:
        return any(self.start <= at < self.end for at in self.source.asyncs)

    def tokens(self) -> list[Token]:
        return self.source.tokens(self.start, self.end)

    def word(self, token: Token) -> str:
        return self.source.word(token)

    def edit(self, start: int, end: int, text: str) -> None:
        """Replaces a part of what PostgreSQL gets; parts must not overlap."""
        self.edits.append((start, end, text))

    def edited(self) -> str:
        """The statement's text with the edits made."""
        text = self.source.postgres
        parts: list[str] = []
        at = self.start
        for start, end, new in sorted(self.edits):
            parts += [text[at:start], new]
            at = end
        return "".join([*parts, text[at : self.end]])


def quote_literal(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("'", "''")
    return f"E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{escaped}'"


def quote_name(*parts: str | None) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part is not None)
