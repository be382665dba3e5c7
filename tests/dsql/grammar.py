"""Aurora DSQL's own syntax, recognised on tokens and turned into PostgreSQL's.

    CREATE [UNIQUE] INDEX ASYNC ...     ASYNC is blanked
    ALTER TABLE ASYNC ...               ASYNC is blanked
    AWS IAM GRANT r TO 'arn'            an empty SELECT stands in its place
    AWS IAM REVOKE r FROM 'arn'         the same

Every replacement is as long as what it replaces, so that positions stay true.
ASYNC is a reserved word there: anywhere else, unquoted, it is a syntax error.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pglast import parse_sql
from pglast.ast import RawStmt
from pglast.parser import ParseError, Token, scan

from tests.dsql.refusal import Refused

COMMENTS = ("SQL_COMMENT", "C_COMMENT")


@dataclass(frozen=True)
class IamStatement:
    grant: bool
    role: str
    arn: str


@dataclass
class Source:
    """A client's text, the PostgreSQL text that stands for it, and where they differ."""

    text: str
    postgres: str
    asyncs: list[int] = field(default_factory=list)
    iam: dict[int, IamStatement] = field(default_factory=dict)
    statements: tuple[RawStmt, ...] = ()

    def tokens(self, start: int, end: int) -> list[Token]:
        """The tokens of one statement, without comments; offsets count from the text's start."""
        return [
            Token(t.start + start, t.end + start, t.name, t.kind)
            for t in scan(self.postgres[start:end])
            if t.name not in COMMENTS
        ]

    def word(self, token: Token) -> str:
        return self.postgres[token.start : token.end + 1]


def parse(text: str) -> Source:
    """Raises Refused (42601) for what is a syntax error in Aurora DSQL."""
    source = Source(text, text)
    lowered = text.lower()
    try:
        if "async" in lowered or "iam" in lowered:
            _translate(source)
        source.statements = parse_sql(source.postgres)
    except ParseError as error:
        raise Refused(str(error.args[0]), "42601", position=_place_of_error(source)) from None
    return source


def _place_of_error(source: Source) -> int | None:
    """From 1. pglast is one off after a character that is more than a byte, so it sees none."""
    try:
        parse_sql("".join(c if c.isascii() else "a" for c in source.postgres))
    except ParseError as error:
        place = error.args[1] if len(error.args) > 1 else None
        return place + 1 if place is not None else len(source.postgres) + 1
    return None


def _translate(source: Source) -> None:
    tokens = [t for t in scan(source.text) if t.name not in COMMENTS]
    start = 0
    for i, token in enumerate(tokens):
        if token.name == "ASCII_59":
            start = i + 1
        elif _is_word(source, token, "async"):
            _take_async(source, tokens, start, i)
        elif i == start and _is_word(source, token, "aws"):
            _take_iam(source, tokens, i)


def _is_word(source: Source, token: Token, word: str) -> bool:
    return token.name == "IDENT" and source.text[token.start : token.end + 1].lower() == word


def _take_async(source: Source, tokens: list[Token], start: int, i: int) -> None:
    before = [t.name for t in tokens[start:i]]
    if before in (["CREATE", "INDEX"], ["CREATE", "UNIQUE", "INDEX"], ["ALTER", "TABLE"]):
        source.asyncs.append(tokens[i].start)
        _blank(source, tokens[i].start, tokens[i].end + 1)
    elif not before or before[-1] not in ("AS", "ASCII_46"):  # a label may be any word
        word = source.text[tokens[i].start : tokens[i].end + 1]
        message = f'syntax error at or near "{word}"'
        raise Refused(message, "42601", position=tokens[i].start + 1)


def _take_iam(source: Source, tokens: list[Token], i: int) -> None:
    rest = tokens[i + 1 :]
    end = next((n for n, t in enumerate(rest) if t.name == "ASCII_59"), len(rest))
    words = rest[:end]
    grant = len(words) > 1 and words[1].name == "GRANT"
    wanted = ["IDENT", "GRANT" if grant else "REVOKE", None, "TO" if grant else "FROM", "SCONST"]
    for n, name in enumerate(wanted):
        if n >= len(words) or (name and words[n].name != name):
            near = source.text[words[n].start : words[n].end + 1] if n < len(words) else ""
            where = f'at or near "{near}"' if near else "at end of input"
            raise Refused(f"syntax error {where}", "42601")
    role = source.text[words[2].start : words[2].end + 1]
    role = role[1:-1].replace('""', '"') if role.startswith('"') else role.lower()
    arn = source.text[words[4].start + 1 : words[4].end].replace("''", "'")
    first, last = tokens[i].start, words[4].end + 1
    _blank(source, first, last)
    source.postgres = source.postgres[:first] + "SELECT" + source.postgres[first + 6 :]
    source.iam[first] = IamStatement(grant, role, arn)


def _blank(source: Source, start: int, end: int) -> None:
    source.postgres = source.postgres[:start] + " " * (end - start) + source.postgres[end:]
