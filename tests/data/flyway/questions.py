"""The questions FlywayOracle.java answers, one a line, percent-encoded; see README.md."""

from __future__ import annotations

import random
from urllib.parse import quote

SEED = 20261121
LINES = ["SELECT 1;", "", " ", "INSERT INTO a VALUES ('é');", "-- größe", "\t日本", "\U0001f600",
         "x" * 70, "CREATE TABLE a (", "  id int", ");", "${name}", "\u2028", "\u0085", "\f"]  # fmt: skip
ENDS = ["\n", "\r\n", "\r", "\n\r", "\n\n"]
BOM = "\ufeff"
PREFIXES = ["V", "R", "B", "v", "r", "VR", "", "X", "beforeMigrate", "afterMigrate", "afterVersioned"]
VERSIONS = ["1", "1.2", "1_2", "01", "1.", ".1", "1..2", "1__2", "", "a", "1a", "1 ", "2026.01.05",
            "99999999999999999999", "1.0.0", "_1", "1_"]  # fmt: skip
SEPARATORS = ["__", "_", "", "___", "-", "____"]
DESCRIPTIONS = ["a", "add_users", "", "_x", "größe", "a.b", "a b", "a__b", "x-y", "A1"]
SUFFIXES = [".sql", ".SQL", ".sql.sql", ".Sql"]
PIECES = ["a", "$", "${", "}", "${name}", "${NAME}", "${a.b}", "${flyway:table}", "${nested}",
          "${empty}", "$$", "'", "\n", "é", "{", "${x", "#", "##", "##name##", "__", "__name__"]  # fmt: skip
CONF = ["flyway.url", "=", ":", " ", "a", "\\", "\\\\", "\\n", "\\t", "\\u00e9", "\n", "\n\n", "#", "!",
        "flyway.table=x", "\r\n", "é", "\\\n", "\\:", "\\=", "flyway.placeholders.x = y z ", "\t"]  # fmt: skip


def make_contents(choose: random.Random) -> bytes:
    text = BOM if choose.random() < 0.2 else ""
    for _ in range(choose.randint(0, 8)):
        text += choose.choice(LINES) + choose.choice(ENDS)
    text += choose.choice(["", choose.choice(LINES), BOM])
    return text.encode()


def make_version(choose: random.Random) -> str:
    parts = [choose.choice(["0", "00", "1", "01", "2", "9", "10", "100", "2026", str(10**25)])
             for _ in range(choose.randint(1, 4))]  # fmt: skip
    return choose.choice("._").join(parts)


def questions() -> list[str]:
    choose = random.Random(SEED)
    contents = [b"", b"\n", b"\r\n\r", BOM.encode(), b"CREATE TABLE a (id int);",
                b"CREATE TABLE a (\n  id int\n);\n", b"CREATE TABLE a (\n  id int );\n"]  # fmt: skip
    contents += [make_contents(choose) for _ in range(300)]
    lines = ["checksum " + quote(content, safe="") for content in contents]
    for _ in range(300):
        parts = (PREFIXES, VERSIONS, SEPARATORS, DESCRIPTIONS, SUFFIXES)
        lines.append("name " + quote("".join(choose.choice(part) for part in parts), safe=""))
    for _ in range(100):
        name = "R__" + choose.choice(DESCRIPTIONS) + choose.choice(SUFFIXES)
        lines.append("name " + quote(choose.choice(["", "V1__", "B1.5__"]) + name, safe=""))
    lines += [f"version {make_version(choose)} {make_version(choose)}" for _ in range(300)]
    for _ in range(200):
        prefix, suffix = choose.choice([("${", "}"), ("${", "}"), ("##", "##"), ("__", "__"), ("$", "$")])
        text = "".join(choose.choice(PIECES) for _ in range(choose.randint(1, 6)))
        lines.append(" ".join(["placeholder", *(quote(part, safe="") for part in (prefix, suffix, text))]))
    for _ in range(200):
        text = "".join(choose.choice(CONF) for _ in range(choose.randint(1, 9)))
        lines.append("conf " + quote(text, safe=""))
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    print("\n".join(questions()))
