"""python -m bench.soak.random_faults [SECONDS]: runs with faults at random, until that time is over.

In each round an empty double gets the same mixed files while messages are cut off, refused and
lost at random, by a seed that is printed; runs follow each other until one says that all is
applied. Then every statement must have taken effect once: the counter says how often the DML ran,
and the columns are there once or the DDL would have failed.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.dsql.double import Double
from tests.dsql.settings import Settings
from tests.support.command_line import credentials, dsql_target, run_event, write_files
from tests.support.postgres import ThrowawayPostgres

SECONDS = 600
STATEMENTS = 40
MOST_RUNS = 20
FAULTS = ("oc000", "oc001", "unavailable", "unavailable_after", "cut_before", "cut_after",
          "cut_message")  # fmt: skip


def make_files() -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {
        "01_counter.sql": "CREATE TABLE counter (n bigint);\nINSERT INTO counter VALUES (0);"
    }
    for number in range(2, STATEMENTS // 2 + 2):
        files[f"{number:02d}_step.sql"] = (
            f"ALTER TABLE counter ADD COLUMN c{number} bigint;\n"
            f"UPDATE counter SET n = n + {number};"
        )
    return files


def run_round(double: Double, source: str, seed: int) -> int:
    """How many runs it took. Raises AssertionError when a statement ran twice, or never."""
    chance = random.Random(seed)
    double.reset()
    for kind in FAULTS:
        double.inject(
            kind, times=None, probability=chance.choice((0, 0.002, 0.01, 0.03)), seed=seed
        )
    for runs in range(1, MOST_RUNS + 1):
        event = {"command": "apply", "source": source, "target": dsql_target(double)}
        outcome = run_event(event, credentials(double))
        if outcome.status in ("APPLIED", "UP_TO_DATE"):
            break
    else:
        raise AssertionError(f"seed {seed}: not applied after {MOST_RUNS} runs: {outcome.answer}")
    wanted = sum(range(2, STATEMENTS // 2 + 2))
    rows = double.query("SELECT n FROM counter")
    assert rows == [(str(wanted),)], f"seed {seed}: {rows} in place of {wanted}"
    return runs


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    end = time.monotonic() + seconds
    first = int(time.time())
    rounds = runs = 0
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        ThrowawayPostgres() as postgres,
        Double(postgres, Settings(job_delay=0.05)) as double,
    ):
        source = write_files(Path(folder) / "m", make_files())
        while rounds == 0 or time.monotonic() < end:
            runs += run_round(double, source, first + rounds)
            rounds += 1
    print(f"{rounds} rounds from seed {first}, {runs} runs, every statement once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
