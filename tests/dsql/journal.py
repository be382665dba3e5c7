"""What the double saw: every connection and every statement, in order, with its outcome.

Passwords and tokens never get here: the token is a protocol message, not a
statement, and a role statement that carries a password is recorded without its text.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

CAPACITY = 100_000


@dataclass
class Entry:
    """`outcome` is a command tag, `SQLSTATE message`, `cut`, or "" while under way."""

    number: int
    session: int
    event: str  # connect, statement, disconnect
    sql: str = ""
    user: str = ""
    application: str = ""
    protocol: str = ""  # simple, extended
    outcome: str = ""
    started: float = field(default_factory=time.time)
    seconds: float = 0.0

    def finish(self, outcome: str) -> None:
        if not self.outcome:
            self.outcome = outcome
            self.seconds = time.time() - self.started


class Journal:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)
        self._last = 0

    def add(self, session: int, event: str, **values: Any) -> Entry:
        self._last += 1
        entry = Entry(self._last, session, event, **values)
        self._entries.append(entry)
        return entry

    def entries(self, since: int = 0) -> list[Entry]:
        """Entries with a number above `since`, oldest first."""
        return [entry for entry in list(self._entries) if entry.number > since]

    def statements(self) -> list[str]:
        return [entry.sql for entry in self.entries() if entry.event == "statement"]

    def clear(self) -> None:
        self._entries.clear()

    def as_dicts(self, since: int = 0) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries(since)]
