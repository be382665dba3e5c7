"""Signatures compared with botocore's, stage by stage and byte for byte.

Needs the binary sigv4_probe: SIGV4_PROBE, or build/dev/tests/http/sigv4_probe.
"""

from __future__ import annotations

import datetime
import random
from typing import Any
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session

from tests.http.probe import run_sigv4_probe

SEED = 20261121
CASES = 2400
SERVICES = ["s3", "s3", "s3", "sts", "dsql", "secretsmanager"]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1"]
METHODS = ["GET", "GET", "GET", "POST", "PUT", "HEAD", "DELETE"]
BASES = [
    "https://bucket.s3.eu-central-1.amazonaws.com",
    "https://s3.us-east-1.amazonaws.com",
    "https://abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws",
    "http://127.0.0.1:5000",
    "http://[::1]:5000",
    "http://localhost:80",
    "https://localhost:443",
    "https://localhost:8443",
]
PIECES = [
    "a", "Z9", "001_init.sql", " ", "  ", "+", "/", "//", ".", "..", "./", "../", "/./", "/../",
    "~", "-", "_", "%", "%20", "%2F", "=", "&", "?", "#", ":", ";", ",", "'", '"', "(", ")", "*",
    "!", "@", "$", "[", "]", "{", "}", "|", "\\", "^", "`", "<", ">", "\t", "\x01", "\x7f",
    "é", "日本語", "🦤", "Ω/ß", "e\u0301", "\u00a0",
]  # fmt: skip
NAMES = [
    "prefix", "list-type", "continuation-token", "versionId", "acl", "Action", "A", "a", "a-b",
    "a.b", "a b", "é", "x/y", "x=y", "", "%", "~",
]  # fmt: skip
HEADERS = [
    "X-Amz-Meta-Note", "x-amz-checksum-mode", "If-Match", "Content-Type", "Range", "Accept",
    "X-Amz-Target", "My-Header", "a-header",
]  # fmt: skip
NEVER_SIGNED = ["User-Agent", "X-Amzn-Trace-Id", "Connection", "Expect", "TE", "Upgrade"]
HEADER_VALUES = [
    "", "x", '"d41d8cd98f00b204e9800998ecf8427e"', "  padded  ", "in   ner    runs",
    "tab\tand  space", "bytes=0-9", "a,b", "naïve", "ENABLED", "application/x-amz-json-1.1",
]  # fmt: skip
TOKENS = ["", "", "IQoJb3JpZ2luX2VjEXAMPLE/token+with/special==", "short", "x" * 900]


def text_of(rng: random.Random, pieces: list[str], most: int) -> str:
    return "".join(rng.choice(pieces) for _ in range(rng.randint(0, most)))


def make_query(rng: random.Random, repeats: bool) -> list[list[str]]:
    pairs = [
        [rng.choice(NAMES), rng.choice(["", text_of(rng, PIECES, 5)])]
        for _ in range(rng.choice([0, 0, 1, 2, 4, 7]))
    ]
    if repeats:
        return pairs
    return [list(pair) for pair in dict(map(tuple, pairs)).items()]


def make_headers(rng: random.Random) -> list[list[str]]:
    names = rng.choices(HEADERS, k=rng.choice([0, 1, 2, 4]))
    names += rng.choices(NEVER_SIGNED, k=rng.choice([0, 0, 1]))
    return [[name, rng.choice(HEADER_VALUES)] for name in names]


