"""Faults on demand. A fault waits for an event it fits, and then happens."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
from dataclasses import dataclass, field, fields
from typing import Any

from tests.dsql.refusal import Refused

# What happens, and at which event. A `statement` event comes before a statement is
# given to PostgreSQL, `after` when it has run there but nothing has been answered,
# `commit` before whatever would make written rows permanent. On the way in: `accept`
# is TCP's, `handshake` TLS's end, `connect` the startup message, `password` the token.
KINDS = {
    "oc000": "commit",
    "oc001": "statement",
    "unavailable": "statement",
    "unavailable_after": "after",
    "error": "statement",
    "error_after": "after",
    "delay": "statement",
    "hold": "statement",
    "cut_before": "statement",
    "cut_delivered": "statement",
    "cut_after": "after",
    "cut_message": "message",
    "waking_up": "connect",
    "too_many_connections": "connect",
    "connection_rate": "connect",
    "refuse_connect": "connect",
    "drop_accept": "accept",
    "drop_handshake": "handshake",
    "drop_connect": "connect",
    "drop_password": "password",
}

ERRORS = {
    "oc000": ("40001", "change conflicts with another transaction (OC000)"),
    "oc001": ("40001", "schema has been updated by another transaction (OC001)"),
    "unavailable": ("XX000", "server unavailable"),
    "unavailable_after": ("XX000", "server unavailable"),
    # The SQLSTATE of this one is not in any source: cannot_connect_now.
    "waking_up": ("57P03", "unable to accept connection, waking up cluster, please retry later"),
    # The quota page gives the SQLSTATEs, not the texts.
    "too_many_connections": ("53300", "unable to accept connection, too many connections"),
    "connection_rate": ("53400", "unable to accept connection, connection rate exceeded"),
    "refuse_connect": ("28000", "unable to accept connection, access denied"),
}


HOLD_LOOK = 0.005


class Cut(Exception):
    """The connection ends here, without a word to the client."""


@dataclass
class Fault:
    """`match` is a part of the statement in any case, `application` the whole
    application_name; empty fits all. The first `skip` fitting events pass, then
    `times` of them (None: all) are hit, each with `probability`."""

    kind: str
    match: str = ""
    application: str = ""
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    seconds: float = 0.0  # for delay; for cut_delivered how long the server takes to go on
    sqlstate: str = "XX000"  # for error and error_after
    message: str = "injected error"
    kill: bool = False  # the client's process is killed first, as soon as `pid` is known
    pid: int = 0
    number: int = 0
    seen: int = 0
    fired: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        self._random = random.Random(self.seed)

    def hits(self, event: str, sql: str, application: str) -> bool:
        """Whether it happens now; counts the event either way."""
        if KINDS[self.kind] != event or (self.times is not None and self.fired >= self.times):
            return False
        if self.match.lower() not in sql.lower():
            return False
        if self.application and self.application != application:
            return False
        self.seen += 1
        if self.seen <= self.skip or self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    async def kill_client(self) -> None:
        """Where it is to be killed; the client is gone afterwards, as by the kernel's hand."""
        while self.kill and not self.pid:
            await asyncio.sleep(0.001)  # started, but its starter has not told us yet
        if self.kill:
            os.kill(self.pid, signal.SIGKILL)

    def error(self) -> Refused | None:
        """The error it answers with; None for what is no error."""
        if self.kind in ("error", "error_after"):
            return Refused(self.message, self.sqlstate)
        if self.kind in ERRORS:
            sqlstate, message = ERRORS[self.kind]
            return Refused(message, sqlstate)
        return None

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "_random"}


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, kind: str, **values: Any) -> Fault:
        """Raises ValueError for an unknown kind or field."""
        known = {f.name for f in fields(Fault)} - {"number", "seen", "fired", "_random", "kind"}
        for name in values:
            if name not in known:
                raise ValueError(f"unknown field {name!r}; known: {', '.join(sorted(known))}")
        fault = Fault(kind, **values)
        fault.number = next(self._numbers)
        self._faults.append(fault)
        return fault

    def find(self, event: str, sql: str = "", application: str = "") -> Fault | None:
        """The first fault that this event sets off."""
        for fault in self._faults:
            if fault.hits(event, sql, application):
                return fault
        return None

    def all(self) -> list[Fault]:
        return list(self._faults)

    def set_pid(self, number: int, pid: int) -> None:
        """Tells whom to kill."""
        for fault in self._faults:
            if fault.number == number:
                fault.pid = pid

    def remove(self, number: int) -> None:
        self._faults = [fault for fault in self._faults if fault.number != number]

    def clear(self) -> None:
        self._faults.clear()

    async def stay(self, fault: Fault) -> None:
        """Until the fault has been removed."""
        while any(other is fault for other in self._faults):
            await asyncio.sleep(HOLD_LOOK)
