"""A DNS server for a few names, on a loopback address of its own, so that a name takes a question."""

from __future__ import annotations

import os
import socket
import struct
import threading
from types import TracebackType

# Of this process, for tests in several clones at once; port 53, since musl's resolver knows no other:
# needs root.
ADDRESS = f"127.53.{os.getpid() // 256 % 256}.{os.getpid() % 256}"
TYPE_A = 1
ANSWERED, NO_SUCH_NAME = 0x8180, 0x8183


class NameServer:
    """Every name leads to 127.0.0.1; others do not exist. `asked` are the names asked for."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, 53))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.sendto(b"", (ADDRESS, 53))  # wakes the thread, which would keep the address
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, sender = self._socket.recvfrom(512)
            if not question:
                return
            self._socket.sendto(self._answer(question), sender)

    def _answer(self, question: bytes) -> bytes:
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1 : at + 3])[0]
        name = ".".join(labels)
        self.asked.append(name)
        found = name in self.names
        count = 1 if found and kind == TYPE_A else 0
        head = question[:2] + struct.pack(
            "!HHHHH", ANSWERED if found else NO_SUCH_NAME, 1, count, 0, 0
        )
        address = b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, 1, 60, 4) + socket.inet_aton("127.0.0.1")
        return head + question[12 : at + 5] + address * count
