"""Flyway's own history, made by Flyway: make peers fetches it from Maven."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.peers.project import HALF, MIGRATIONS, write_flyway
from tests.peers.takeover import check_takeover, run
from tests.support.command_line import TOP
from tests.support.postgres import ThrowawayPostgres

JARS = TOP / "build" / "real-tools" / "flyway"
SOURCE = Path(__file__).with_name("flyway") / "FlywayPeer.java"
HISTORY = "flyway_schema_history"


def flyway(server: ThrowawayPostgres, database: str, folder: Path, *commands: str) -> None:
    target = f"jdbc:postgresql://127.0.0.1:{server.port}/{database}?sslmode=disable"
    classes = ":".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
    done = subprocess.run(
        ["java", "-cp", classes, str(SOURCE), target, str(folder), *commands],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_project_that_flyway_has_half_applied_is_adopted_and_finished(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_flyway(tmp_path / "whole")
    whole, half = server.create_database(), server.create_database()
    flyway(server, whole, folder, "migrate")
    flyway(server, half, write_flyway(tmp_path / "half", HALF), "migrate", "validate")
    answer = check_takeover(server, folder, half, whole, HISTORY)
    assert answer["adopted"] == {"marked": HALF, "firstVersion": "1", "lastVersion": "10"}
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
