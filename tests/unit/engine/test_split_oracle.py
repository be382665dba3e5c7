"""Tokens and statements compared with PostgreSQL's own, through pglast (libpg_query).

Needs the binary split_probe: SPLIT_PROBE, or build/dev/tests/unit/engine/split_probe.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any, Sequence

import pglast
import pytest
from pglast import parser

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_PROBE = ROOT / "build" / "dev" / "tests" / "unit" / "engine" / "split_probe"
HAND_MADE = sorted((ROOT / "tests" / "data" / "sql").glob("*.sql"))
SEED = 20261121
GENERATED = 3000

STATEMENTS = [
    "SELECT 1",
    "SELECT 'a;b', 'it''s; x'",
    "SELECT E'it\\'s; x', e'\\\\'",
    "SELECT E'a'\n  'b\\'; c'",
    "SELECT 'a'\n'b\\'",
    "SELECT U&'d\\0061;t', b'01', X'1f'",
    "SELECT 'c:\\'",
    "SELECT $$x;y$$, $a$ $$;$$ $b$ $a$, $é$;$é$",
    "SELECT a$b$ FROM t",
    "SELECT $1::int + $2",
    "PREPARE p AS SELECT $1",
    'CREATE TABLE "a;b" (id int, "x""y;" text)',
    'SELECT U&"d\\0061;t" FROM größe',
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2; $$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$\nBEGIN\n  -- it's; x\n"
    "  RETURN 1;\nEND;\n$body$",
    "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT a; END",
    "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); DELETE FROM t; END",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC "
    "SELECT CASE WHEN a > 1 THEN CASE WHEN a > 2 THEN 2 END ELSE (CASE a WHEN 1 THEN 3 END) END; END",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql RETURN $1 + 1",
    "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE RULE r AS ON INSERT TO t DO ALSO "
    "(INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))",
    "UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END",
    "CREATE TABLE t (begin int, atomic text, note text)",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING btree (lower(a) DESC, (b || ';'))",
    "SELECT '{}'::jsonb #>> '{a;b}', a->>'b', a @> b, a=-1, b<>-2, 1+-- x\n2",
    "SELECT 1.5e-3, .5, 2., 0x1F, 1_000, (ARRAY[1, 2])[1:2]",
    "SELECT 1 +/* ; */ 2 */* x */ 3",
    "SELECT ')(', '(' || \"a)\" FROM t",
    "BEGIN",
    "COMMIT",
    "COMMENT ON TABLE t IS 'x; y'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "INSERT INTO d VALUES ('l1\n-- keep\nl3')",
    "SELECT f(a => 1, b := 2)",
]
GAPS = [
    "", "", " ", "\n", "\r\n", "\t", "\f", "\n\n", "-- don't; keep\n", "/* a; b */", "--\r\n",
    "/* a /* b; */ c; */", "/*/ x **/", "-- $$ ' \" (\n", "/* ' \" $$ ( */", " ; ", "\n;\n", "-- é\n",
]


def run_probe(texts: Sequence[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [os.environ.get("SPLIT_PROBE") or str(DEFAULT_PROBE)],
        input="".join(json.dumps(text) + "\n" for text in texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def without_outer_comments(text: str) -> str:
    """A statement as the engine keeps it: from its first to its last token."""
    tokens = [token for token in parser.scan(text) if not token.name.endswith("_COMMENT")]
    return text[tokens[0].start : tokens[-1].end + 1]


def expected_statements(text: str) -> list[str]:
    return [without_outer_comments(statement) for statement in pglast.split(text)]


def expected_tokens(text: str) -> list[tuple[int, int]]:
    return [(token.start, token.end + 1) for token in parser.scan(text)]


def places_of(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    places = []
    end = 0
    for token in tokens:
        start = text.index(token, end)
        end = start + len(token)
        places.append((start, end))
    return places


def join_continued(
    wanted: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """PostgreSQL takes 'a' <line end> 'b' as one token, the engine as two: join those."""
    ends = {start: end for start, end in wanted}
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and end <= ends.get(joined[-1][0], 0):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def generate(seed: int, count: int) -> list[str]:
    choose = random.Random(seed)
    texts = []
    for _ in range(count):
        text = choose.choice(GAPS)
        for _ in range(choose.randint(0, 6)):
            text += choose.choice(STATEMENTS) + choose.choice(GAPS) + ";" + choose.choice(GAPS)
        if choose.random() < 0.5:
            text += choose.choice(STATEMENTS) + choose.choice(["", "\n", " -- end", "\n/* ; */"])
        texts.append(text)
    return texts


def check(texts: Sequence[str]) -> int:
    statements = 0
    for text, answer in zip(texts, run_probe(texts), strict=True):
        assert answer["errors"] == [], text
        wanted = expected_statements(text)
        assert [statement["text"] for statement in answer["statements"]] == wanted, text
        tokens = expected_tokens(text)
        assert join_continued(tokens, places_of(text, answer["tokens"])) == tokens, text
        statements += len(wanted)
    return statements


def test_generated_files_split_as_postgresql_splits_them() -> None:
    assert check(generate(SEED, GENERATED)) > 2 * GENERATED


@pytest.mark.parametrize("path", HAND_MADE, ids=lambda path: path.stem)
def test_hand_made_files_split_as_postgresql_splits_them(path: Path) -> None:
    assert check([path.read_bytes().decode("utf-8")]) >= 0


def test_each_statement_alone_is_one_statement() -> None:
    assert check(STATEMENTS) == len(STATEMENTS)


def test_places_count_lines_and_code_points() -> None:
    texts = generate(SEED + 1, 300)
    for text, answer in zip(texts, run_probe(texts), strict=True):
        lines = text.replace("\r\n", "\n").split("\n")
        for statement in answer["statements"]:
            line = lines[statement["line"] - 1][statement["column"] - 1 :]
            assert line.startswith(statement["text"].split()[0]), text


@pytest.mark.parametrize(
    "text",
    ["SELECT 'abc", "SELECT \"abc", "SELECT $a$ x $b$", "SELECT 1; /* a /* b */", "SELECT (1", "SELECT 1)"],
)
def test_what_postgresql_cannot_read_is_an_error(text: str) -> None:
    with pytest.raises(parser.ParseError):
        pglast.split(text)
    assert run_probe([text])[0]["errors"]
