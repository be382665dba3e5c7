"""From an accepted socket to a session: TLS, server name, startup, token, role."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from tests.dsql import auth, session_rules, upstream, wire
from tests.dsql.cluster import Cluster
from tests.dsql.faults import Cut
from tests.dsql.refusal import Refused
from tests.dsql.session import Session
from tests.dsql.statement import quote_literal
from tests.dsql.tls import open_stream
from tests.dsql.wire import Stream

MAX_STARTUP = 10_000
# What a plaintext client hears is in no source, only that it is refused.
NO_TLS = Refused("unable to accept connection, SSL is required", "28000")
NO_SNI = Refused("unable to accept connection, sni was not received", "28000")


@dataclass
class Visitor:
    """A client on its way in."""

    stream: Stream
    server_name: str | None
    startup: dict[str, str]

    @property
    def user(self) -> str:
        return self.startup.get("user", "")


class FrontDoor:
    def __init__(self, cluster: Cluster, context: ssl.SSLContext) -> None:
        self._cluster = cluster
        self._context = context

    async def serve(self, connection: socket.socket) -> None:
        """One connection, from its first byte to its last."""
        try:
            await self._pass("accept")
            stream, name = await self._open(connection)
        except (OSError, EOFError, TimeoutError, Cut):
            connection.close()
            return
        if stream is None:
            return
        try:
            await self._pass("handshake")
            visitor = await self._read_startup(stream, name)
            if visitor:
                await self._serve_visitor(visitor)
        except (EOFError, Cut):
            pass
        finally:
            stream.abort()

    async def _pass(self, event: str, application: str = "") -> None:
        """Raises what a fault set for here says: Refused or Cut."""
        fault = self._cluster.faults.find(event, application=application)
        if fault:
            await fault.kill_client()
            raise fault.error() or Cut

    async def _open(self, connection: socket.socket) -> tuple[Stream | None, str | None]:
        """A TLS stream; or none, after a cancel request or a plaintext client's refusal."""
        latency = self._cluster.settings.latency
        await asyncio.sleep(latency * 2)  # the request for TLS and its handshake
        if await _peek(connection) == b"\x16":
            return await open_stream(connection, self._context, latency)
        while True:
            head = await _read_exactly(connection, 8)
            size, code = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
            if code == wire.SSL_REQUEST:
                await asyncio.get_running_loop().sock_sendall(connection, b"S")
                return await open_stream(connection, self._context, latency)
            if code == wire.GSS_REQUEST:
                await asyncio.get_running_loop().sock_sendall(connection, b"N")
            elif code == wire.CANCEL_REQUEST and size == 16:
                await self._cancel(head + await _read_exactly(connection, 8))
                connection.close()
                return None, None
            else:
                await self._refuse_plaintext(connection)
                return None, None

    async def _refuse_plaintext(self, connection: socket.socket) -> None:
        stream, _ = await open_stream(connection, None, 0)
        await self._refuse(stream, NO_TLS, "plaintext")

    async def _cancel(self, request: bytes) -> None:
        """Whether a cluster takes these is open; here PostgreSQL gets them as they are."""
        reader, writer = await asyncio.open_unix_connection(self._cluster.socket_path)
        writer.write(request)
        await reader.read()
        writer.close()

    async def _read_startup(self, stream: Stream, name: str | None) -> Visitor | None:
        head = await stream.read_exactly(8)
        size, code = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if code == wire.CANCEL_REQUEST and size == 16:
            await self._cancel(head + await stream.read_exactly(8))
            return None
        if code >> 16 != 3 or not 8 <= size <= MAX_STARTUP:
            await self._refuse(
                stream, Refused("unsupported frontend protocol", "0A000"), "protocol"
            )
            return None
        body = await stream.read_exactly(size - 8)
        if code != wire.PROTOCOL_3:  # offer what PostgreSQL 16 has
            stream.write(b"v", (wire.PROTOCOL_3).to_bytes(4, "big") + bytes(4))
        return Visitor(stream, name, wire.parse_startup(body))

    async def _serve_visitor(self, visitor: Visitor) -> None:
        try:
            parameters = await self._admit(visitor)
            server, greeting = await upstream.connect(self._cluster.socket_path, parameters)
        except Refused as refusal:
            await self._refuse(visitor.stream, refusal, visitor.user)
            return
        session = Session(self._cluster, visitor.stream, server, visitor.startup)
        await session.run(greeting)

    async def _admit(self, visitor: Visitor) -> dict[str, str]:
        """PostgreSQL's startup parameters for a client that may come in; raises Refused."""
        application = visitor.startup.get("application_name", "")
        await self._pass("connect", application)
        if not visitor.server_name:
            raise NO_SNI
        parameters = session_rules.upstream_parameters(visitor.startup)
        database = visitor.startup.get("database", visitor.user)
        if database != "postgres":
            raise Refused(f'database "{database}" does not exist', "3D000")
        token = await self._ask_password(visitor.stream)
        await self._pass("password", application)
        settings = self._cluster.settings
        now = datetime.now(timezone.utc) + timedelta(seconds=settings.clock_offset)
        auth.check_token(token, visitor.user, self._host_of(visitor), settings.keys, now)
        await self._check_role(visitor.user)
        parameters["lock_timeout"] = f"{settings.lock_timeout * 1000:.0f}ms"
        parameters["dsql.indexes"] = str(settings.indexes)
        parameters["dsql.wait_for_job_timeout"] = str(settings.wait_for_job_timeout)
        return {"user": visitor.user, "database": "postgres", **parameters}

    def _host_of(self, visitor: Visitor) -> str:
        """The name a token must be signed for: as connected to, or the cluster named in options."""
        cluster = session_rules.cluster_id(visitor.startup)
        if cluster:
            region = auth.region_of(self._cluster.settings.host_name)
            return f"{cluster}.dsql.{region}.on.aws".lower()
        return (visitor.server_name or "").lower()

    async def _ask_password(self, stream: Stream) -> str:
        stream.write(b"R", (3).to_bytes(4, "big"))
        await stream.drain()
        message = await stream.read(limit=1 << 16)
        if message.kind != b"p":
            raise Refused("expected password response", "08P01")
        return message.body.rstrip(b"\0").decode("utf-8", "replace")

    async def _check_role(self, user: str) -> None:
        if user == "admin":
            return
        sql = f"SELECT FROM sys.iam_pg_role_mappings WHERE pg_role_name = {quote_literal(user)}"
        if not await self._cluster.ask(sql):
            raise Refused(f'IAM authentication failed for user "{user}"', auth.SQLSTATE)

    async def _refuse(self, stream: Stream, refusal: Refused, user: str) -> None:
        reason = getattr(refusal, "reason", refusal.message)
        entry = self._cluster.journal.add(0, "connect", user=user)
        entry.finish(f"{refusal.sqlstate} {reason}")
        body = wire.make_error(
            refusal.sqlstate, refusal.message, severity="FATAL", hint=refusal.hint
        )
        stream.write(b"E", body)
        await stream.close()


async def _peek(connection: socket.socket) -> bytes:
    """The first byte, left where it is."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            ready = asyncio.Event()
            loop.add_reader(connection, ready.set)
            try:
                await ready.wait()
            finally:
                loop.remove_reader(connection)


async def _read_exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = await asyncio.get_running_loop().sock_recv(connection, size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data
