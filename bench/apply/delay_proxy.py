"""A TCP proxy that is some time away: what passes it arrives half a round trip later."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class DelayProxy:
    """Runs in a thread of its own between start and `close`. `round_trips` counts, over all
    connections, how often a client had to wait for the server: each connect, and each time it
    sends after it was answered."""

    def __init__(self, port: int, round_trip: float) -> None:
        self._target = port
        self._half = round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread.start()
        self.round_trips = 0
        self.port: int = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    def __enter__(self) -> DelayProxy:
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.round_trips += 1
        await asyncio.sleep(self._half * 2)  # the connection's own
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        asked = False

        def note_request() -> None:
            nonlocal asked
            self.round_trips += not asked
            asked = True

        def note_answer() -> None:
            nonlocal asked
            asked = False

        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, server_writer, note_request),
                self._pass_on(server_reader, writer, note_answer),
            )

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[], None]
    ) -> None:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(1 << 16):
                note()
                loop.call_later(self._half, writer.write, data)
        except OSError:  # gone without a word
            pass
        loop.call_later(self._half, writer.close)
