"""python -m bench.soak.takeovers: owners killed and stopped before every message, and more seeds.

What `make test` does at some messages and with one seed (tests/pg/dsql_takeover_pgtest.cc,
dsql_conflicts_pgtest.cc), here at all of them. Needs `make dev`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = TOP / "build" / "dev" / "tests" / "pg" / "engine_races_pgtest"
SEEDS = 20


def main() -> int:
    command = [sys.executable, str(TOP / "tests" / "support" / "with_dsql.py"), "--", str(PROGRAM)]
    environment = os.environ | {"RACES_STRIDE": "1", "RACES_SEEDS": str(SEEDS)}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
