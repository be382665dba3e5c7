"""Many invocations of the real program at once, and the threads that one of them has."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from tests.dsql.double import Double
from tests.dsql.faults import Fault
from tests.support.command_line import (
    TOP,
    Outcome,
    Running,
    credentials,
    dsql_target,
    write_files,
)
from tests.support.world import World

INVOCATIONS = 50
# Each of them would show when it ran twice, not at all, or in another order.
FILES: dict[str, str | bytes] = {
    "1_begin.sql": "CREATE TABLE counter (id bigint PRIMARY KEY, n bigint);\n"
    "INSERT INTO counter VALUES (1, 1);\nCREATE TABLE log (line text);\n",
    **{
        f"{i}_count.sql": "UPDATE counter SET n = n * 2 + 1;\n"
        f"ALTER TABLE counter ADD COLUMN c{i} bigint;\nINSERT INTO log VALUES ('{i}');\n"
        for i in range(2, 8)
    },
    "8_end.sql": "ALTER TABLE counter RENAME COLUMN c7 TO last;\nDROP TABLE log;\n"
    "CREATE TABLE log (line text);\nINSERT INTO log VALUES ('end');\n",
}
STATEMENTS = 3 + 6 * 3 + 4
STATE = (
    "SELECT (SELECT string_agg(n::text, ',') FROM counter), (SELECT string_agg(line, ',') FROM log),"
    " (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
    "  WHERE attrelid = 'counter'::regclass AND attnum > 0),"
    " (SELECT sum(applied) FROM dsql_migrate.revisions WHERE finished_at IS NOT NULL"
    "  AND in_doubt = 0)"
)
EXPECTED = ("127", "end", "id,n,c2,c3,c4,c5,c6,last", str(STATEMENTS))


def start_all(event: dict[str, object], environment: dict[str, str]) -> list[Running]:
    """Every other one waits for the lock."""
    return [
        Running(event | {"lockTimeout": 60 * (i % 2)}, environment) for i in range(INVOCATIONS)
    ]


def check(outcomes: list[Outcome]) -> None:
    statuses = Counter(outcome.status for outcome in outcomes)
    assert set(statuses) <= {"APPLIED", "UP_TO_DATE", "LOCKED"}, statuses
    assert statuses["APPLIED"] == 1, "one run does it all"
    for outcome in outcomes:
        if outcome.status == "APPLIED":
            assert outcome.answer["counts"]["statements"] == STATEMENTS
        if outcome.status == "LOCKED":
            assert outcome.exit_code == 3
            assert outcome.answer["lock"]["owner"].startswith("local-")
            assert outcome.answer["lock"]["since"].endswith("Z")


def wait_until_held(fault: Fault) -> None:
    while fault.fired == 0:
        time.sleep(0.01)


def test_fifty_at_once_on_a_cluster_run_each_statement_once(
    double: Double, tmp_path: Path
) -> None:
    event: dict[str, object] = {
        "source": write_files(tmp_path, FILES),
        "target": dsql_target(double),
    }
    double.settings.oc001 = "others"
    held = double.inject("hold", match="DROP TABLE log")
    try:
        running = start_all(event, credentials(double))
        wait_until_held(held)
        late = Running(event | {"lockTimeout": 0}, credentials(double)).finish()
        double.remove(held)
        outcomes = [each.finish() for each in running]
    finally:
        double.settings.oc001 = "off"
    check(outcomes)
    assert late.status == "LOCKED"
    assert double.query(STATE) == [EXPECTED]
    ran = [entry.sql for entry in double.journal() if entry.outcome.startswith(("DROP", "UPDATE"))]
    assert len([sql for sql in ran if sql.startswith("DROP TABLE")]) == 1


def test_fifty_at_once_on_postgresql_run_each_statement_once(world: World, tmp_path: Path) -> None:
    database = world.postgres.create_database()
    event: dict[str, object] = {
        "source": write_files(tmp_path, FILES),
        "target": world.postgres.url(database) + "?sslmode=disable",
    }
    check([each.finish() for each in start_all(event, {})])
    assert world.postgres.query(STATE, database) == [EXPECTED]


def test_a_run_from_local_files_has_one_thread(double: Double, tmp_path: Path) -> None:
    """Looked at all the time, every statement being held back a little. No curl is in such a run:
    with S3 its resolver may have a thread of its own for a name, which runs none of our code."""
    event = {"source": write_files(tmp_path, FILES), "target": dsql_target(double)}
    double.inject("delay", seconds=0.01, times=None)
    running = Running(event, credentials(double))
    tasks = Path(f"/proc/{running.process.pid}/task")
    counts = []
    while running.process.poll() is None:
        counts.append(len(list(tasks.iterdir())))
        time.sleep(0.005)
    assert running.finish().status == "APPLIED"
    assert len(counts) > 100 and set(counts) == {1}


def test_no_source_starts_a_thread() -> None:
    starts = ("std::thread ", "std::thread(", "std::thread{", "std::jthread", "std::async", "fork(")
    starts += ("pthread_create", "thrd_create", "std::vector<std::thread>", "clone(")
    for room in ("engine", "handler", "runtime"):
        for path in sorted((TOP / room).glob("*.[ch]*")):
            text = path.read_text()
            assert [word for word in starts if word in text] == [], path