def make_case(rng: random.Random) -> dict[str, Any]:
    op = rng.choice(["sign", "sign", "presign"])
    body = rng.choice(["", "", "Action=AssumeRole&Version=2011-06-15", '{"SecretId":"é"}'])
    return {
        "op": op,
        "method": rng.choice(METHODS),
        "base": rng.choice(BASES),
        "path": "/" + text_of(rng, PIECES, 12),
        # botocore keeps only the first of a repeated name when it presigns.
        "query": make_query(rng, repeats=op == "sign"),
        "headers": make_headers(rng),
        "body": body if op == "sign" else "",
        "payload": rng.choice(["body", "unsigned"]) if op == "sign" else "body",
        "expires": rng.choice([1, 900, 3600, 604800]),
        "access_key": rng.choice(["AKIDEXAMPLE", "ASIAEXAMPLE1234567"]),
        "secret": rng.choice(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s+/ é="]),
        "token": rng.choice(TOKENS),
        "region": rng.choice(REGIONS),
        "service": rng.choice(SERVICES),
        "time": rng.randint(0, 4_000_000_000),
    }


def percent_encode(text: str) -> str:
    return quote(text, safe="-._~")


def make_aws_request(case: dict[str, Any]) -> AWSRequest:
    url = case["base"] + quote(case["path"], safe="/-._~")
    if case["query"]:
        url += "?" + "&".join(f"{percent_encode(n)}={percent_encode(v)}" for n, v in case["query"])
    request = AWSRequest(method=case["method"], url=url, data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers.add_header(name, value)
    unsigned = case["payload"] == "unsigned"
    request.context["payload_signing_enabled"] = not unsigned
    request.context["client_config"] = Config(s3={"payload_signing_enabled": not unsigned})
    return request


def make_auth(case: dict[str, Any]) -> SigV4Auth:
    credentials = Credentials(case["access_key"], case["secret"], case["token"] or None)
    s3 = case["service"] == "s3"
    if case["op"] == "sign":
        return (S3SigV4Auth if s3 else SigV4Auth)(credentials, case["service"], case["region"])
    kind = S3SigV4QueryAuth if s3 else SigV4QueryAuth
    return kind(credentials, case["service"], case["region"], expires=case["expires"])


def freeze(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    frozen = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: frozen)


def botocore_stages(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    freeze(monkeypatch, case["time"])
    auth = make_auth(case)
    stages: dict[str, str] = {}
    for name in ("canonical_request", "string_to_sign", "signature"):

        def record(*args: Any, stage: str = name, real: Any = getattr(auth, name)) -> str:
            stages[stage] = real(*args)
            return stages[stage]

        setattr(auth, name, record)
    request = make_aws_request(case)
    auth.add_auth(request)
    return {
        **stages,
        "url": request.url,
        "authorization": request.headers.get("Authorization", ""),
    }


def test_every_stage_of_generated_requests_equals_botocores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(SEED)
    cases = [make_case(rng) for _ in range(CASES)]
    answers = run_sigv4_probe(cases)
    assert len(answers) == CASES
    for case, answer in zip(cases, answers):
        expected = botocore_stages(case, monkeypatch)
        for stage in ("url", "canonical_request", "string_to_sign", "signature", "authorization"):
            assert answer[stage] == expected[stage], f"{stage} of {case}"


def test_the_generated_requests_cover_what_is_promised() -> None:
    rng = random.Random(SEED)
    cases = [make_case(rng) for _ in range(CASES)]
    for service in set(SERVICES):
        for op in ("sign", "presign"):
            assert any(c["service"] == service and c["op"] == op for c in cases)
    assert any(c["payload"] == "unsigned" and c["service"] == "s3" for c in cases)
    for part in ("//", "/./", "../", "+", " ", "~", "%", "日本語"):
        assert sum(part in c["path"] for c in cases) > 10, part
    names = [[name for name, _ in c["query"]] for c in cases]
    assert any(len(set(n)) < len(n) for n in names)
    assert any("" in n for n in names)
    assert any(v == "" for c in cases for _, v in c["query"])
    assert sum(bool(c["token"]) for c in cases) > 500


@pytest.mark.parametrize("token", ["", "IQoJb3JpZ2luX2VjEXAMPLE/token+with/special=="])
@pytest.mark.parametrize("user", ["postgres", "migrate user+é"])
def test_rds_token_equals_botocores(
    user: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = {
        "op": "rds_token",
        "host": "db.cluster-abc.eu-west-1.rds.amazonaws.com",
        "port": 5432,
        "user": user,
        "region": "eu-west-1",
        "time": 1795262400,
        "access_key": "AKIDEXAMPLE",
        "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "token": token,
    }
    freeze(monkeypatch, case["time"])
    session = Session()
    session.set_credentials(case["access_key"], case["secret"], token or None)
    client = session.create_client("rds", region_name="eu-west-1")
    expected = client.generate_db_auth_token(case["host"], case["port"], user)
    assert run_sigv4_probe([case])[0]["token"] == expected
