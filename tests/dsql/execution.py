"""How statements run: checks and faults before, PostgreSQL, limits and faults after."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tests.dsql import wire
from tests.dsql.cluster import Cluster
from tests.dsql.faults import ERRORS, Cut, Fault
from tests.dsql.journal import Entry
from tests.dsql.refusal import Refused
from tests.dsql.statement import Kind, Row, Statement
from tests.dsql.transaction import Transaction
from tests.dsql.wire import Message, Stream

if TYPE_CHECKING:
    from tests.dsql.session import Session

# A statement that fails in every state, which puts PostgreSQL where a refusal must
# leave it: skipping up to the Sync, the transaction aborted.
POISON = wire.make_parse(b"", "(refused by the double)")
ENDS = (b"C", b"I", b"s")
ASK = b"_double_ask"
ON_THE_WIRE = 0.002  # so long the rest of a flight takes to arrive
SERVER_VERSION = b"server_version\x0016.15\x00"


class Answered(Exception):
    """PostgreSQL failed while it was asked something, and the client has its error."""


class Execution:
    def __init__(
        self,
        session: Session,
        cluster: Cluster,
        client: Stream,
        server: Stream,
        startup: dict[str, str],
    ) -> None:
        self.application = startup.get("application_name", "")
        self.user = startup.get("user", "")
        self.skipping = False  # an error was answered; messages are ignored up to the Sync
        self.failed = False  # the explicit transaction is aborted
        self._broken = False  # PostgreSQL has had an error since the last Sync
        self._session = session
        self._cluster = cluster
        self._client = client
        self._server = server
        self._pending: deque[Statement | None] = deque()  # what PostgreSQL owes answers to
        self._transaction = Transaction(cluster.settings)
        self._suspended: set[bytes] = set()
        self._mute = False  # the connection will be cut before anything more is answered

    # What goes to the client ------------------------------------------------------

    def relay(self, message: Message) -> None:
        if self._mute:
            return
        body = message.body
        if message.kind == b"S" and body.startswith(b"server_version\0"):
            body = SERVER_VERSION
        if message.kind == b"S" and body.startswith(b"application_name\0"):
            self.application = body.split(b"\0")[1].decode("utf-8", "replace")
        self._client.write(message.kind, body)

    def record(self, sql: str, protocol: str) -> Entry:
        return self._cluster.journal.add(
            self._session.number,
            "statement",
            sql=sql,
            user=self.user,
            application=self.application,
            protocol=protocol,
        )

    # What goes to PostgreSQL --------------------------------------------------------

    def text_of(self, statement: Statement | None) -> str:
        """What PostgreSQL gets; in an aborted transaction anything gets the same answer."""
        if statement is None:
            return ""
        if self.failed and statement.kind not in (Kind.COMMIT, Kind.ROLLBACK):
            return "SELECT"
        return statement.postgres

    def forward(self, kind: bytes, body: bytes, statement: Statement | None) -> None:
        """Passes on a message that gets one answer."""
        self._server.write(kind, body)
        self._pending.append(statement)

    async def settle(self) -> None:
        """Reads the answers still owed, up to an error."""
        if not self._pending:
            return
        self._server.write(b"H")
        while self._pending and not self.skipping:
            message = await self._server.read()
            if message.kind == b"E":
                self._fail_pending(message.body)
            else:
                self.relay(message)
                if message.kind in (b"1", b"2", b"3", b"T", b"n"):
                    self._pending.popleft()

    def _fail_pending(self, body: bytes) -> None:
        statement = self._pending.popleft() if self._pending else None
        outcome = self._relay_error(body, statement)
        if statement:
            self.record(statement.shown, "extended").finish(outcome)

    async def sync(self) -> None:
        """Ends the implicit transaction and answers ReadyForQuery."""
        self._server.write(b"S")
        while True:
            message = await self._server.read()
            if message.kind == b"E":
                self._fail_pending(message.body)
            elif message.kind == b"Z":
                break
            else:
                self.relay(message)
                if self._pending and message.kind in (b"1", b"2", b"3", b"T", b"n"):
                    self._pending.popleft()
        self._pending.clear()
        if message.body == b"I":
            self._end_transaction(committed=not self._broken)
        self.skipping = self._broken = False
        self.failed = message.body == b"E"
        if self._mute:
            raise Cut
        self.relay(message)
        await self._client.drain()

    def _end_transaction(self, committed: bool) -> None:
        if committed and self._transaction.ddl:
            self._cluster.catalog_changed(self._session)
        self._transaction.reset()

    # One statement --------------------------------------------------------------------

    async def end_jobs_for(self, statement: Statement | None) -> None:
        """Before a look at the jobs takes its snapshot, where they are to take no time."""
        if statement and self._cluster.settings.job_delay == 0 and "sys.jobs" in statement.sql:
            await self._cluster.end_jobs()

    async def run_simple(self, statement: Statement) -> None:
        """A statement of a simple Query: its rows and its tag, or an error."""
        await self.settle()
        if self.skipping:
            return
        entry = self.record(statement.shown, "simple")
        if not await self._before(statement, entry):
            return
        await self.end_jobs_for(statement)
        self._server.write(b"P", wire.make_parse(b"", self.text_of(statement)))
        self._server.write(b"B", wire.make_bind())
        self._server.write(b"D", b"P\0")
        self._server.write(b"E", wire.make_execute())
        await self._finish(statement, entry, None, simple=True)

    async def run_portal(self, portal: bytes, body: bytes, statement: Statement | None) -> None:
        """An Execute of the extended protocol."""
        await self.settle()
        if self.skipping:
            return
        if statement is None:
            self._server.write(b"E", body)
            await self._finish(None, None, portal)
            return
        entry = self.record(statement.shown, "extended")
        if portal not in self._suspended and not await self._before(statement, entry):
            return
        self._server.write(b"E", body)
        await self._finish(statement, entry, portal)

    async def _before(self, statement: Statement, entry: Entry) -> bool:
        """Checks and faults; False when the statement was answered with an error."""
        try:
            if not self.failed:
                await self._check(statement)
        except Refused as refusal:
            if statement.kind == Kind.COMMIT:
                await self._roll_back()
            await self.refuse(refusal)
            entry.finish(f"{refusal.sqlstate} {refusal.message}")
            return False
        except Answered as answered:
            entry.finish(str(answered))
            return False
        except Cut:
            entry.finish("cut")
            raise
        if not self.failed:
            self._transaction.note(statement)
        return True

    async def _check(self, statement: Statement) -> None:
        if statement.refusal:
            raise statement.refusal
        await self._inject(statement)
        if self._cluster.is_out_of_date(self._session) and statement.kind != Kind.ROLLBACK:
            sqlstate, message = ERRORS["oc001"]
            raise Refused(message, sqlstate)
        self._transaction.check(statement)
        for check in statement.checks:
            await check(self._ask, self._cluster.settings)

    async def _inject(self, statement: Statement) -> None:
        """The faults set for now; raises Refused or Cut."""
        fault = self._find("statement", statement)
        if fault is None and self._commits_rows(statement):
            fault = self._find("commit", statement)
        if fault is None:
            return
        await fault.kill_client()
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "hold":
            await self._cluster.faults.stay(fault)
        elif fault.kind == "cut_before":
            raise Cut
        elif fault.kind == "cut_delivered":
            await asyncio.sleep(ON_THE_WIRE)
            self._client.abandon()
            await asyncio.sleep(fault.seconds)
        else:
            error = fault.error()
            assert error
            raise error

    def _find(self, event: str, statement: Statement) -> Fault | None:
        return self._cluster.faults.find(event, statement.sql, self.application)

    def _commits_rows(self, statement: Statement) -> bool:
        if statement.kind == Kind.COMMIT:
            return self._transaction.dml
        return statement.kind == Kind.DML and not self._transaction.explicit

    async def _finish(
        self,
        statement: Statement | None,
        entry: Entry | None,
        portal: bytes | None,
        simple: bool = False,
    ) -> None:
        """Relays what PostgreSQL answers, up to the statement's end."""
        after = self._find("after", statement) if statement and not self.failed else None
        if after:
            # Nothing has been answered yet, and nothing will be: as good as when it has run.
            await after.kill_client()
        self._mute = self._mute or (after is not None and after.kind == "cut_after")
        self._server.write(b"H")
        while True:
            message = await self._server.read()
            if message.kind == b"E":
                outcome = self._relay_error(message.body, statement, shift=simple)
                if entry:
                    entry.finish(outcome)
                return
            if message.kind in ENDS:
                break
            if simple and message.kind in (b"1", b"2", b"n"):
                continue
            self.relay(message)
            if message.kind in (b"G", b"W"):
                await self._copy_in()
            await self._client.drain()
        if portal is not None:
            (self._suspended.add if message.kind == b"s" else self._suspended.discard)(portal)
        if statement is None or entry is None or message.kind != b"C":
            self.relay(message)
            return
        await self._after(statement, entry, message, after)

    async def _after(
        self, statement: Statement, entry: Entry, message: Message, after: Fault | None
    ) -> None:
        """PostgreSQL has run it: limits, faults, the tag, the end of a transaction."""
        tag = message.body.rstrip(b"\0").decode()
        try:
            self._transaction.note_tag(statement, tag)
        except Refused as refusal:
            await self.refuse(refusal)
            entry.finish(f"{refusal.sqlstate} {refusal.message}")
            return
        shown = statement.tag or tag
        if statement.kind in (Kind.COMMIT, Kind.ROLLBACK):
            self.failed = False
            self._end_transaction(committed=tag == "COMMIT")
        entry.finish(shown if after is None else f"{shown} ({after.kind})")
        error = after.error() if after else None
        if error:  # an open transaction is lost with it, what is committed stays
            await (self.refuse if self._transaction.explicit else self._answer)(error)
            return
        if self._mute and (self._transaction.explicit or statement.kind == Kind.COMMIT):
            raise Cut
        self.relay(Message(b"C", shown.encode() + b"\0"))

    # Errors -----------------------------------------------------------------------------

    async def refuse(self, refusal: Refused) -> None:
        """Answers with an error, and brings PostgreSQL to where an error leaves it."""
        await self.settle()
        if self.skipping:
            return
        self._server.write(b"P", POISON)
        self._server.write(b"H")
        while (await self._server.read()).kind != b"E":
            pass
        self._broken = True
        await self._answer(refusal)

    async def _answer(self, refusal: Refused) -> None:
        """The error alone: PostgreSQL has done its work, and keeps it."""
        body = wire.make_error(
            refusal.sqlstate,
            refusal.message,
            detail=refusal.detail,
            hint=refusal.hint,
            position=refusal.position,
        )
        self.relay(Message(b"E", body))
        self.skipping = True

    async def _roll_back(self) -> None:
        """In place of a COMMIT that fails: nothing stays, and the transaction is over."""
        self._server.write(b"P", wire.make_parse(b"", "ROLLBACK"))
        self._server.write(b"B", wire.make_bind())
        self._server.write(b"E", wire.make_execute())
        self._server.write(b"H")
        while (await self._server.read()).kind not in (b"C", b"E"):
            pass
        self._transaction.reset()

    def _relay_error(self, body: bytes, statement: Statement | None, shift: bool = False) -> str:
        """PostgreSQL's own error, in Aurora DSQL's words; the journal's outcome."""
        fields = wire.parse_fields(body)
        if fields.get("C") in ("40001", "40P01", "55P03"):
            ddl = statement is not None and statement.kind == Kind.DDL
            fields["C"], fields["M"] = ERRORS["oc001" if ddl else "oc000"]
            fields.pop("D", None)
            fields.pop("H", None)
        if "function sys." in fields.get("W", ""):  # the double's own insides
            del fields["W"]
        if statement is not None and statement.rewritten:
            for name in "WpqPstcdn":
                fields.pop(name, None)
        elif shift and statement is not None and "P" in fields:
            fields["P"] = str(int(fields["P"]) + statement.offset)
        self.relay(Message(b"E", wire.make_fields(fields)))
        self.skipping = self._broken = True
        self._pending.clear()
        return f"{fields.get('C')} {fields.get('M')}"

    # Smaller conversations ----------------------------------------------------------------

    async def _ask(self, sql: str) -> list[Row]:
        """A question on this session's own connection, within its transaction."""
        self._server.write(b"P", wire.make_parse(ASK, sql))
        self._server.write(b"B", wire.make_bind(ASK, ASK))
        self._server.write(b"E", wire.make_execute(ASK))
        self._server.write(b"C", b"P" + ASK + b"\0")
        self._server.write(b"C", b"S" + ASK + b"\0")
        self._server.write(b"H")
        rows: list[Row] = []
        closed = 0
        while closed < 2:
            message = await self._server.read()
            if message.kind == b"D":
                rows.append(wire.parse_row(message.body))
            elif message.kind == b"3":
                closed += 1
            elif message.kind == b"E":
                raise Answered(self._relay_error(message.body, None))
        return rows

    async def _copy_in(self) -> None:
        """Passes on the client's COPY data up to its end."""
        await self._client.drain()
        while True:
            message = await self._client.read(self._cluster.settings.message_bytes)
            if message.kind not in (b"d", b"c", b"f"):
                continue  # Flush and Sync do nothing here, as in PostgreSQL
            self._server.write(message.kind, message.body)
            await self._server.drain()
            if message.kind != b"d":
                self._server.write(b"H")  # the one sent before was taken as COPY's own
                return
