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


class S3Probe:
    """The real runtime's S3, STS and Secrets Manager clients in a process of their own."""

    def __init__(self, endpoint: str, access_key: str, secret: str, **variables: str) -> None:
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
            **variables,
        }
        self._process = subprocess.Popen(
            [find_probe("S3_PROBE", "s3_probe")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={k: v for k, v in environment.items() if v},
        )
        self.output = ""

    def run(self, **command: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self.close()
        self.output += line
        return json.loads(line)

    def close(self) -> str:
        """Ends the process; what it wrote to stderr."""
        _, errors = self._process.communicate(timeout=30)
        self.output += errors
        return errors

    def __enter__(self) -> "S3Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
