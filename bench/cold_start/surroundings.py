"""What a function meets in its first milliseconds, with the time of each thing it does: a Runtime API,
an S3, and a PostgreSQL that takes any password, over TLS."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.certificates import make_certificates
from tests.support.counting_s3 import CountingS3

HOST_NAME = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
SSL_REQUEST = 80877103
EXTENSION = b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: x\r\nContent-Length: 2\r\n\r\n{}"

Mark = Callable[[str], None]


class Listener:
    """Serves each connection in a thread; `mark` is told what happened, when it happened."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self.serve(connection)
        except (OSError, EOFError, ssl.SSLError):
            pass  # the program was stopped, as is intended

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class RuntimeApi(Listener):
    """Hands out one event, and holds every request after it."""

    def __init__(self, mark: Mark, event: object) -> None:
        self.event = json.dumps(event).encode()
        super().__init__(mark)

    def serve(self, connection: socket.socket) -> None:
        while True:
            request = read_until(connection, b"\r\n\r\n")
            if b"/extension/register" in request:
                connection.sendall(EXTENSION)
            elif b"/invocation/next" in request:
                self.mark("GET /next")
                deadline = int((time.time() + 60) * 1000)
                head = (
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    f"Lambda-Runtime-Aws-Request-Id: one\r\nLambda-Runtime-Deadline-Ms: {deadline}\r\n"
                    f"Content-Length: {len(self.event)}\r\n\r\n"
                )
                connection.sendall(head.encode() + self.event)


class Cluster(Listener):
    """PostgreSQL's protocol as far as the first statement."""

    def __init__(self, mark: Mark, folder: Path) -> None:
        certificates = make_certificates(folder, [HOST_NAME])
        self.ca = certificates.ca
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.certificate, certificates.key)
        self._context.set_alpn_protocols(["postgresql"])
        super().__init__(mark)

    def serve(self, connection: socket.socket) -> None:
        self.mark("TCP to the cluster")
        size, code = struct.unpack("!II", read_exactly(connection, 8))
        assert (size, code) == (8, SSL_REQUEST)
        connection.sendall(b"S")
        with self._context.wrap_socket(connection, server_side=True) as secure:
            self.mark("TLS to the cluster")
            read_exactly(secure, struct.unpack("!I", read_exactly(secure, 4))[0] - 4)
            secure.sendall(message(b"R", struct.pack("!I", 3)))
            read_message(secure)
            self.mark("the token")
            ready = message(b"S", b"server_version\x0016.9\x00") + message(b"Z", b"I")
            secure.sendall(message(b"R", struct.pack("!I", 0)) + ready)
            read_message(secure)
            self.mark("the first statement")


class Bucket(CountingS3):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark

    def body(self, key: str) -> bytes:
        value = super().body(key)
        if key in self.gets:
            self._mark("S3: a file")
        return value

    def list(self, query: dict[str, list[str]]) -> bytes:
        self._mark("S3: the listing")
        return super().list(query)


def message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


def read_message(connection: socket.socket) -> bytes:
    head = read_exactly(connection, 5)
    return read_exactly(connection, struct.unpack("!I", head[1:])[0] - 4)


def read_exactly(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = connection.recv(size - len(content))
        if not more:
            raise EOFError
        content += more
    return content


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """A request's head, and whatever came with it: none here has a body that matters."""
    content = b""
    while end not in content:
        more = connection.recv(65536)
        if not more:
            raise EOFError
        content += more
    return content
