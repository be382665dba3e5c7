"""One client's session: its messages in order, against one PostgreSQL connection.

Everything runs through PostgreSQL's extended protocol, a simple Query too, one
statement after another and one Sync at its end, so there is one way for a statement
to run and PostgreSQL itself keeps the state of the transaction. To refuse a
statement the double gives PostgreSQL one that fails, and puts its own error in the
place of that failure: what follows (the skipped messages, the aborted transaction,
25P02) is then PostgreSQL's own doing.
"""

from __future__ import annotations

import asyncio

from tests.dsql import rules, wire
from tests.dsql.cluster import Cluster
from tests.dsql.execution import Execution
from tests.dsql.faults import Cut
from tests.dsql.refusal import Refused
from tests.dsql.statement import Statement
from tests.dsql.wire import Message, Stream

TOO_LONG = Refused("invalid message length", "08P01")


class Session:
    def __init__(
        self, cluster: Cluster, client: Stream, server: Stream, startup: dict[str, str]
    ) -> None:
        self.number = cluster.next_number()
        self.seen_catalog = cluster.catalog_version
        self._cluster = cluster
        self._client = client
        self._server = server
        self._startup = startup
        self._run = Execution(self, cluster, client, server, startup)
        self._statements: dict[bytes, Statement | None] = {}
        self._portals: dict[bytes, Statement | None] = {}
        self._in_pipeline = 0  # statements since the last Sync

    def cut(self) -> None:
        self._client.abort()
        self._server.abort()

    async def run(self, greeting: list[Message]) -> None:
        """Until the client leaves, the connection is cut or its time is over."""
        user = self._startup.get("user", "")
        application = self._startup.get("application_name", "")
        entry = self._cluster.journal.add(
            self.number, "connect", user=user, application=application
        )
        entry.finish("ok")
        self._cluster.sessions[self.number] = self
        life = self._cluster.settings.connection_life
        end = asyncio.get_running_loop().call_later(life, self.cut)
        try:
            await self._greet(greeting)
            await self._serve()
        except (EOFError, Cut):
            pass
        finally:
            end.cancel()
            self.cut()
            self._cluster.sessions.pop(self.number, None)
            self._cluster.journal.add(self.number, "disconnect", user=user).finish("closed")

    async def _greet(self, greeting: list[Message]) -> None:
        for message in greeting:
            self._run.relay(message)
        await self._client.drain()

    async def _serve(self) -> None:
        while True:
            try:
                message = await self._client.read(self._cluster.settings.message_bytes)
            except wire.MessageTooLong:
                body = wire.make_error(TOO_LONG.sqlstate, TOO_LONG.message, severity="FATAL")
                self._client.write(b"E", body)
                await self._client.close()
                return
            fault = self._cluster.faults.find("message", application=self._run.application)
            if fault:
                await fault.kill_client()
                raise Cut
            if message.kind == b"X":
                self._server.write(b"X")
                await self._server.drain()
                return
            await self._handle(message)

    async def _handle(self, message: Message) -> None:
        self._client.held = self._cluster.settings.ignores_flush and message.kind in EXTENDED
        if message.kind == b"S":
            self._in_pipeline = 0
            await self._run.sync()
        elif self._run.skipping:
            return
        elif message.kind == b"Q":
            await self._simple_query(message.body)
        elif message.kind == b"F":
            await self._run.refuse(Refused("unsupported statement: FunctionCall"))
            await self._run.sync()
        elif message.kind in EXTENDED:
            await EXTENDED[message.kind](self, message.body)
        elif message.kind not in b"dcf":  # left over from a COPY that failed
            await self._run.refuse(
                Refused(f"invalid frontend message type {message.kind[0]}", "08P01")
            )

    async def _simple_query(self, body: bytes) -> None:
        try:
            statements = self._analyse(body.rstrip(b"\0"), "simple")
        except Refused as refusal:
            await self._run.refuse(refusal)
            await self._run.sync()
            return
        if not statements:
            self._client.write(b"I")
        for statement in statements:
            await self._run.run_simple(statement)
            if self._run.skipping:
                break
        await self._run.sync()

    def _analyse(self, text: bytes, protocol: str) -> list[Statement]:
        sql = text.decode("utf-8", "replace")
        try:
            return rules.analyse(_decode(text))
        except Refused as refusal:
            shown = "(a statement with a password)" if "password" in sql.lower() else sql
            self._run.record(shown, protocol).finish(_outcome(refusal))
            raise

    async def _parse(self, body: bytes) -> None:
        name, rest = wire.split_name(body)
        text, types = wire.split_name(rest)
        try:
            statements = self._analyse(text, "extended")
            if len(statements) > 1:
                message = "cannot insert multiple commands into a prepared statement"
                raise Refused(message, "42601")
            statement = statements[0] if statements else None
            if statement and statement.refusal and not self._run.failed:
                self._run.record(statement.shown, "extended").finish(_outcome(statement.refusal))
                raise statement.refusal
        except Refused as refusal:
            await self._run.refuse(refusal)
            return
        self._statements[name] = statement
        await self._run.end_jobs_for(statement)
        body = wire.make_parse(name, self._run.text_of(statement), types)
        self._run.forward(b"P", body, statement)

    async def _bind(self, body: bytes) -> None:
        portal, rest = wire.split_name(body)
        name, _ = wire.split_name(rest)
        statement = self._portals[portal] = self._statements.get(name)
        self._run.forward(b"B", body, statement)

    async def _describe(self, body: bytes) -> None:
        self._run.forward(b"D", body, None)

    async def _execute(self, body: bytes) -> None:
        portal, _ = wire.split_name(body)
        self._in_pipeline += 1
        limit = self._cluster.settings.pipeline
        if limit and self._in_pipeline > limit:  # no source says whether a cluster has a limit
            if self._cluster.settings.pipeline_cut:
                raise Cut
            await self._run.refuse(Refused("pipeline too long"))
            return
        await self._run.run_portal(portal, body, self._portals.get(portal))

    async def _close(self, body: bytes) -> None:
        self._run.forward(b"C", body, None)

    async def _flush(self, _: bytes) -> None:
        await self._run.settle()
        await self._client.drain()


EXTENDED = {
    b"P": Session._parse,
    b"B": Session._bind,
    b"D": Session._describe,
    b"E": Session._execute,
    b"C": Session._close,
    b"H": Session._flush,
}


def _outcome(refusal: Refused) -> str:
    return f"{refusal.sqlstate} {refusal.message}"


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        byte = text[error.start]
        message = f'invalid byte sequence for encoding "UTF8": 0x{byte:02x}'
        raise Refused(message, "22021") from None
