"""PostgreSQL's protocol 3.0: framing, and the few messages the double writes itself."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from typing import NamedTuple

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL_3 = 196608


class Message(NamedTuple):
    kind: bytes
    body: bytes


class MessageTooLong(Exception):
    """A client message over the limit; the connection cannot be used any further."""


class Stream:
    """Messages over one connection. Reading raises EOFError when the peer is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._out = bytearray()  # goes out before the next wait
        self._abandoned = False
        self.held = False  # nothing goes out

    async def read_exactly(self, size: int) -> bytes:
        self._push()
        try:
            return await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            raise EOFError from None

    async def read(self, limit: int | None = None) -> Message:
        head = await self.read_exactly(5)
        size = int.from_bytes(head[1:], "big") - 4
        if size < 0 or (limit is not None and size > limit):
            raise MessageTooLong
        return Message(head[:1], await self.read_exactly(size))

    def write(self, kind: bytes, body: bytes = b"") -> None:
        self._out += encode(kind, body)

    def write_raw(self, data: bytes) -> None:
        self._out += data

    def _push(self) -> None:
        if self.held:
            return
        if self._out and not self._abandoned:
            self._writer.write(bytes(self._out))
        self._out.clear()

    async def drain(self) -> None:
        self._push()
        if self._abandoned:
            return
        try:
            await self._writer.drain()
        except (ConnectionError, OSError):
            raise EOFError from None

    def abort(self) -> None:
        """Ends the connection at once, with nothing said."""
        # asyncio lets go of a TLS connection that was closed and lost, and then cannot abort it.
        with suppress(AttributeError):
            self._writer.transport.abort()

    def abandon(self) -> None:
        """As abort(), but what the peer has sent until now can still be read."""
        self._abandoned = True
        self.abort()

    async def close(self) -> None:
        """Ends the connection after what was written has gone out."""
        self._push()
        try:
            await asyncio.wait_for(self._writer.drain(), 2)
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), 2)
        except (OSError, TimeoutError):
            self.abort()


def encode(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def encode_startup(parameters: dict[str, str]) -> bytes:
    text = "".join(f"{name}\0{value}\0" for name, value in parameters.items()) + "\0"
    body = struct.pack("!I", PROTOCOL_3) + text.encode()
    return struct.pack("!I", len(body) + 4) + body


def parse_startup(body: bytes) -> dict[str, str]:
    """The parameters of a startup packet, given without its length and version."""
    parts = body.decode("utf-8", "replace").split("\0")
    return {name: value for name, value in zip(parts[::2], parts[1::2], strict=False) if name}


def make_error(
    sqlstate: str,
    message: str,
    *,
    severity: str = "ERROR",
    detail: str | None = None,
    hint: str | None = None,
    position: int | None = None,
) -> bytes:
    """The body of an ErrorResponse."""
    fields = {"S": severity, "V": severity, "C": sqlstate, "M": message}
    fields |= {"D": detail} if detail else {}
    fields |= {"H": hint} if hint else {}
    fields |= {"P": str(position)} if position else {}
    return make_fields(fields)


def make_fields(fields: dict[str, str]) -> bytes:
    return b"".join(k.encode() + v.encode() + b"\0" for k, v in fields.items()) + b"\0"


def parse_fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse."""
    parts = body.rstrip(b"\0").split(b"\0")
    return {part[:1].decode(): part[1:].decode("utf-8", "replace") for part in parts if part}


def make_parse(name: bytes, sql: str, types: bytes = b"\0\0") -> bytes:
    return name + b"\0" + sql.encode() + b"\0" + types


def make_bind(portal: bytes = b"", name: bytes = b"") -> bytes:
    """No parameters; every column as text."""
    return portal + b"\0" + name + b"\0" + b"\0\0" * 3


def make_execute(portal: bytes = b"") -> bytes:
    return portal + b"\0" + b"\0\0\0\0"


def split_name(body: bytes) -> tuple[bytes, bytes]:
    """A zero-terminated name and what follows it."""
    name, _, rest = body.partition(b"\0")
    return name, rest


def parse_row(body: bytes) -> tuple[str | None, ...]:
    (count,) = struct.unpack_from("!H", body)
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(values)
