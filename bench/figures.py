"""Tables of what was measured, as they stand in the README."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `tiny` proves that the benches run, and nothing else."""

    statements: int = 200
    many_files: int = 2000
    applied_files: int = 10_000
    large_files: int = 200
    large_bytes: int = 1 << 20
    indexes: int = 20
    build_seconds: float = 2.0
    round_trip: float = 0.010
    rounds: int = 9
    text_bytes: int = 4 << 20
    lexer_seconds: float = 1.0
    peer_statements: int = 100
    cold_starts: int = 25
    peer_starts: bool = True  # they have to be installed
    build: str = "release"  # which of CMake's presets the programs are of


TINY = Sizes(
    statements=6,
    many_files=12,
    applied_files=20,
    large_files=3,
    large_bytes=1 << 12,
    indexes=2,
    build_seconds=0.2,
    round_trip=0.002,
    rounds=1,
    text_bytes=1 << 15,
    lexer_seconds=0.01,
    peer_statements=3,
    cold_starts=2,
    peer_starts=False,
    build="dev",
)


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}\n")
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def take_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each, measured in turn, so that what else the machine does hits all alike."""
    values: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, taken in zip(measures, values, strict=True):
            taken.append(measure())
    return [median(taken) for taken in values]
