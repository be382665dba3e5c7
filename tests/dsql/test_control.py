"""The control port, the journal and the command line: the double for other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dsql.client import Client, ConnectionLost
from tests.dsql.conftest import Connect
from tests.dsql.double import Double
from tests.dsql.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def call(control: str, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(control + path, data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.fixture
def control(double: Double) -> str:
    return f"http://127.0.0.1:{double.control_port}"


def test_settings_are_read_and_changed(double: Double, control: str) -> None:
    assert call(control, "GET", "/settings")["oc001"] == "off"
    answer = call(control, "POST", "/settings", {"latency": 0.001, "oc001": "others"})
    assert (answer["latency"], double.settings.oc001) == (0.001, "others")
    assert "keys" not in answer


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/settings", {"latancy": 1}, "unknown setting 'latancy'; known: "),
        ("/settings", {"latency": "x"}, "setting 'latency' must be a float"),
        ("/settings", {"latency": True}, "setting 'latency' must be a float"),
        ("/settings", {"oc001": "some"}, "setting 'oc001' must be one of off, ddl, others, all"),
        ("/settings", {"keys": []}, "unknown setting 'keys'"),
        ("/settings", [], "the body must be a JSON object"),
        ("/faults", {}, "unknown fault ''; known: oc000"),
        ("/faults", {"kind": "oc001", "fired": 3}, "unknown field 'fired'; known: "),
        ("/faults/1", {}, "pid must be a number"),
        ("/nothing", {}, "no such thing: POST /nothing"),
    ],
)
def test_bad_requests_say_what_is_wrong(control: str, path: str, body: object, error: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as bad:
        call(control, "POST", path, body)
    assert bad.value.code == 400
    assert error in json.load(bad.value)["error"]


def test_a_wrong_setting_changes_nothing(double: Double) -> None:
    with pytest.raises(ValueError, match="unknown setting"):
        double.settings.change({"latency": 1.0, "nonsense": 1})
    assert double.settings.latency == Settings().latency


def test_faults_are_set_counted_and_removed(control: str, db: Client) -> None:
    fault = call(control, "POST", "/faults", {"kind": "oc001", "times": None, "match": "1"})
    assert db("SELECT 1").sqlstate == "40001"
    ((shown),) = call(control, "GET", "/faults")
    assert (shown["number"], shown["fired"]) == (fault["number"], 1)
    call(control, "DELETE", f"/faults/{fault['number']}")
    assert db("SELECT 1").value == "1"
    call(control, "POST", "/faults", {"kind": "oc001"})
    call(control, "DELETE", "/faults")
    assert call(control, "GET", "/faults") == []
    assert db("SELECT 1").value == "1"


def test_a_token_from_the_control_port_opens_a_session(
    control: str, connect: Connect, db: Client
) -> None:
    token = call(control, "GET", "/token?user=admin&expires=60")["token"]
    assert "X-Amz-Expires=60" in token
    assert connect(password=token)("SELECT 1").value == "1"


def test_a_reset_is_over_when_the_sessions_it_ends_have_written_their_last(
    control: str, connect: Connect
) -> None:
    for _ in range(20):
        sessions = [connect() for _ in range(5)]
        call(control, "POST", "/reset")
        assert call(control, "GET", "/journal") == []
        for session in sessions:
            session.close()


def test_the_journal_has_everything_in_order(control: str, connect: Connect) -> None:
    db = connect(application_name="me")
    db("CREATE TABLE t (id int)")
    db.simple("BEGIN; INSERT INTO t VALUES (1)")
    db("TRUNCATE t")
    db.extended("SELECT 1")
    db("SELEC")
    db.close()
    while (journal := call(control, "GET", "/journal"))[-1]["event"] != "disconnect":
        pass
    assert [(e["event"], e["sql"], e["outcome"], e["protocol"]) for e in journal] == [
        ("connect", "", "ok", ""),
        ("statement", "CREATE TABLE t (id int)", "CREATE TABLE", "simple"),
        ("statement", "BEGIN", "BEGIN", "simple"),
        ("statement", "INSERT INTO t VALUES (1)", "INSERT 0 1", "simple"),
        ("statement", "TRUNCATE t", "0A000 unsupported statement: Truncate", "simple"),
        (
            "statement",
            "SELECT 1",
            "25P02 current transaction is aborted, commands ignored until end of transaction block",
            "extended",
        ),
        ("statement", "SELEC", '42601 syntax error at or near "SELEC"', "simple"),
        ("disconnect", "", "closed", ""),
    ]
    assert {e["user"] for e in journal} == {"admin"}
    assert journal[1]["application"] == "me"
    since = journal[4]["number"]
    assert call(control, "GET", f"/journal?since={since}") == journal[5:]
    call(control, "DELETE", "/journal")
    assert call(control, "GET", "/journal") == []


def test_cut_ends_all_sessions(control: str, db: Client) -> None:
    call(control, "POST", "/cut")
    with pytest.raises(ConnectionLost):
        db("SELECT 1")


def test_reset_empties_the_cluster(control: str, db: Client, connect: Connect) -> None:
    db("CREATE SCHEMA s")
    db("CREATE TABLE s.t (id int)")
    db("CREATE ROLE r WITH LOGIN")
    db("AWS IAM GRANT r TO 'arn:x'")
    db("GRANT ALL ON SCHEMA s TO r")
    db("CREATE INDEX ASYNC ON s.t (id)")
    db("BEGIN")
    db("SELECT * FROM s.t")
    call(control, "POST", "/reset")
    fresh = connect()
    left = "SELECT to_regnamespace('s'), to_regrole('r'), (SELECT count(*) FROM sys.jobs)"
    assert fresh(left).rows == ((None, None, "0"),)
    assert fresh("CREATE TABLE t (id int)").tag == "CREATE TABLE"


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PROGRAM = """
import json, os, sys, urllib.request
sys.path.insert(0, os.getcwd())
from tests.dsql.auth import make_token
from tests.dsql.client import Client
from tests.dsql.settings import Key
env = os.environ
key = Key(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN"))
db = Client({
    "host": env["DSQL_HOST"], "hostaddr": env["DSQL_HOSTADDR"], "port": env["DSQL_PORT"],
    "user": "admin", "dbname": "postgres", "sslmode": "verify-full",
    "sslrootcert": env["DSQL_CA"], "password": make_token(env["DSQL_HOST"], key),
})
print(db("SELECT version()").value, env["AWS_REGION"], len(env["PGTEST_PORT"]) > 3)
print(len(json.load(urllib.request.urlopen(env["DSQL_CONTROL"] + "/journal"))))
sys.exit(7)
"""


def test_with_dsql_runs_a_command_with_a_double() -> None:
    host = "a" * 26 + ".dsql.eu-west-1.on.aws"
    done = run(
        "tests/support/with_dsql.py", "--host-name", host, "--key", "AKID:sec:ret+/=",
        "--", sys.executable, "-c", PROGRAM,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("PostgreSQL 16 eu-west-1 True\n2\n", 7), done.stderr


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """One that the user postgres can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def test_the_command_line_prints_where_it_is_and_stops_on_sigterm(open_directory: Path) -> None:
    for _ in range(2):  # the second time with what the first left behind
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.dsql", "--state-dir", str(open_directory / "state")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        where = json.loads(process.stdout.readline())
        token = call(where["control"], "GET", "/token")["token"]
        assert token.startswith(where["host"])
        db = Client(
            {
                "host": where["host"],
                "hostaddr": where["hostaddr"],
                "port": where["port"],
                "user": "admin",
                "dbname": "postgres",
                "sslmode": "verify-full",
                "sslrootcert": where["ca"],
                "password": token,
            }  # fmt: skip
        )
        assert db("CREATE TABLE IF NOT EXISTS kept (id int)").tag == "CREATE TABLE"
        kept = db("INSERT INTO kept VALUES (1) RETURNING (SELECT count(*) FROM kept)").value
        db.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert kept == "1"


@pytest.mark.parametrize("key", ["AKID", "AKID:", ":secret"])
def test_a_malformed_key_is_an_error(key: str) -> None:
    done = run("-m", "tests.dsql", "--key", key)
    assert done.returncode == 2
    assert "a key is AKID:SECRET or AKID:SECRET:SESSION_TOKEN" in done.stderr
