"""Runs the C++ probes the HTTP tests compare with."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Sequence

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DIRECTORY = ROOT / "build" / "dev" / "tests" / "http"


def find_probe(variable: str, name: str) -> str:
    """The binary named by the variable, or the dev preset's."""
    return os.environ.get(variable) or str(DEFAULT_DIRECTORY / name)


def run_sigv4_probe(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [find_probe("SIGV4_PROBE", "sigv4_probe")],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
