"""Runs cases on all processors, and says how they came out."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.cases import Case
from tests.kill.worker import Result, Undisturbed, Worker, make_worker

SHOWN_SURVIVORS = 20
SHOWN_PROBLEMS = 6
CHUNK = 8

_worker: Worker
_undisturbed: Undisturbed


@dataclass
class Summary:
    """How the cases of a matrix came out. A case that left anything else behind `survived`."""

    files: str
    messages: int
    cases: dict[str, int] = field(default_factory=dict)
    survivors: list[Result] = field(default_factory=list)
    resumes: int = 0
    seconds: float = 0.0

    def add(self, result: Result) -> None:
        self.cases[result.case.kind] = self.cases.get(result.case.kind, 0) + 1
        self.resumes += result.resumes
        if result.problems:
            self.survivors.append(result)

    def __str__(self) -> str:
        count = sum(self.cases.values())
        lines = [
            f"kill matrix '{self.files}': {count} cases over {self.messages} messages,"
            f" {len(self.survivors)} wrong, {self.seconds:.0f} s"
        ]
        lines += [f"  {kind:16} {number:5}" for kind, number in self.cases.items()]
        for result in self.survivors[:SHOWN_SURVIVORS]:
            lines.append(
                f"WRONG {result.case}: python -m tests.kill --files {self.files} {result.case}"
            )
            lines += [f"    {problem}" for problem in result.problems[:SHOWN_PROBLEMS]]
        return "\n".join(lines)


def run_matrix(
    make: Callable[[Undisturbed], Iterable[Case]],
    *,
    files: str,
    bootstrap: Path,
    workers: int = 0,
) -> Summary:
    """`make` gets to know what an undisturbed run is like, and says which cases are wanted."""
    start = time.monotonic()
    undisturbed = find_undisturbed(files, bootstrap)
    summary = Summary(files, undisturbed.messages)
    with ProcessPoolExecutor(
        workers or os.cpu_count() or 2,
        multiprocessing.get_context("spawn"),
        _start_worker,
        (files, bootstrap, undisturbed),
    ) as pool:
        for result in pool.map(_run_case, make(undisturbed), chunksize=CHUNK):
            summary.add(result)
    summary.seconds = time.monotonic() - start
    return summary


def find_undisturbed(files: str, bootstrap: Path) -> Undisturbed:
    """Raises RuntimeError when two undisturbed runs are not the same."""
    worker = make_worker(files, bootstrap)
    try:
        first, second = worker.run_undisturbed(), worker.run_undisturbed()
    finally:
        worker.close()
    if first != second:
        raise RuntimeError("two undisturbed runs differ: nothing can be compared with them")
    return first


def _start_worker(files: str, bootstrap: Path, undisturbed: Undisturbed) -> None:
    global _worker, _undisturbed
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = make_worker(files, bootstrap)
    _undisturbed = undisturbed


def _end_with_parent() -> None:
    """A pool whose owner was killed would wait for more work for ever."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


def _run_case(case: Case) -> Result:
    return _worker.run_case(case, _undisturbed)
