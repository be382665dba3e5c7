"""The throwaway PostgreSQL starts, serves, and is gone afterwards, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import ThrowawayPostgres, find_bin_dir
from tests.support.simple_client import QueryFailed

ROOT = Path(__file__).resolve().parents[2]
TOOL = "tests/support/with_postgres.py"


def with_postgres(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_until_gone(path: str) -> None:
    for _ in range(500):
        if not os.path.exists(path):
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} is still there")


def test_it_serves_over_tcp_and_makes_databases() -> None:
    with ThrowawayPostgres() as server:
        name = server.create_database()
        with psycopg.connect(server.url(name)) as connection:
            sql = "SELECT datname, datcollate FROM pg_database WHERE datname = current_database()"
            assert connection.execute(sql).fetchone() == (name, "C")
        other = server.create_database('odd "name"')
        assert server.query("SELECT current_database()", other) == [('odd "name"',)]
        with pytest.raises(QueryFailed) as failed:
            server.query("SELECT 1/0")
        assert failed.value.sqlstate == "22012"
    assert not os.path.exists(server.socket_dir)


def test_tls_and_password_are_required_when_asked_for() -> None:
    with ThrowawayPostgres(tls=True, password="p'w d") as server:
        with psycopg.connect(server.url()) as connection:
            row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            assert row.fetchone() == (True,)
        for change in ("sslmode=disable", "password=wrong"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(f"{server.url()}&{change}")


def test_several_run_side_by_side() -> None:
    with ThrowawayPostgres() as one, ThrowawayPostgres() as two:
        assert one.port != two.port
        assert one.query("SELECT 1") == two.query("SELECT 1") == [("1",)]


def test_a_command_gets_the_server_and_its_exit_code_passes_through() -> None:
    done = with_postgres("--", "sh", "-c", "echo $PGTEST_USER $PGTEST_HOST $PGTEST_URL; exit 3")
    user, host, url = done.stdout.split()
    assert (user, host, done.returncode) == ("postgres", "127.0.0.1", 3)
    assert url.startswith("postgresql://postgres@127.0.0.1:")


def test_a_missing_command_is_127() -> None:
    done = with_postgres("--", "/nonexistent/command")
    assert done.returncode == 127
    assert "cannot run /nonexistent/command: No such file or directory" in done.stderr


def test_a_missing_server_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    assert find_bin_dir() == tmp_path
    with pytest.raises(FileNotFoundError, match="postgres"):
        ThrowawayPostgres().start()


@pytest.mark.parametrize("deadly", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_owner_is_killed(deadly: signal.Signals) -> None:
    program = (
        "import sys, time; sys.path.insert(0, '.')\n"
        "from tests.support.postgres import ThrowawayPostgres\n"
        "server = ThrowawayPostgres(); server.start()\n"
        "print(server.socket_dir, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    directory = owner.stdout.readline().strip()
    assert os.path.exists(directory)
    owner.send_signal(deadly)
    owner.wait()
    wait_until_gone(directory)


def test_sigterm_reaches_the_command() -> None:
    script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    owner = subprocess.Popen(
        [sys.executable, TOOL, "--", "sh", "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout and owner.stdout.readline() == "ready\n"
    owner.send_signal(signal.SIGTERM)
    assert owner.wait(timeout=30) == 9
