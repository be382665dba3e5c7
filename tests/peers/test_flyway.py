"""Flyway's own history, made by Flyway: make peers fetches it from Maven."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.peers.project import HALF, MIGRATIONS, write_flyway
from tests.peers.takeover import check_takeover, run, wait_until
from tests.support.command_line import TOP
from tests.support.postgres import ThrowawayPostgres
from tests.support.simple_client import SimpleClient

JARS = TOP / "build" / "real-tools" / "flyway"
SOURCE = Path(__file__).with_name("flyway") / "FlywayPeer.java"
HISTORY = "flyway_schema_history"


def make_command(
    server: ThrowawayPostgres, database: str, folder: Path, *commands: str
) -> list[str]:
    target = f"jdbc:postgresql://127.0.0.1:{server.port}/{database}?sslmode=disable"
    classes = ":".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
    return ["java", "-cp", classes, str(SOURCE), target, str(folder), *commands]


def flyway(server: ThrowawayPostgres, database: str, folder: Path, *commands: str) -> None:
    command = make_command(server, database, folder, *commands)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_project_that_flyway_has_half_applied_is_adopted_and_finished(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_flyway(tmp_path / "whole")
    whole, half = server.create_database(), server.create_database()
    flyway(server, whole, folder, "migrate")
    flyway(server, half, write_flyway(tmp_path / "half", HALF), "migrate", "validate")
    answer = check_takeover(server, folder, half, whole, HISTORY)
    assert answer["adopted"] == {
        "marked": HALF,
        "firstVersion": "1",
        "lastVersion": "10",
        "tool": "Flyway",
        "table": '"public"."flyway_schema_history"',
    }
    assert len(MIGRATIONS) >= 20


def test_flyways_baseline_covers_what_comes_before_it(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_flyway(tmp_path / "whole")
    half = server.create_database()
    flyway(server, half, write_flyway(tmp_path / "half", HALF), "migrate")
    server.query(f"DROP TABLE {HISTORY}", half)
    flyway(server, half, folder, "baseline:8", "migrate:8")
    answer = run(server, half, folder, "adopt").answer
    assert answer["adopted"]["lastVersion"] == "8", answer
    assert answer["adopted"]["marked"] == 8


@pytest.mark.parametrize("edit", ["repaired", "not"])
def test_a_file_edited_since_differs_until_flyway_has_repaired_it(
    server: ThrowawayPostgres, tmp_path: Path, edit: str
) -> None:
    folder = write_flyway(tmp_path / "half", 3)
    half = server.create_database()
    flyway(server, half, folder, "migrate")
    (folder / "V1__customers.sql").write_text("CREATE TABLE customers ();\n")
    if edit == "repaired":
        flyway(server, half, folder, "repair")
    outcome = run(server, half, folder, "adopt")
    if edit == "repaired":
        assert outcome.status == "ADOPTED", outcome.answer
    else:
        assert outcome.problem["code"] == "checksum-differs"
        accepted = run(server, half, folder, "adopt", accept="checksum-differs:1")
        assert accepted.status == "ADOPTED", accepted.answer


# The first of its second run's migrations waits for a table, and Flyway keeps its lock meanwhile.
@pytest.mark.parametrize("table", ["flyway_schema_history", "My changes"])
def test_a_flyway_at_work_keeps_a_run_out_whatever_its_table_is_called(
    server: ThrowawayPostgres, tmp_path: Path, table: str
) -> None:
    folder = write_flyway(tmp_path / "whole")
    half = server.create_database()
    flyway(server, half, write_flyway(tmp_path / "half", 5), f"table:{table}", "migrate")
    history = f"flyway:public.{table}"
    assert run(server, half, folder, "adopt", history=history).status == "ADOPTED"
    with SimpleClient(server.socket_path, server.user, half) as other:
        other.query("BEGIN; LOCK TABLE customers IN ACCESS SHARE MODE")
        at_work = subprocess.Popen(
            make_command(server, half, folder, f"table:{table}", "migrate"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(server, half, "pg_stat_activity WHERE wait_event_type = 'Lock'")
        locked = run(server, half, folder, "apply", history=history, lockTimeout=0)
        other.query("COMMIT")
    assert at_work.wait(120) == 0
    assert locked.status == "LOCKED", locked.answer
    assert locked.answer["lock"]["owner"].startswith("Flyway (user postgres, application ")
