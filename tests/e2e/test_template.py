"""template.yaml as the linters see it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TEMPLATE = TOP / "template.yaml"


def run(command: list[str]) -> str:
    # sam looks for a region and credentials, though it sends nothing.
    environment = os.environ | {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_FOR_UPDATE": "0",
    }
    done = subprocess.run(
        command,
        env=environment,
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_cfn_lint_finds_nothing_not_even_an_advice() -> None:
    cfn_lint = TOP / "build/venv/bin/cfn-lint"
    assert run([str(cfn_lint), "--include-checks", "I", "--", str(TEMPLATE)]) == ""


def test_sam_validate_lint_finds_it_valid() -> None:
    sam = TOP / "build/sam-venv/bin/sam"
    assert "is a valid SAM Template" in run([str(sam), "validate", "--lint", "-t", str(TEMPLATE)])
