"""A program from exec() to something it does, with the processor time and the memory that took."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

WAIT_SECONDS = 60.0


@dataclass
class Stopwatch:
    """`mark` may be called by any thread; times count from start()."""

    until: str
    began: float = 0.0
    pid: int = 0
    peak_kib: int = 0
    marks: dict[str, tuple[float, float]] = field(default_factory=dict)  # first of each: time, CPU
    reached: threading.Event = field(default_factory=threading.Event)

    def mark(self, name: str) -> None:
        now = time.perf_counter()
        if name in self.marks or self.reached.is_set():
            return
        self.marks[name] = (now - self.began, cpu_of(self.pid))
        if name == self.until:
            self.peak_kib = peak_of(self.pid)  # before it gets its answer, and may end
            self.reached.set()


@dataclass(frozen=True)
class Start:
    seconds: float
    cpu: float
    peak_kib: int


def cpu_of(pid: int) -> float:
    """Seconds of processor time of all threads the process has."""
    total = 0
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat") if pid else ():
        try:
            total += int(file.read_text().split()[0])
        except OSError:
            pass  # that thread has just ended
    return total / 1e9


def peak_of(pid: int) -> int:
    """In KiB. The usage that wait4 has counts what the parent had before exec(), too."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def start(command: list[str], environment: dict[str, str], watch: Stopwatch) -> Start:
    """Runs the program until `watch` has seen what it waits for, then kills it."""
    silence = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    watch.began = time.perf_counter()
    watch.pid = os.posix_spawn(command[0], command, environment, file_actions=silence)
    reached = watch.reached.wait(WAIT_SECONDS)
    os.kill(watch.pid, signal.SIGKILL)
    _, _, usage = os.wait4(watch.pid, 0)
    if not reached:
        raise RuntimeError(f"{command[0]} did not come to: {watch.until}")
    return Start(watch.marks[watch.until][0], usage.ru_utime + usage.ru_stime, watch.peak_kib)
