"""Files and directories for Atlas to hash and to cut, made from a seed."""

from __future__ import annotations

import random
from pathlib import Path

# What Atlas's scanner looks for, and what comes close to it.
PIECES = [
    "SELECT 1", "SELECT 'a;b'", "SELECT 'it''s; x'", "E'it\\'s; x'", "e'\\\\'", '"a;""b"', "`b;c`",
    "'", '"', "`", "(", ")", "(1; 2)", "((", "))", "$$x;y$$", "$a$ $$;$$ $a$", "a$b$", "$1", "$é$;$é$",
    "$É9$;$É9$", "$_$", "$", "$$", "-- x; y\n", "--\n", "--", "-", "# x; y\n", "/* a; b */", "/* a /* b; */ c; */",
    "/*", "*/", "/*/", "/", "BEGIN", "BEGIN;", "BEGIN ;", "begin\n", "BEGIN ATOMIC ", "begin  atomic\t",
    "END", "END;", "END ;", "END\n;", "end;", "ENDED;", "COMMIT;", "xBEGIN y;", "BEGINNING ",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;",
    "CASE WHEN a THEN b END", "delimiter", "DELIMITER //\n", "delimiter ';;'\n", "DELIMITER ;\n",
    "Delimiter ''\n", "delimiterx ", "//", "GO\n", "\\", "é", "größe", "\ufeff", "COPY t FROM stdin;\n1\ta;b\n\\.\n",
    "atlas:nolint", "-- atlas:nolint\n",
]  # fmt: skip
GAPS = [
    "", "", " ", " ", "\n", "\n\n", "\r\n", "\t", "\f", "\v", ";", ";", ";\n", ";\n", "; ", ";;",
    "\u00a0", "\u2003", "\u0085",
]  # fmt: skip
# Directives' values are ASCII and end with LF: at other characters this Atlas ends a value, and one of
# 2026, which the engine follows, does not.
FIRST_LINES = [
    "-- atlas:delimiter //\n", "-- atlas:delimiter \\n\\n\n", "-- atlas:delimiter \\n--\\t\n",
    "-- atlas:delimiter ;\n", "-- atlas:delimiter  -- end\n", "--atlas:delimiter //\n",
    "# atlas:delimiter //\n", "-- atlas:delimiter\n", "-- atlas:delimiters //\n",
    "-- atlas:txmode none\n\n", "-- atlas:checkpoint\n\n", "-- atlas:delimiter $$\n",
    "-- atlas:delimiter x atlas:sum ignore\n", "-- atlas:delimiter GO\n",
]  # fmt: skip
SUM_LINES = [
    "-- atlas:sum ignore\n", "-- atlas:sum ignore\n\n", "atlas:sum ignore\n", "//atlas:sum   ignore\n",
    "# x atlas:sum ignore\n", "-- atlas:sum ignored\n", "-- atlas:sum ignore \n", "-- atlas:sum\n",
    "\n-- atlas:sum ignore\n", "-- é atlas:sum ignore\n", "\ufeff-- atlas:sum ignore\n",
    "-- atlas:summary ignore\n", "-- atlas:sum ignore now\n", "-- atlas:checkpoint\n\n",
    "-- atlas:checkpoint v1\n\n", "-- atlas:sum ignore atlas:\n", "-- atlas:sum atlas:sum ignore\n",
]  # fmt: skip


def make_text(chance: random.Random) -> str:
    """A file of a few pieces; some begin with a directive, some have CR LF."""
    text = chance.choice(FIRST_LINES) if chance.random() < 0.15 else ""
    body = "".join(chance.choice(PIECES) + chance.choice(GAPS) for _ in range(chance.randint(0, 12)))
    return text + (body.replace("\n", "\r\n") if chance.random() < 0.1 else body)


NAMES = [
    "{n}_a.sql", "{n}.sql", "{n}_two words.sql", "{n}_größe.sql", "{n}_a.up.sql", "{n}_a.down.sql", "{n}_A.SQL",
    "{n}_.sql", ".{n}_hidden.sql", "{n}-a.sql", "notes{n}.sql", "{n}_a.sql.txt", "README{n}.md", "{n}__a.sql",
    "sub{n}/1_below.sql", "sub{n}/notes.txt",
]  # fmt: skip
VERSIONS = ["1", "2", "10", "009", "20260101120000", "20260102120000"]


def make_file(chance: random.Random) -> bytes:
    text = chance.choice(SUM_LINES) if chance.random() < 0.3 else ""
    text += make_text(chance)
    if chance.random() < 0.1:
        text = "\ufeff" + text
    # What is not UTF-8 is hashed as it is.
    return text.encode() + (b"\xff" if chance.random() < 0.05 else b"")


def write_directory(chance: random.Random, folder: Path, names: list[str] = NAMES) -> Path:
    """Up to a dozen files; some are not Atlas's, or lie in a sub-folder."""
    folder.mkdir(parents=True)
    for _ in range(chance.randint(1, 12)):
        file = folder / chance.choice(names).format(n=chance.choice(VERSIONS))
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(make_file(chance))
    return folder


def spoil(chance: random.Random, folder: Path) -> None:
    """A change to the directory, or to its atlas.sum, as people and merges make them."""
    files = sorted(folder.glob("*.sql"))
    lines = (folder / "atlas.sum").read_text().splitlines(keepends=True)
    where = chance.randint(0, len(lines))
    kind = chance.choice(["edit", "remove", "rename", "add", "lose", "repeat", "mark", "no sum", "nothing"])
    if kind == "add" or not files:
        (folder / f"{chance.choice(['0', '15', '3'])}_new.sql").write_bytes(b"SELECT 1;\n")
    elif kind == "edit":
        file = chance.choice(files)
        file.write_bytes(file.read_bytes() + b"\n")
    elif kind == "remove":
        chance.choice(files).unlink()
    elif kind == "rename":
        file = chance.choice(files)
        file.rename(folder / f"2{file.name}")
    elif kind == "no sum":
        (folder / "atlas.sum").unlink()
    elif kind != "nothing":
        lines[where : where + (kind == "lose")] = {
            "lose": [], "repeat": lines[-1:], "mark": ["=======\n"]
        }[kind]  # fmt: skip
        (folder / "atlas.sum").write_text("".join(lines))
