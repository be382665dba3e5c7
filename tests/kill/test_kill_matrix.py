"""A run is killed, or cut from its server, at a message; resumed, it leaves what it would have.

Here every few messages; `make matrix` takes all of `core`. A failing case can be run by hand, as its
line says: python -m tests.kill --files core cut-before@17
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.dsql.client import Client
from tests.kill.cases import Case, kinds_for, make_cases
from tests.kill.fingerprint import make_questions, to_lines
from tests.kill.matrix import run_matrix
from tests.kill.worker import FILES, DsqlWorker, Undisturbed
from tests.support.command_line import BOOTSTRAP

FEWEST_STATEMENTS = 40
STRIDES = {
    "alike": 16,
    "core": 24,
    "core/8": 24,
    "kinds": 12,
    "postgres": 8,
    "rename": 4,
    "repeatable": 8,
    "settings": 16,
    "undo": 8,
    "undo_postgres": 8,
}
LEAVES_NOTHING = ("SET ", "ALTER TABLE app.orders DISABLE TRIGGER", "ANALYZE ", "DROP TRIGGER IF")
DML = ("INSERT ", "UPDATE ", "DELETE ")


def read_statements(files: str) -> list[str]:
    """In these files a semicolon at the end of a line ends a statement, and nothing else does."""
    text = "".join(path.read_text() for path in sorted((FILES / files).glob("*.sql")))
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("--")]
    return [part for part in "".join(lines).split(";\n") if part]


class Looker:
    """Takes fingerprints as the superuser, and tries out statements without keeping them."""

    def __init__(self, worker: DsqlWorker) -> None:
        self._connection = psycopg.connect(worker.postgres.url())

    def look(self, trial: str = "") -> list[str]:
        rows: list[tuple[object, ...]] = []
        with self._connection.transaction(force_rollback=True):
            self._connection.execute("SET LOCAL search_path = app, public")
            if trial:
                self._connection.execute(trial.encode())
            for question in make_questions(ledger=False):
                rows += self._connection.execute(question.encode()).fetchall()
        return to_lines(rows)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(params=["core", "kinds", "long"])
def files(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def worker(files: str) -> Iterator[DsqlWorker]:
    started = DsqlWorker(files, BOOTSTRAP)
    yield started
    started.close()


def test_each_statement_shows_and_no_data_change_can_run_twice_unseen(
    files: str, worker: DsqlWorker
) -> None:
    statements = read_statements(files)
    assert len(statements) >= FEWEST_STATEMENTS
    client, looker = Client(worker.double.connect_arguments()), Looker(worker)
    before = looker.look()
    for sql in statements:
        assert client(sql).error == ("", ""), sql
        client("SELECT count(*) FROM sys.jobs")  # its job has ended before this is answered
        after = looker.look()
        assert (after != before) != sql.startswith(LEAVES_NOTHING), sql
        if sql.startswith(DML):
            try:
                assert looker.look(trial=sql) != after, sql
            except psycopg.errors.UniqueViolation:
                pass
        before = after
    looker.close()
    client.close()


@pytest.mark.parametrize("matrix", STRIDES)
def test_killed_or_cut_at_a_message_a_run_ends_as_if_nothing_had_happened(
    matrix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(found: Undisturbed) -> list[Case]:
        kinds = kinds_for(matrix.partition("/")[0])
        return list(make_cases(kinds, found.messages, 0, STRIDES[matrix]))

    summary = run_matrix(make, files=matrix, bootstrap=BOOTSTRAP)
    with capsys.disabled():
        print(f"\n{summary}")
    assert summary.survivors == []
