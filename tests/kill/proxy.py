"""A TCP proxy in front of a PostgreSQL that cuts a connection, or kills its client, at a message.

Counted are the messages at which the server does something: Execute, Query and Sync. In clear text
only; what is on the way in (startup, password) passes.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from tests.dsql.wire import encode

COUNTED = (b"E", b"Q", b"S")
# CommandComplete, EmptyQueryResponse, PortalSuspended, ErrorResponse: the answers to an Execute.
ENDS = (b"C", b"I", b"s", b"E")
FLUSH = encode(b"H", b"")
ON_THE_WIRE = 0.002  # so long the rest of a flight takes to arrive
ANSWER_SECONDS = 5.0


@dataclass
class ProxyFault:
    """After `skip` counted messages. `kind` is before, delivered or executed."""

    kind: str
    skip: int
    kill: bool = False
    pid: int = 0
    seen: int = 0
    fired: int = 0


class Proxy:
    """Takes connections from construction to close(); the fault can be changed at any time."""

    def __init__(self, server_port: int) -> None:
        self.fault = ProxyFault("before", 1 << 30)
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Link(self, client, server).start()


class Link:
    """One client's connection and the server's."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._asked = 0  # answers the server owes for the messages it has got, and has owed
        self._answered = 0
        self._syncs: deque[int] = deque()  # _asked at each
        self._mute_from = 1 << 30  # so many answers pass
        self._changed = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._forward, daemon=True).start()
        threading.Thread(target=self._backward, daemon=True).start()

    def _forward(self) -> None:
        try:
            self._server.sendall(_read_message(self._client, kind=False))
            while self._pass_on(_read_message(self._client)):
                pass
            self._server.shutdown(socket.SHUT_WR)  # what it has got it may finish
        except (OSError, EOFError):
            _close(self._server)

    def _pass_on(self, message: bytes) -> bool:
        """False when nothing more is to follow."""
        if message[:1] not in COUNTED:
            self._server.sendall(message)
            return True
        fault = self._proxy.fault
        fault.seen += 1
        if not fault.fired and fault.seen > fault.skip:
            fault.fired = 1
            self._strike(fault, message)
            return False
        self._note_asked(message)
        self._server.sendall(message)
        return True

    def _note_asked(self, message: bytes) -> None:
        """A Query has two answers, its statement's and ReadyForQuery."""
        self._asked += 2 if message[:1] == b"Q" else 1
        if message[:1] != b"E":
            self._syncs.append(self._asked)

    def _note_answered(self, message: bytes) -> None:
        if message[:1] == b"Z":
            self._answered = self._syncs.popleft()  # what an error made it skip, too
        elif message[:1] in ENDS:
            self._answered += 1

    def _strike(self, fault: ProxyFault, message: bytes) -> None:
        while fault.kill and not fault.pid:
            time.sleep(0.001)
        if fault.kill:
            os.kill(fault.pid, signal.SIGKILL)
        if fault.kind == "before":
            _close(self._client)
            raise EOFError
        self._mute_from = self._asked
        self._note_asked(message)
        if fault.kind == "delivered":
            self._server.sendall(message + self._read_rest())
        else:
            self._server.sendall(message + (FLUSH if message[:1] == b"E" else b""))
            with self._changed:
                self._changed.wait_for(lambda: self._answered >= self._asked, ANSWER_SECONDS)
        _close(self._client)

    def _read_rest(self) -> bytes:
        """What has arrived behind the message."""
        time.sleep(ON_THE_WIRE)
        self._client.setblocking(False)
        rest = b""
        while True:
            try:
                part = self._client.recv(1 << 16)
            except BlockingIOError:
                return rest
            if not part:
                return rest
            rest += part

    def _backward(self) -> None:
        try:
            while True:
                message = _read_message(self._server)
                if self._answered < self._mute_from:
                    with suppress(OSError):
                        self._client.sendall(message)
                with self._changed:
                    if message[:1] == b"Z" and not self._syncs:
                        continue  # the greeting's
                    self._note_answered(message)
                    self._changed.notify()
        except (OSError, EOFError):
            _close(self._client)
            _close(self._server)
            with self._changed:
                self._answered = 1 << 31
                self._changed.notify()


def _read_message(source: socket.socket, kind: bool = True) -> bytes:
    head = _read(source, 5 if kind else 4)
    return head + _read(source, int.from_bytes(head[-4:], "big") - 4)


def _read(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
