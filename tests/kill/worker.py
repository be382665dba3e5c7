"""One process's share of the matrix: a PostgreSQL, a double, and one case after another.

Of files whose name begins with "undo" the run is an undo of all that was applied before it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.dsql.double import Double
from tests.dsql.settings import Settings
from tests.kill.cases import Case
from tests.kill.fingerprint import find_differences, take_fingerprint
from tests.kill.proxy import Proxy, ProxyFault
from tests.support.command_line import BOOTSTRAP, TOP, credentials, dsql_target
from tests.support.postgres import QueryFailed, ThrowawayPostgres

FILES = TOP / "tests" / "data" / "kill"
RUN_SECONDS = 60
RESUME_SECONDS = 30  # a dead run's flight may renew its lease for so long
SIGKILLED = -9
EXPIRE = "UPDATE dsql_migrate.lock SET expires_at = now() - interval '1 s' WHERE owner = 'local-{}'"


@dataclass
class Undisturbed:
    """What a run that nothing happens to leaves behind, and how many messages it takes."""

    fingerprint: list[str]
    messages: int
    protocol_messages: int


@dataclass
class Result:
    case: Case
    problems: list[str] = field(default_factory=list)
    resumes: int = 0
    seconds: float = 0.0


@dataclass
class Ended:
    exit_code: int
    answer: dict[str, Any]

    @property
    def status(self) -> str:
        return str(self.answer.get("status", ""))

    def __str__(self) -> str:
        failure = self.answer.get("failure", {})
        return f"exit {self.exit_code} {self.status} {failure.get('message', '')}".strip()


class Fault(Protocol):
    pid: int
    fired: int


class Worker(ABC):
    """Runs cases against its own server; what the server is, its two kinds know."""

    def __init__(self, files: str, bootstrap: Path) -> None:
        self._source = f"file://{FILES / files}/"
        self._event: dict[str, Any] = {"command": "apply"}
        self._undoes = files.startswith("undo")
        self._more: dict[str, Any] = {}  # of the event
        self._always: dict[str, Any] = {}
        self._bootstrap = bootstrap
        self._open = ExitStack()
        self.postgres = self._open.enter_context(ThrowawayPostgres())

    def set_pipeline(self, statements: int) -> None:
        self._always = {"pipeline": statements}

    def close(self) -> None:
        self._open.close()

    @abstractmethod
    def _reset(self) -> None:
        """Nothing in the database, no faults."""

    @abstractmethod
    def _inject(self, case: Case) -> list[Fault]: ...

    @abstractmethod
    def _count_open(self) -> int:
        """Sessions, those of clients that are gone too while the server is at work for them."""

    @abstractmethod
    def _count_messages(self) -> tuple[int, int]:
        """Of the run since the reset: messages as in cases.py, messages of the protocol."""

    @abstractmethod
    def _target(self) -> tuple[str, dict[str, str]]:
        """The event's, and the environment that goes with it."""

    @abstractmethod
    def _look(self) -> list[str]: ...

    @abstractmethod
    def _query(self, sql: str) -> None: ...

    def _crashes(self) -> list[str]:
        return []

    def _begin(self) -> None:
        """The database as the run finds it. Raises RuntimeError when that cannot be made."""
        self._reset()
        if not self._undoes:
            return
        self._event = {"command": "apply"}
        self._run_to_its_end()
        self._event = {"command": "undo", "toVersion": "none"}
        self._forget_messages()

    @abstractmethod
    def _forget_messages(self) -> None:
        """They count from here."""

    def run_undisturbed(self) -> Undisturbed:
        """Raises RuntimeError when even that fails."""
        self._begin()
        self._run_to_its_end()
        return Undisturbed(self._look(), *self._count_messages())

    def run_case(self, case: Case, undisturbed: Undisturbed) -> Result:
        result = Result(case)
        start = time.monotonic()
        self._begin()
        faults = self._inject(case)
        ended = self._run(faults)
        if not all(fault.fired for fault in faults):
            result.problems.append("the run ended before that message")
        if case.is_kill:
            if ended.exit_code != SIGKILLED:
                result.problems.append(f"not killed: {ended}")
            ended = self._resume(result, faults[0].pid)
        if ended.exit_code != 0:
            result.problems.append(f"ended with {ended}")
        if not self._sessions_end():
            result.problems.append("the server is still at work on what was sent")
        if case.is_kill:  # its flight may have renewed it, and nobody asked since
            self._expire_lease(faults[0].pid)
        result.problems += find_differences(undisturbed.fingerprint, self._look())
        result.problems += self._crashes()
        result.seconds = time.monotonic() - start
        return result

    def _resume(self, result: Result, dead: int) -> Ended:
        """The next invocation, which finds the dead one's lease over."""
        until = time.monotonic() + RESUME_SECONDS
        while True:
            self._expire_lease(dead)
            result.resumes += 1
            ended = self._run([])
            if ended.status != "LOCKED" or time.monotonic() > until:
                return ended

    def _run_to_its_end(self) -> None:
        """Nothing of it is still to be counted, its farewell included. Raises RuntimeError when it
        fails."""
        ended = self._run([])
        if ended.exit_code != 0 or not self._sessions_end():
            raise RuntimeError(f"a run that nothing happened to failed: {ended}")

    def _run(self, faults: list[Fault]) -> Ended:
        target, environment = self._target()
        event = self._event | {"source": self._source, "target": target, "lockTimeout": 0}
        event |= self._more | self._always
        with subprocess.Popen(
            [str(self._bootstrap), "--event", "-"],
            env={"PATH": os.environ["PATH"]} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            for fault in faults:
                fault.pid = process.pid
            try:
                output, _ = process.communicate(json.dumps(event).encode(), RUN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                return Ended(1, {"status": f"no end after {RUN_SECONDS} s"})
        return Ended(process.returncode, json.loads(output or b"{}"))

    def _expire_lease(self, owner: int) -> None:
        for _ in range(100):
            try:
                self._query(EXPIRE.format(owner))
                return
            except QueryFailed as error:
                if "does not exist" in str(error):  # killed before it made a ledger
                    return
            time.sleep(0.005)  # the dead one's transaction was not over

    def _sessions_end(self) -> bool:
        """What a client that is gone has sent may still be executed."""
        for _ in range(1000):
            if self._count_open() == 0:
                return True
            time.sleep(0.002)
        return False


class DsqlWorker(Worker):
    """In front of the double."""

    def __init__(self, files: str, bootstrap: Path) -> None:
        super().__init__(files, bootstrap)
        # A dead client's session that is still at work is told of DDL of the one that followed it.
        settings = Settings(job_delay=0.0, oc001="ddl")
        self.double = self._open.enter_context(Double(self.postgres, settings))

    def _reset(self) -> None:
        self.double.reset()
        self._forget_messages()

    def _forget_messages(self) -> None:
        self._earlier = len(self.double.statements())
        self._counter = self.double.inject("cut_message", skip=1 << 30)

    def _inject(self, case: Case) -> list[Fault]:
        return [self.double.inject(**fault) for fault in case.faults()]

    def _count_open(self) -> int:
        return self.double.open_sessions

    def _count_messages(self) -> tuple[int, int]:
        return len(self.double.statements()) - self._earlier, self._counter.seen

    def _target(self) -> tuple[str, dict[str, str]]:
        return dsql_target(self.double), credentials(self.double)

    def _look(self) -> list[str]:
        return take_fingerprint(self.postgres)

    def _query(self, sql: str) -> None:
        self.postgres.query(sql)

    def _crashes(self) -> list[str]:
        return [f"the double failed: {crash!r}" for crash in self.double.crashes]


class RepeatableWorker(DsqlWorker):
    """Repeatable migrations that were applied, and run again because a placeholder changed."""

    def _reset(self) -> None:
        super()._reset()
        self.double.remove(self._counter)
        self._more = {"placeholders": {"n": "1"}}
        self._run_to_its_end()
        self._more = {"placeholders": {"n": "2"}}
        self.double.clear_journal()
        self._counter = self.double.inject("cut_message", skip=1 << 30)


class PostgresWorker(Worker):
    """In front of a proxy, a database for each run."""

    def __init__(self, files: str, bootstrap: Path) -> None:
        super().__init__(files, bootstrap)
        self._proxy = Proxy(self.postgres.port)
        self._open.callback(self._proxy.close)
        self._database = ""

    def _reset(self) -> None:
        if self._database:
            self.postgres.query(f"DROP DATABASE {self._database} WITH (FORCE)")
        self._database = self.postgres.create_database()
        self._forget_messages()

    def _forget_messages(self) -> None:
        self._proxy.fault = ProxyFault("before", 1 << 30)

    def _inject(self, case: Case) -> list[Fault]:
        how, _, kind = case.kind.partition("-")
        self._proxy.fault = ProxyFault(kind, case.at, kill=how == "kill")
        return [self._proxy.fault]

    def _count_open(self) -> int:
        sql = f"SELECT FROM pg_stat_activity WHERE datname = '{self._database}'"
        return len(self.postgres.query(sql))

    def _count_messages(self) -> tuple[int, int]:
        return self._proxy.fault.seen, 0

    def _target(self) -> tuple[str, dict[str, str]]:
        server = f"{self.postgres.user}@127.0.0.1:{self._proxy.port}"
        return f"postgres://{server}/{self._database}?sslmode=disable", {}

    def _look(self) -> list[str]:
        return take_fingerprint(self.postgres, database=self._database, dsql=False)

    def _query(self, sql: str) -> None:
        self.postgres.query(sql, self._database)


def make_worker(name: str, bootstrap: Path = BOOTSTRAP) -> Worker:
    """The name of a folder of files; "core/32": of its statements so many on their way at most."""
    files, _, pipeline = name.partition("/")
    kinds = {"postgres": PostgresWorker, "undo_postgres": PostgresWorker}
    kinds["repeatable"] = RepeatableWorker
    worker = kinds.get(files, DsqlWorker)(files, bootstrap)
    if pipeline:
        worker.set_pipeline(int(pipeline))
    return worker
