"""What the runs are timed against: a PostgreSQL that takes a DSQL target's connections.

It has the cluster's TLS name and the role `admin`, and no rules of DSQL's: the statements are such
as both take. The double (tests/dsql) knows the rules, but spends more time on a message than a
server does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from tests.dsql.settings import DEFAULT_HOST
from tests.support.command_line import BOOTSTRAP, write_files
from tests.support.postgres import ThrowawayPostgres

KEY = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}


class Stage(ThrowawayPostgres):
    def __init__(self) -> None:
        settings = {"default_transaction_isolation": "repeatable read"}
        super().__init__(tls=True, names=(DEFAULT_HOST, "127.0.0.1"), settings=settings)

    def start(self) -> None:
        super().start()
        self.query("CREATE ROLE admin SUPERUSER LOGIN")

    def clear(self) -> None:
        """An empty database again."""
        for schema in ("public", "dsql_migrate", "pgmigrations"):
            self.query(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        self.query("CREATE SCHEMA public")

    def connect_arguments(self) -> dict[str, Any]:
        return {
            "host": DEFAULT_HOST,
            "hostaddr": self.host,
            "port": self.port,
            "dbname": "postgres",
            "user": "admin",
            "sslmode": "verify-full",
            "sslrootcert": self.ca,
        }

    def dsql_target(self, port: int) -> str:
        ca = quote(str(self.ca))
        return f"dsql://admin@{DEFAULT_HOST}:{port}/postgres?hostaddr=127.0.0.1&sslrootcert={ca}"

    def postgres_target(self, port: int) -> str:
        """The same server, whose files are then a transaction each."""
        ca = quote(str(self.ca))
        return f"postgres://admin@127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={ca}"


@dataclass(frozen=True)
class Files:
    """Migration files of one statement each, in a folder that is the source."""

    statements: list[str]
    source: str


def make_files(folder: Path, statements: list[str]) -> Files:
    names = (f"{number:06d}_bench.sql" for number in range(1, len(statements) + 1))
    texts = {name: text + ";\n" for name, text in zip(names, statements, strict=True)}
    return Files(statements, write_files(folder, dict(texts)))


@dataclass(frozen=True)
class Run:
    answer: dict[str, Any]
    cpu: float  # seconds
    peak: int  # KiB
    connecting: float  # seconds

    @property
    def seconds(self) -> float:
        """From before the connection to after it."""
        return float(self.answer["durationMs"]) / 1000

    @property
    def after_connecting(self) -> float:
        return self.seconds - self.connecting

    @property
    def round_trips(self) -> int:
        return int(self.answer["counts"]["roundTrips"])


def apply(
    source: str,
    target: str,
    environment: dict[str, str] | None = None,
    bootstrap: Path = BOOTSTRAP,
) -> Run:
    """One run. Raises RuntimeError when it does not end well."""
    # The file that the ledger was made with is not among those that are timed.
    event = json.dumps(
        {"command": "apply", "source": source, "target": target, "allowMissing": True}
    )
    with (
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryFile() as stdin,
    ):
        stdin.write(event.encode())
        stdin.seek(0)
        process = subprocess.Popen(
            [str(bootstrap), "--event", "-"],
            env={"PATH": os.environ["PATH"]} | (environment or KEY),
            stdin=stdin,
            stdout=answer,
            stderr=log,
        )
        peak, status, usage = _watch(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        text = answer.read().decode()
        log.seek(0)
        connecting = _read_connecting(log)
    if process.returncode:
        raise RuntimeError(f"bootstrap ended with {process.returncode}: {text[-2000:]}")
    return Run(json.loads(text), usage.ru_utime + usage.ru_stime, peak, connecting)


def _read_connecting(log: IO[bytes]) -> float:
    entries = (json.loads(line) for line in log)
    return sum(int(entry["ms"]) / 1000 for entry in entries if entry.get("message") == "connected")


def _watch(pid: int) -> tuple[int, int, resource.struct_rusage]:
    """Peak memory in KiB, wait status and usage. ru_maxrss would count this process, from before
    the program was loaded."""
    peak = 0
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return peak, status, usage
        with open(f"/proc/{pid}/status") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]))
        time.sleep(0.002)
