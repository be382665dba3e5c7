"""What the lexers are timed on: migrations as people write them, dumps, and rows.

Made here or taken from this tree, but for PostgreSQL's own SQL files, which are read where the
distribution has put them. Each kind is a folder of files of a migration's size.
"""

from __future__ import annotations

import glob
import random
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FILE_BYTES = 16 << 10
POSTGRES_FILES = ("information_schema", "system_functions", "system_views")
WORDS = (
    "account amount archived city comment country created currency customer delivery email "
    "invoice item name note number order owner paid phone price product quantity region "
    "sent state street supplier tax title total updated user valid vendor weight"
).split()
TYPES = ("bigint", "text", "uuid", "timestamptz", "boolean", "numeric(12,2)", "varchar(200)")


def make_texts() -> dict[str, str]:
    """By kind, each long enough to be repeated into files."""
    chance = random.Random(1)
    texts = {
        "migrations": _read(sorted((TOP / "tests" / "data" / "sql").glob("s*.sql"))),
        "dump": "".join(_make_table(chance, i) for i in range(60)),
        "rows": "".join(_make_rows(chance, i) for i in range(20)),
    }
    own = _find_postgres_files()
    return texts | ({"PostgreSQL's own": _read(own)} if own else {})


def write_files(text: str, folder: Path, total: int) -> int:
    """`text` again and again, whole, in files of FILE_BYTES or its own size; the bytes written."""
    folder.mkdir(parents=True)
    body = text * max(1, FILE_BYTES // len(text))
    count = max(1, total // len(body.encode()))
    for i in range(count):
        (folder / f"{i:05d}.sql").write_text(body)
    return count * len(body.encode())


def _read(paths: list[Path]) -> str:
    return "".join(path.read_text() + "\n;\n" for path in paths)


def _find_postgres_files() -> list[Path]:
    folders = sorted(glob.glob("/usr/share/postgresql/*/"))
    found = [Path(folders[-1]) / f"{name}.sql" for name in POSTGRES_FILES] if folders else []
    return [path for path in found if path.exists()]


def _make_table(chance: random.Random, number: int) -> str:
    """As pg_dump writes one: a header of comments, the table, its key, an index, a comment."""
    name = f"{chance.choice(WORDS)}_{chance.choice(WORDS)}_{number}"
    columns = [f"    {name}_id bigint NOT NULL"]
    for word in chance.sample(WORDS, 9):
        default = chance.choice(("", " NOT NULL", " DEFAULT now()", " DEFAULT 'none'::text"))
        columns.append(f"    {word} {chance.choice(TYPES)}{default}")
    body = ",\n".join(columns)
    return f"""--
-- Name: {name}; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.{name} (
{body},
    CONSTRAINT {name}_check CHECK (({name}_id > 0))
);


ALTER TABLE ONLY public.{name}
    ADD CONSTRAINT {name}_pkey PRIMARY KEY ({name}_id);

CREATE INDEX {name}_index ON public.{name} USING btree (lower("{name}_id"::text) DESC) WHERE ({name}_id IS NOT NULL);

COMMENT ON TABLE public.{name} IS 'what is kept of each {name}';


"""


def _make_rows(chance: random.Random, number: int) -> str:
    rows = []
    for i in range(40):
        words = " ".join(chance.choice(WORDS) for _ in range(chance.randrange(3, 20)))
        rows.append(
            f"({number * 1000 + i}, '{words}', {chance.random() * 1000:.2f}, "
            f"'2026-0{1 + i % 9}-11 12:30:00+00', {chance.choice(('true', 'false', 'NULL'))})"
        )
    return f"INSERT INTO item_{number} (id, note, price, created, paid) VALUES\n" + ",\n".join(rows) + ";\n"
