"""sequelize-cli's own history, made by sequelize-cli: make peers fetches it from npm."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.peers.project import HALF, write_sequelize
from tests.peers.takeover import check_takeover, run, url
from tests.support.command_line import TOP
from tests.support.postgres import ThrowawayPostgres

MODULES = TOP / "build" / "peers" / "node_modules"
NODE = TOP / "build" / "venv" / "bin" / "node"
HISTORY = "SequelizeMeta"


def sequelize(server: ThrowawayPostgres, database: str, folder: Path) -> None:
    command = [str(NODE), str(MODULES / ".bin" / "sequelize-cli"), "db:migrate"]
    command += ["--migrations-path", str(folder), "--url", url(server, database)]
    done = subprocess.run(
        command, cwd=MODULES.parent, env=os.environ | {"NODE_PATH": str(MODULES)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_project_that_sequelize_has_half_applied_is_adopted_and_finished(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_sequelize(tmp_path / "whole")
    whole, half = server.create_database(), server.create_database()
    sequelize(server, whole, folder)
    sequelize(server, half, write_sequelize(tmp_path / "half", HALF))
    answer = check_takeover(server, folder, half, whole, HISTORY)
    assert answer["adopted"]["lastVersion"].startswith("10/")


def test_without_the_javascript_files_the_order_of_the_names_has_to_be_accepted(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    half = server.create_database()
    folder = write_sequelize(tmp_path / "half", 3)
    sequelize(server, half, folder)
    outcome = run(server, half, folder / "resources", "adopt")
    assert outcome.problem["code"] == "order-assumed", outcome.answer
    accepted = run(server, half, folder / "resources", "adopt", accept="order-assumed")
    assert accepted.status == "ADOPTED", accepted.answer
