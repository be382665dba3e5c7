"""The double as an object: start it, connect to it, break it, ask what it saw.

    with ThrowawayPostgres() as postgres, Double(postgres) as double:
        connect(**double.connect_arguments())

It runs in a thread of its own; every method may be called from any thread.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tests.dsql import tls
from tests.dsql.auth import make_token
from tests.dsql.cluster import Cluster
from tests.dsql.control import start_control
from tests.dsql.faults import Fault
from tests.dsql.front_door import FrontDoor
from tests.dsql.jobs import JobRunner
from tests.dsql.journal import Entry
from tests.dsql.settings import Settings
from tests.dsql.upstream import Superuser
from tests.support.postgres import ThrowawayPostgres

T = TypeVar("T")
SYS_SCHEMA = Path(__file__).with_name("sys_schema.sql")


class Double:
    """`port` and `control_port` 0 mean any free one; both are real after start()."""

    def __init__(
        self,
        postgres: ThrowawayPostgres,
        settings: Settings | None = None,
        *,
        port: int = 0,
        control_port: int = 0,
        directory: Path | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.host = "127.0.0.1"
        self.port = port
        self.control_port = control_port
        self.ca = Path()
        self._postgres = postgres
        self._own_directory = None if directory else tempfile.TemporaryDirectory(prefix="dsql-")
        self._directory = directory or Path(self._own_directory.name if self._own_directory else "")
        self._cluster = Cluster(postgres.socket_path, self.settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None

    def __enter__(self) -> Double:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()
        self._call(self._start())

    def stop(self) -> None:
        if self._thread.is_alive():
            self._call(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        if self._own_directory:
            self._own_directory.cleanup()

    @property
    def host_name(self) -> str:
        return self.settings.host_name

    def token(self, user: str = "admin", **options: Any) -> str:
        """A token of the first key; see auth.make_token for the options."""
        return make_token(self.host_name, self.settings.keys[0], user=user, **options)

    def connect_arguments(self, user: str = "admin") -> dict[str, Any]:
        """What libpq needs to connect."""
        return {
            "host": self.host_name,
            "hostaddr": self.host,
            "port": self.port,
            "dbname": "postgres",
            "user": user,
            "password": self.token(user),
            "sslmode": "verify-full",
            "sslrootcert": str(self.ca),
        }

    def inject(self, kind: str, **values: Any) -> Fault:
        """Sets a fault; see faults.KINDS and faults.Fault. It counts its own firing."""
        return self._cluster.faults.add(kind, **values)

    def remove(self, fault: Fault) -> None:
        self._cluster.faults.remove(fault.number)

    def clear_faults(self) -> None:
        self._cluster.faults.clear()

    def journal(self, since: int = 0) -> list[Entry]:
        return self._cluster.journal.entries(since)

    def statements(self) -> list[str]:
        """The texts of all statements seen, in order."""
        return self._cluster.journal.statements()

    def clear_journal(self) -> None:
        self._cluster.journal.clear()

    @property
    def crashes(self) -> list[BaseException]:
        """Mistakes of the double itself; a test that finds one must fail."""
        return list(self._cluster.crashes)

    @property
    def open_sessions(self) -> int:
        """Those of clients that are gone too, while the server is at work on what they sent."""
        return len(self._cluster.sessions)

    def cut_all(self) -> None:
        self._loop.call_soon_threadsafe(self._cluster.cut_all)

    def reset(self) -> None:
        """An empty cluster again: no sessions, user objects, jobs, faults or journal."""
        self._call(self._cluster.reset())

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Looks behind the double: as superuser, past every rule."""
        return self._postgres.query(sql)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        certificates = tls.make_server_certificates(self._directory, self.host_name)
        self.ca = certificates.ca
        superuser = await Superuser.connect(self._cluster.socket_path)
        await superuser.query(SYS_SCHEMA.read_text())
        superuser.close()
        self._listener = socket.create_server((self.host, self.port), backlog=256)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        door = FrontDoor(self._cluster, tls.make_context(certificates))
        self._spawn(self._accept(self._listener, door))
        self._spawn(JobRunner(self._cluster).run())
        control = await start_control(self._cluster, self.control_port)
        self.control_port = control.sockets[0].getsockname()[1]

    async def _accept(self, listener: socket.socket, door: FrontDoor) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(listener)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spawn(door.serve(connection))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            self._cluster.crashes.append(error)
            traceback.print_exception(error)

    async def _stop(self) -> None:
        self._cluster.close()
        if self._listener:
            self._listener.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
