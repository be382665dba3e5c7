"""A database that a tool has migrated half-way, adopted and finished by this function, beside one
that the tool has finished alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.kill.fingerprint import find_differences, make_questions, to_lines
from tests.support.command_line import Outcome, run_event
from tests.support.postgres import ThrowawayPostgres


def url(server: ThrowawayPostgres, database: str) -> str:
    return f"postgres://postgres@127.0.0.1:{server.port}/{database}?sslmode=disable"


def run(server: ThrowawayPostgres, database: str, folder: Path, command: str, **more: Any) -> Outcome:
    event = {"command": command, "source": f"file://{folder}/", "target": url(server, database)}
    return run_event(event | more, {})


def wait_until(server: ThrowawayPostgres, database: str, there: str) -> None:
    for _ in range(3000):
        if server.query(f"SELECT FROM {there}", database):
            return
        time.sleep(0.01)
    raise AssertionError(f"nothing in {there}")


def schema_of(server: ThrowawayPostgres, database: str, history: str) -> list[str]:
    """Everything but the ledger's and the tool's own tables."""
    questions = ";".join(make_questions(dsql=False, ledger=False))
    lines = to_lines(server.query(questions, database))
    return [line for line in lines if "dsql_migrate" not in line and history not in line]


def rows_of(
    server: ThrowawayPostgres, database: str, history: str, schema: str = "public"
) -> list[str]:
    rows = server.query(f'SELECT h::text FROM {schema}."{history}" h ORDER BY 1', database)
    return [row[0] or "" for row in rows]


def check_takeover(
    server: ThrowawayPostgres, folder: Path, half: str, whole: str, history: str,
    schema: str = "public",
) -> dict[str, Any]:  # fmt: skip
    """Adopts `half` and finishes it; it then is as `whole`. Returns adopt's answer."""
    before = rows_of(server, half, history, schema)
    refused = run(server, half, folder, "apply")
    assert refused.problem["code"] == "foreign-history", refused.answer
    adopted = run(server, half, folder, "adopt")
    assert adopted.status == "ADOPTED", adopted.answer
    applied = run(server, half, folder, "apply")
    assert applied.status == "APPLIED", applied.answer
    assert run(server, half, folder, "adopt").status == "UP_TO_DATE"
    assert run(server, half, folder, "status").status == "UP_TO_DATE"
    wanted, found = (schema_of(server, name, history) for name in (whole, half))
    assert len(wanted) > 60, "the fingerprint has things in it"
    assert find_differences(wanted, found) == []
    assert rows_of(server, half, history, schema) == before, "the tool's table is left as it is"
    return adopted.answer
