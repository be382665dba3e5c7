"""libpq as the double's tests use it: statement in, answer out, nothing in between.

psycopg's own cursors add transactions and prepared statements; these tests are about
exactly those, so they go through its plain libpq wrapper. libpq is never left to
wait by itself: it would keep the interpreter lock, which the double needs to answer.
"""

from __future__ import annotations

import select
import time
from dataclasses import dataclass

from psycopg import OperationalError, pq

FIELD = pq.DiagnosticField


@dataclass(frozen=True)
class Answer:
    """A command tag with rows, or an SQLSTATE with its message."""

    tag: str = ""
    rows: tuple[tuple[str | None, ...], ...] = ()
    columns: tuple[str, ...] = ()
    sqlstate: str = ""
    message: str = ""
    detail: str = ""
    position: int = 0

    @property
    def error(self) -> tuple[str, str]:
        return self.sqlstate, self.message

    @property
    def value(self) -> str | None:
        """The only column of the only row."""
        ((value,),) = self.rows
        return value


class ConnectionLost(Exception):
    """The connection ended in place of an answer."""


class Client:
    def __init__(self, arguments: dict[str, object]) -> None:
        """Raises RefusedAtConnect."""
        text = " ".join(f"{k}='{_escape(str(v))}'" for k, v in arguments.items())
        self._pg = pq.PGconn.connect_start(text.encode())
        _poll(self._pg)
        if self._pg.status != pq.ConnStatus.OK:
            message = self._pg.error_message.decode()
            self._pg.finish()
            raise RefusedAtConnect(message)

    def __call__(self, sql: str) -> Answer:
        """One statement as a simple Query."""
        (answer,) = self.simple(sql)
        return answer

    def simple(self, sql: str) -> list[Answer]:
        """All answers to one simple Query."""
        self._send("send_query", sql.encode())
        return self._answers()

    def extended(self, sql: str, *parameters: str) -> Answer:
        """Parse, Bind, Describe, Execute, Sync."""
        self._send("send_query_params", sql.encode(), [p.encode() for p in parameters])
        (answer,) = self._answers()
        return answer

    def prepare(self, name: str, sql: str) -> Answer:
        self._send("send_prepare", name.encode(), sql.encode())
        (answer,) = self._answers()
        return answer

    def execute(self, name: str, *parameters: str) -> Answer:
        self._send("send_query_prepared", name.encode(), [p.encode() for p in parameters])
        (answer,) = self._answers()
        return answer

    def pipeline(self, *statements: str) -> list[Answer]:
        """All statements, then one Sync. What was skipped answers with the tag `skipped`."""
        self._pg.enter_pipeline_mode()
        for sql in statements:
            self._send("send_query_params", sql.encode(), [])
        self._send("pipeline_sync")
        answers: list[Answer] = []
        for _ in statements:
            answers += self._answers()
        result = self._result()
        if result is None or result.status != pq.ExecStatus.PIPELINE_SYNC:
            raise ConnectionLost
        self._pg.exit_pipeline_mode()
        return answers

    def copy_in(self, sql: str, data: str) -> Answer:
        self._send("send_query", sql.encode())
        result = self._result()
        if result is None or result.status != pq.ExecStatus.COPY_IN:
            return _parse(result)
        self._send("put_copy_data", data.encode())
        self._send("put_copy_end")
        (answer,) = self._answers()
        return answer

    def job(self, sql: str) -> str:
        """Submits an asynchronous statement; its job id."""
        value = self(sql).value
        assert value is not None
        return value

    def wait(self, job: str) -> tuple[str | None, ...]:
        """Polls sys.jobs until the job has ended; its status and details."""
        for _ in range(500):
            rows = self(f"SELECT status, details FROM sys.jobs WHERE job_id = '{job}'").rows
            if rows and rows[0][0] in ("completed", "failed"):
                return rows[0]
            time.sleep(0.01)
        raise AssertionError(f"job {job} did not end")

    @property
    def state(self) -> pq.TransactionStatus:
        return pq.TransactionStatus(self._pg.transaction_status)

    def parameter(self, name: str) -> str:
        value = self._pg.parameter_status(name.encode())
        return value.decode() if value else ""

    def cancel(self) -> None:
        cancel = self._pg.cancel_conn()
        cancel.start()
        _poll(cancel)
        cancel.finish()

    def send(self, sql: str) -> None:
        self.send_bytes(sql.encode())

    def send_bytes(self, sql: bytes) -> None:
        self._send("send_query", sql)

    def receive(self) -> list[Answer]:
        return self._answers()

    def close(self) -> None:
        self._pg.finish()

    def _send(self, call: str, *arguments: object) -> None:
        try:
            getattr(self._pg, call)(*arguments)
        except OperationalError as error:
            raise ConnectionLost(str(error)) from None

    def _result(self) -> pq.abc.PGresult | None:
        while self._pg.is_busy():
            select.select([self._pg.socket], [], [])
            try:
                self._pg.consume_input()
            except OperationalError as error:
                raise ConnectionLost(str(error)) from None
        return self._pg.get_result()

    def _answers(self) -> list[Answer]:
        answers: list[Answer] = []
        while (result := self._result()) is not None:
            answers.append(_parse(result))
        if self._pg.status != pq.ConnStatus.OK:
            raise ConnectionLost(self._pg.error_message.decode())
        return answers


class RefusedAtConnect(Exception):
    pass


def _poll(connection: pq.abc.PGconn | pq.abc.PGcancelConn) -> None:
    """Connects, or fails to; the connection's status says which."""
    poll = getattr(connection, "connect_poll", None) or getattr(connection, "poll")  # noqa: B009
    while (state := poll()) not in (pq.PollingStatus.OK, pq.PollingStatus.FAILED):
        reading = [connection.socket] if state == pq.PollingStatus.READING else []
        writing = [connection.socket] if state == pq.PollingStatus.WRITING else []
        select.select(reading, writing, [])


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _parse(result: pq.abc.PGresult | None) -> Answer:
    if result is None:
        raise ConnectionLost
    if result.status == pq.ExecStatus.PIPELINE_ABORTED:
        return Answer(tag="skipped")
    if result.status == pq.ExecStatus.FATAL_ERROR:
        text = {f: (result.error_field(f) or b"").decode() for f in FIELD}
        return Answer(
            sqlstate=text[FIELD.SQLSTATE],
            message=text[FIELD.MESSAGE_PRIMARY],
            detail=text[FIELD.MESSAGE_DETAIL],
            position=int(text[FIELD.STATEMENT_POSITION] or 0),
        )
    rows = []
    for row in range(result.ntuples):
        cells = (result.get_value(row, column) for column in range(result.nfields))
        rows.append(tuple(None if cell is None else cell.decode() for cell in cells))
    names = tuple((result.fname(column) or b"").decode() for column in range(result.nfields))
    return Answer(tag=(result.command_status or b"").decode(), rows=tuple(rows), columns=names)
