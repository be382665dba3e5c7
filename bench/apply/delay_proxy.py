"""A TCP proxy that is some time away: what passes it arrives half a round trip later."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from statistics import median

TOP = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("delay_proxy.cc")


@cache
def build_program() -> Path:
    program = TOP / "build" / "delay_proxy"
    command = ["c++", "-std=c++20", "-O2", "-pthread", "-o", str(program), str(SOURCE)]
    subprocess.run(command, check=True)
    return program


class DelayProxy:
    """In front of a server's `port` on this machine; `round_trip` in seconds."""

    def __init__(self, port: int, round_trip: float) -> None:
        self._counter = tempfile.NamedTemporaryFile(prefix="delay-proxy-")
        arguments = [str(port), str(round(round_trip * 1_000_000)), self._counter.name]
        self._process = subprocess.Popen(
            [str(build_program()), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    @property
    def round_trips(self) -> int:
        """How often clients had to wait for the server: each connect, and each time one sent after
        it was answered."""
        return int.from_bytes(Path(self._counter.name).read_bytes(), "little")

    def __enter__(self) -> DelayProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._counter.close()


def measure_round_trip(round_trip: float) -> float:
    """Seconds from a byte sent through a proxy of `round_trip` seconds to its echo: timers and the
    proxy's own work are in it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        with (
            DelayProxy(server.getsockname()[1], round_trip) as proxy,
            socket.create_connection(("127.0.0.1", proxy.port)) as client,
        ):
            times = [_time_echo(client) for _ in range(21)]
    return median(times)


def _echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(1):
            connection.sendall(data)


def _time_echo(client: socket.socket) -> float:
    start = time.perf_counter()
    client.sendall(b"x")
    client.recv(1)
    return time.perf_counter() - start
