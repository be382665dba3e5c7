"""The cases of the kill matrix: what happens to a run, and at which of its messages.

A message is a statement as the engine sends it: BEGIN, one of a file, a record, COMMIT, a question.
Parse, Bind, Describe and Execute are one, since nothing happens on the server before the last of
them. The protocol's messages, one by one, are the kinds `cut-message` and `kill-message`. In front
of a plain PostgreSQL an Execute, a Query and a Sync are one message each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

# What the double is told, after the first so many messages. With `kill` the process gets SIGKILL.
MESSAGE_KINDS: dict[str, dict[str, Any]] = {
    "cut-before": {"kind": "cut_before"},  # the message, and what is behind it, is never delivered
    "cut-delivered": {"kind": "cut_delivered"},  # the server goes on while the client comes back
    "cut-executed": {"kind": "cut_after"},  # the answer is lost
    "kill-before": {"kind": "cut_before", "kill": True},
    "kill-delivered": {"kind": "cut_delivered", "kill": True},
}
PROTOCOL_KINDS: dict[str, dict[str, Any]] = {
    "cut-message": {"kind": "cut_message"},
    "kill-message": {"kind": "cut_message", "kill": True},
}
DOORS = ("accept", "handshake", "connect", "password")
DOOR_KINDS: dict[str, dict[str, Any]] = {
    f"{how}-{door}": {"kind": f"drop_{door}"} | ({"kill": True} if how == "kill" else {})
    for how in ("cut", "kill")
    for door in DOORS
}
KINDS = MESSAGE_KINDS | PROTOCOL_KINDS | DOOR_KINDS
DOOR_STRIDE = 50  # whose connection is lost at every so manyth message
FEWER = 4
KILLED = {name for name, fault in KINDS.items() if fault.get("kill")}


@dataclass(frozen=True)
class Case:
    """`at` messages pass first. At a door `at` is -1 for the first connection; from 0 the
    connection is cut at that message, and the door is the new one's."""

    kind: str
    at: int

    def __str__(self) -> str:
        return f"{self.kind}@{self.at}"

    @property
    def is_kill(self) -> bool:
        return self.kind in KILLED

    def faults(self) -> list[dict[str, Any]]:
        if self.kind not in DOOR_KINDS:
            return [KINDS[self.kind] | {"skip": self.at}]
        if self.at < 0:
            return [KINDS[self.kind]]
        return [
            MESSAGE_KINDS["cut-delivered"] | {"skip": self.at},
            KINDS[self.kind] | {"skip": 1},
        ]


def kinds_for(files: str) -> list[str]:
    """What a matrix with these files is made of, unless told otherwise."""
    return [*MESSAGE_KINDS] if files.endswith("postgres") else [*MESSAGE_KINDS, *DOOR_KINDS]


def parse_case(text: str) -> Case:
    kind, _, at = text.partition("@")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    return Case(kind, int(at))


def make_cases(
    kinds: list[str],
    messages: int,
    protocol_messages: int,
    stride: int,
    fewer: Collection[str] = (),
) -> Iterator[Case]:
    """Every `stride`th message with each of `kinds`, each kind from another one on, and of those
    that are `fewer` every fourth of these; the doors of a few connections."""
    for place, kind in enumerate(kinds):
        if kind in DOOR_KINDS:
            yield from (Case(kind, at) for at in range(-1, messages, DOOR_STRIDE * stride))
        else:
            count = protocol_messages if kind in PROTOCOL_KINDS else messages
            step = stride * (FEWER if kind in fewer else 1)
            yield from (Case(kind, at) for at in range(place % step, count, step))
