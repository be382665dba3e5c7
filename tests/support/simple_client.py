"""The smallest PostgreSQL client: trust authentication, simple queries, text rows.

Only for looking after a throwaway server (create a database, set a password)
without asking for psql or a driver: some PostgreSQL packages carry neither.
"""

from __future__ import annotations

import socket
import struct

Row = tuple[str | None, ...]


class QueryFailed(Exception):
    """The server refused a statement; carries its SQLSTATE."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate


class SimpleClient:
    """One connection. `address` is a unix socket path or a (host, port) pair."""

    def __init__(
        self, address: str | tuple[str, int], user: str, database: str, timeout: float = 30
    ) -> None:
        if isinstance(address, str):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(timeout)
            self._socket.connect(address)
        else:
            self._socket = socket.create_connection(address, timeout=timeout)
        parameters = f"user\0{user}\0database\0{database}\0\0".encode()
        body = struct.pack("!I", 196608) + parameters
        self._socket.sendall(struct.pack("!I", len(body) + 4) + body)
        self._read_until_ready()

    def __enter__(self) -> SimpleClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def query(self, sql: str) -> list[Row]:
        """The rows of all statements in `sql`; raises QueryFailed."""
        body = sql.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack("!I", len(body) + 4) + body)
        return self._read_until_ready()

    def _read_until_ready(self) -> list[Row]:
        rows: list[Row] = []
        failure: QueryFailed | None = None
        while True:
            kind, body = self._read_message()
            if kind == b"D":
                rows.append(_parse_row(body))
            elif kind == b"E":
                failure = _parse_error(body)
                if failure.sqlstate[:2] in ("28", "3D", "53", "57"):
                    raise failure
            elif kind == b"R" and body[:4] != b"\0\0\0\0":
                raise QueryFailed("28000", "the server asks for a password")
            elif kind == b"Z":
                if failure:
                    raise failure
                return rows

    def _read_message(self) -> tuple[bytes, bytes]:
        head = self._read_exactly(5)
        return head[:1], self._read_exactly(struct.unpack("!I", head[1:])[0] - 4)

    def _read_exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                raise ConnectionError("the server closed the connection")
            data += chunk
        return data


def _parse_row(body: bytes) -> Row:
    (count,) = struct.unpack_from("!H", body)
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(values)


def _parse_error(body: bytes) -> QueryFailed:
    fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
    return QueryFailed(fields.get(b"C", "XX000"), fields.get(b"M", "unknown error"))
