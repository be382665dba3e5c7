"""The same one-statement files with other tools, through the same delay."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.apply.delay_proxy import DelayProxy
from bench.apply.section import make_ddl
from bench.apply.stage import Stage, apply, make_files
from bench.figures import Sizes, ms, print_table
from tests.support.postgres import ThrowawayPostgres

TOP = Path(__file__).resolve().parents[2]
MODULES = TOP / "build" / "peers" / "node_modules"
NODE = TOP / "build" / "venv" / "bin" / "node"
JAVASCRIPT = """module.exports = {
  up: (queryInterface) => queryInterface.sequelize.query(`%s`),
  down: () => Promise.resolve(),
};
"""
ROUNDS = 3

# Applies the files of a folder to a PostgreSQL on that port; the time it took.
Tool = Callable[[Path, int], float]


def run(sizes: Sizes) -> None:
    statements = make_ddl(sizes.peer_statements)
    rounds = min(sizes.rounds, ROUNDS)
    tools: dict[str, Tool] = {
        "dsql-migrate, postgres://": run_ours,
        "node-pg-migrate": run_node_pg_migrate,
        "sequelize-cli": run_sequelize,
        "dbmate": run_dbmate,
    }
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as name, ThrowawayPostgres() as server:
        folder = Path(name)
        write_peers_files(folder, statements)
        results = {"dsql-migrate, dsql://": run_as_dsql(folder, sizes, rounds)}
        for title, tool in tools.items():
            results[title] = time_tool(server, tool, folder, sizes, rounds)
    best = min(seconds for seconds, _ in results.values())
    print_table(
        f"{len(statements)} one-statement files, a round trip of {sizes.round_trip * 1000:g} ms,"
        f" the tool's start included (medians of {rounds}):",
        ["tool", "time", "ratio", "round trips"],
        [[title, ms(seconds), f"{seconds / best:.1f}", str(trips)]
         for title, (seconds, trips) in results.items()],
    )  # fmt: skip


def write_peers_files(folder: Path, statements: list[str]) -> None:
    for kind in ("pg-migrate", "sequelize", "dbmate"):
        (folder / kind).mkdir()
    make_files(folder / "ours", statements)
    for number, statement in enumerate(statements, 1):
        name = f"20260101{number:06d}_bench"
        (folder / "pg-migrate" / f"{name}.sql").write_text(f"-- Up Migration\n{statement};\n")
        (folder / "sequelize" / f"{name}.js").write_text(JAVASCRIPT % statement)
        (folder / "dbmate" / f"{name}.sql").write_text(f"-- migrate:up\n{statement};\n-- migrate:down\n")


def time_tool(
    server: ThrowawayPostgres, tool: Tool, folder: Path, sizes: Sizes, rounds: int
) -> tuple[float, int]:
    times = []
    for _ in range(rounds):
        for sql in ("DROP SCHEMA IF EXISTS dsql_migrate CASCADE", "DROP SCHEMA public CASCADE",
                    "CREATE SCHEMA public"):  # fmt: skip
            server.query(sql)
        with DelayProxy(server.port, sizes.round_trip) as proxy:
            times.append(tool(folder, proxy.port))
            trips = proxy.round_trips
        count = server.query("SELECT count(*) FROM pg_tables WHERE tablename ~ '^t[0-9]+$'")
        assert count[0][0] == str(sizes.peer_statements), count
    return median(times), trips


def run_as_dsql(folder: Path, sizes: Sizes, rounds: int) -> tuple[float, int]:
    times = []
    with Stage() as stage:
        for _ in range(rounds):
            stage.clear()
            with DelayProxy(stage.port, sizes.round_trip) as proxy:
                start = time.monotonic()
                apply(f"file://{folder}/ours/", stage.dsql_target(proxy.port))
                times.append(time.monotonic() - start)
                trips = proxy.round_trips
    return median(times), trips


def run_ours(folder: Path, port: int) -> float:
    start = time.monotonic()
    apply(f"file://{folder}/ours/", url(port))
    return time.monotonic() - start


def run_node_pg_migrate(folder: Path, port: int) -> float:
    command = [str(NODE), str(MODULES / "node-pg-migrate" / "bin" / "node-pg-migrate.js"), "up"]
    return time_command([*command, "-m", str(folder / "pg-migrate"), "--no-verbose"], port)


def run_sequelize(folder: Path, port: int) -> float:
    command = [str(NODE), str(MODULES / ".bin" / "sequelize-cli"), "db:migrate"]
    command += ["--migrations-path", str(folder / "sequelize"), "--url", url(port)]
    return time_command(command, port)


def run_dbmate(folder: Path, port: int) -> float:
    (binary,) = MODULES.glob("@dbmate/*/bin/dbmate")
    command = [str(binary), "--migrations-dir", str(folder / "dbmate"), "--no-dump-schema"]
    return time_command([*command, "migrate"], port)


def url(port: int) -> str:
    return f"postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"


def time_command(command: list[str], port: int) -> float:
    """The whole program's time. Raises RuntimeError with what it said."""
    environment = os.environ | {"DATABASE_URL": url(port), "NODE_PATH": str(MODULES)}
    start = time.monotonic()
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=MODULES.parent
    )
    seconds = time.monotonic() - start
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return seconds
