"""TLS as Aurora DSQL asks for it: obligatory, at least 1.2, and with a server name.

Both ways in are served: an SSLRequest first, or TLS from the first byte with ALPN
(libpq 17's sslnegotiation=direct).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import SupportsIndex

from tests.dsql.wire import Stream
from tests.support.certificates import Certificates, make_certificates

HANDSHAKE_TIMEOUT_S = 20


def make_server_certificates(directory: Path, host_name: str) -> Certificates:
    """Good for the endpoint's name, any other cluster of its region, and this machine."""
    region = host_name.partition(".")[2]
    names = [host_name, "localhost", "127.0.0.1", "::1"]
    return make_certificates(directory, [*names, *([f"*.{region}"] if region else [])])


def make_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificates.certificate, certificates.key)
    context.set_alpn_protocols(["postgresql"])
    context.sni_callback = _remember_name
    return context


def _remember_name(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
    connection.client_server_name = name  # type: ignore[attr-defined]
    return None


class DelayedReader(asyncio.StreamReader):
    """Hands on what arrives `latency` seconds late, without slowing the flow.

    What a client sends in one flight arrives as one flight, so each round trip
    costs the latency once, however many messages it holds.
    """

    def __init__(self, latency: float) -> None:
        super().__init__()
        self._latency = latency
        self._late: list[bytes | None] = []

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self._later(bytes(data))

    def feed_eof(self) -> None:
        self._later(None)

    def _later(self, data: bytes | None) -> None:
        if self._latency <= 0:
            self._feed(data)
            return
        self._late.append(data)
        asyncio.get_running_loop().call_later(self._latency, self._release)

    def _release(self) -> None:
        self._feed(self._late.pop(0))

    def _feed(self, data: bytes | None) -> None:
        if data is None:
            super().feed_eof()
        else:
            super().feed_data(data)


async def open_stream(
    connection: socket.socket, context: ssl.SSLContext | None, latency: float
) -> tuple[Stream, str | None]:
    """Messages over an accepted socket, and the server name the client asked for.

    Raises OSError (ssl.SSLError included) when the handshake fails.
    """
    loop = asyncio.get_running_loop()
    reader = DelayedReader(latency)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S if context else None,
    )
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    tls = transport.get_extra_info("ssl_object")
    return Stream(reader, writer), getattr(tls, "client_server_name", None)
