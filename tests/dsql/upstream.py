"""The double's own connections to its PostgreSQL."""

from __future__ import annotations

import asyncio

from tests.dsql import wire
from tests.dsql.refusal import Refused
from tests.dsql.statement import Row
from tests.dsql.wire import Stream


async def connect(
    socket_path: str, parameters: dict[str, str]
) -> tuple[Stream, list[wire.Message]]:
    """A connection ready for queries, and what the server said on the way to it.

    Raises Refused with the server's error when it does not let the user in.
    """
    reader, writer = await asyncio.open_unix_connection(socket_path)
    stream = Stream(reader, writer)
    stream.write_raw(wire.encode_startup(parameters))
    greeting: list[wire.Message] = []
    while True:
        message = await stream.read()
        if message.kind == b"E":
            fields = wire.parse_fields(message.body)
            stream.abort()
            raise Refused(fields.get("M", ""), fields.get("C", "XX000"))
        greeting.append(message)
        if message.kind == b"Z":
            return stream, greeting


class Superuser:
    """Runs queries as the superuser; one connection, one query at a time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lock = asyncio.Lock()
        self.notified = asyncio.Event()

    @classmethod
    async def connect(cls, socket_path: str) -> Superuser:
        parameters = {"user": "postgres", "database": "postgres", "application_name": "double"}
        stream, _ = await connect(socket_path, parameters)
        return cls(stream)

    async def query(self, sql: str) -> list[Row]:
        """The rows of all statements in `sql`; raises Refused with the server's error."""
        async with self._lock:
            self._stream.write(b"Q", sql.encode() + b"\0")
            rows: list[Row] = []
            failure: Refused | None = None
            while True:
                message = await self._stream.read()
                if message.kind == b"D":
                    rows.append(wire.parse_row(message.body))
                elif message.kind == b"E":
                    fields = wire.parse_fields(message.body)
                    failure = Refused(fields.get("M", ""), fields.get("C", "XX000"))
                elif message.kind == b"A":
                    self.notified.set()
                elif message.kind == b"Z":
                    if failure:
                        raise failure
                    return rows

    async def wait_for_notification(self) -> None:
        """Waits for a NOTIFY; not to be mixed with query() from another task."""
        async with self._lock:
            while not self.notified.is_set():
                if (await self._stream.read()).kind == b"A":
                    self.notified.set()
        self.notified.clear()

    def close(self) -> None:
        self._stream.abort()
