"""Faults happen when asked for, as often as asked for, and leave what they should."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time

import pytest
from psycopg import pq

from tests.dsql.client import Client, ConnectionLost, RefusedAtConnect
from tests.dsql.conftest import Connect
from tests.dsql.double import Double
from tests.dsql.faults import KINDS, Faults

OC000 = ("40001", "change conflicts with another transaction (OC000)")
OC001 = ("40001", "schema has been updated by another transaction (OC001)")
UNAVAILABLE = ("XX000", "server unavailable")


@pytest.fixture
def t(db: Client) -> Client:
    db("CREATE TABLE t (id int PRIMARY KEY)")
    return db


def rows(db: Client) -> str | None:
    return db("SELECT count(*) FROM t").value


def test_oc000_fails_the_commit_and_undoes_the_rows(double: Double, t: Client) -> None:
    fault = double.inject("oc000")
    t("BEGIN")
    assert t("INSERT INTO t VALUES (1)").tag == "INSERT 0 1"
    assert t("COMMIT").error == OC000
    assert t.state == pq.TransactionStatus.IDLE
    assert (rows(t), fault.fired) == ("0", 1)
    assert t("INSERT INTO t VALUES (1)").tag == "INSERT 0 1"


def test_oc000_hits_an_autocommitted_write(double: Double, t: Client) -> None:
    double.inject("oc000")
    assert t("SELECT 1").value == "1"
    assert t("INSERT INTO t VALUES (1)").error == OC000
    assert rows(t) == "0"


def test_oc000_at_a_pipelined_commit_skips_the_rest(double: Double, t: Client) -> None:
    double.inject("oc000")
    answers = t.pipeline("BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "BEGIN", "COMMIT")
    assert [a.tag or a.error for a in answers] == [
        "BEGIN", "INSERT 0 1", OC000, "skipped", "skipped",
    ]  # fmt: skip
    assert t.state == pq.TransactionStatus.IDLE
    assert rows(t) == "0"


def test_oc001_hits_any_statement(double: Double, t: Client) -> None:
    double.inject("oc001", times=3)
    for sql in ("SELECT 1", "CREATE TABLE x (id int)", "BEGIN"):
        assert t(sql).error == OC001
    assert t("SELECT to_regclass('x')").value is None
    t("BEGIN")
    double.inject("oc001", match="select")
    assert t("SELECT 1").error == OC001
    assert t.state == pq.TransactionStatus.INERROR


def test_unavailable_before_and_after(double: Double, t: Client) -> None:
    double.inject("unavailable", match="VALUES (1)")
    double.inject("unavailable_after", match="values (2)")
    assert t("INSERT INTO t VALUES (1)").error == UNAVAILABLE
    assert t("INSERT INTO t VALUES (2)").error == UNAVAILABLE
    assert t("SELECT id FROM t").value == "2"


def test_a_commit_may_succeed_and_answer_with_an_error(double: Double, t: Client) -> None:
    double.inject("unavailable_after", match="COMMIT")
    t("BEGIN")
    t("INSERT INTO t VALUES (1)")
    assert t("COMMIT").error == UNAVAILABLE
    assert t.state == pq.TransactionStatus.IDLE
    assert rows(t) == "1"


def test_an_error_after_a_statement_aborts_an_open_transaction(double: Double, t: Client) -> None:
    double.inject("error_after", match="INSERT")
    t("BEGIN")
    assert t("INSERT INTO t VALUES (1)").error == ("XX000", "injected error")
    assert t.state == pq.TransactionStatus.INERROR
    assert t("COMMIT").tag == "ROLLBACK"
    assert rows(t) == "0"


def test_an_error_of_ones_own(double: Double, t: Client) -> None:
    double.inject("error", sqlstate="53100", message="disk full")
    assert t("INSERT INTO t VALUES (1)").error == ("53100", "disk full")


CUTS = {
    ("cut_before", "INSERT INTO t VALUES (1)"): "0",
    ("cut_after", "INSERT INTO t VALUES (1)"): "1",
    ("cut_before", "BEGIN; INSERT INTO t VALUES (1); COMMIT"): "0",
    ("cut_after", "BEGIN; INSERT INTO t VALUES (1); COMMIT"): "0",
}


@pytest.mark.parametrize("extended", [False, True], ids=["simple", "extended"])
@pytest.mark.parametrize(("kind", "sql"), CUTS, ids=[f"{k} {s}" for k, s in CUTS])
def test_a_cut_at_a_statement(
    double: Double, t: Client, connect: Connect, kind: str, sql: str, extended: bool
) -> None:
    double.inject(kind, match="insert into t")
    with pytest.raises(ConnectionLost):
        if extended:
            t.pipeline(*sql.split("; "))
        else:
            t.simple(sql)
    assert rows(connect()) == CUTS[kind, sql]


@pytest.mark.parametrize(("kind", "kept"), [("cut_before", "0"), ("cut_after", "1")])
def test_a_cut_at_a_commit(
    double: Double, t: Client, connect: Connect, kind: str, kept: str
) -> None:
    double.inject(kind, match="commit")
    with pytest.raises(ConnectionLost):
        t.pipeline("BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "BEGIN", "SELECT 1", "COMMIT")
    assert rows(connect()) == kept
    assert [e.outcome for e in double.journal() if e.sql == "COMMIT"] == [
        "cut" if kind == "cut_before" else "COMMIT (cut_after)"
    ]


def test_a_cut_after_ddl_leaves_the_table(double: Double, t: Client, connect: Connect) -> None:
    double.inject("cut_after", match="create table x")
    with pytest.raises(ConnectionLost):
        t("CREATE TABLE x (id int)")
    assert connect()("SELECT to_regclass('x')").value == "x"


def test_a_cut_after_an_implicit_transaction_keeps_all_of_it(
    double: Double, t: Client, connect: Connect
) -> None:
    double.inject("cut_after", match="values (1)")
    with pytest.raises(ConnectionLost):
        t.simple("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
    assert rows(connect()) == "2"


def test_a_cut_at_the_nth_message(double: Double, t: Client) -> None:
    fault = double.inject("cut_message", skip=2)
    t("SELECT 1")
    t("SELECT 1")
    with pytest.raises(ConnectionLost):
        t("SELECT 1")
    assert (fault.seen, fault.fired) == (3, 1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("waking_up", "unable to accept connection, waking up cluster, please retry later"),
        ("refuse_connect", "unable to accept connection, access denied"),
        ("too_many_connections", "FATAL:"),
        ("connection_rate", "FATAL:"),
        ("drop_connect", "failed:"),
    ],
)
def test_refusals_at_connect(double: Double, connect: Connect, kind: str, text: str) -> None:
    double.inject(kind, times=2)
    for _ in range(2):
        with pytest.raises(RefusedAtConnect) as refused:
            connect()
        assert text in str(refused.value)
    assert connect()("SELECT 1").value == "1"


def test_a_fault_can_be_for_one_application_only(double: Double, connect: Connect) -> None:
    double.inject("oc001", application="b", times=None)
    a, b = connect(application_name="a"), connect(application_name="b")
    assert (a("SELECT 1").value, b("SELECT 1").error) == ("1", OC001)
    a("SET application_name = 'b'")
    assert a("SELECT 1").error == OC001


def test_a_probability_has_a_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults()
        faults.add("oc001", probability=0.5, seed=seed, times=None)
        return [faults.find("statement", "x") is not None for _ in range(64)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 16 < sum(pattern(3)) < 48


def test_unknown_kinds_and_fields_are_errors(double: Double) -> None:
    with pytest.raises(ValueError, match="unknown fault 'oc002'; known: oc000, "):
        double.inject("oc002")
    with pytest.raises(ValueError, match="unknown field 'mach'; known: "):
        double.inject("oc001", mach="x")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"hold"}))
def test_every_kind_does_something(double: Double, connect: Connect, db: Client, kind: str) -> None:
    db("CREATE TABLE t (id int)")
    fault = double.inject(kind, seconds=0.0)
    with contextlib.suppress(ConnectionLost, RefusedAtConnect):
        connect()("INSERT INTO t VALUES (1)")
    assert fault.fired == 1


def wait_for_sessions(double: Double, left: int) -> None:
    while double.open_sessions > left:
        time.sleep(0.001)


def test_what_was_delivered_is_executed_after_the_cut(
    double: Double, t: Client, connect: Connect
) -> None:
    double.inject("cut_delivered", match="values (1)", seconds=0.1)
    with pytest.raises(ConnectionLost):
        t.pipeline("BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "BEGIN", "DROP TABLE t", "COMMIT")
    other = connect()
    assert rows(other) == "0"  # not yet
    wait_for_sessions(double, left=1)
    assert other("SELECT count(*) FROM t").error[0] == "42P01"


def test_a_cut_client_leaves_its_open_transaction_behind(
    double: Double, t: Client, connect: Connect
) -> None:
    double.inject("cut_delivered", match="values (1)")
    t("BEGIN")
    with pytest.raises(ConnectionLost):
        t("INSERT INTO t VALUES (1)")
    wait_for_sessions(double, left=0)
    assert rows(connect()) == "0"


@pytest.mark.parametrize(
    ("kind", "kept"), [("cut_before", "0"), ("cut_delivered", "1"), ("cut_after", "1")]
)
def test_a_fault_can_kill_the_client(
    double: Double, t: Client, connect: Connect, kind: str, kept: str
) -> None:
    with subprocess.Popen(["sleep", "60"]) as client:
        fault = double.inject(kind, match="insert", kill=True)
        timer = threading.Timer(0.05, setattr, (fault, "pid", client.pid))  # waited for
        timer.start()
        with pytest.raises(ConnectionLost):
            t("INSERT INTO t VALUES (1)")
        assert client.wait() == -signal.SIGKILL
    wait_for_sessions(double, left=0)
    assert rows(connect()) == kept


@pytest.mark.parametrize("door", ["accept", "handshake", "connect", "password"])
def test_a_client_is_dropped_on_its_way_in(double: Double, connect: Connect, door: str) -> None:
    double.inject(f"drop_{door}")
    with pytest.raises(RefusedAtConnect):
        connect()
    assert connect()("SELECT 1").value == "1"


def test_a_delay_holds_a_statement_back(double: Double, t: Client) -> None:
    double.inject("delay", seconds=0.2)
    start = time.monotonic()
    t("SELECT 1")
    assert time.monotonic() - start >= 0.2


def test_a_held_statement_runs_when_the_fault_is_removed(double: Double, t: Client) -> None:
    fault = double.inject("hold", match="INSERT")
    late = threading.Thread(target=t, args=("INSERT INTO t VALUES (1)",))
    late.start()
    while fault.fired == 0:
        time.sleep(0.005)
    assert double.query("SELECT count(*) FROM t") == [("0",)]
    double.remove(fault)
    late.join()
    assert double.query("SELECT count(*) FROM t") == [("1",)]


def test_latency_is_added_to_each_round_trip(double: Double, connect: Connect) -> None:
    double.settings.latency = 0.05
    db = connect()
    start = time.monotonic()
    for _ in range(4):
        db("SELECT 1")
    assert time.monotonic() - start >= 0.2


# OC001 by itself -------------------------------------------------------------------------


def test_others_learn_of_a_catalog_change(double: Double, db: Client, connect: Connect) -> None:
    double.settings.oc001 = "others"
    other = connect()
    assert other("SELECT 1").value == "1"
    db("CREATE TABLE t (id int)")
    assert other("SELECT 1").error == OC001
    assert other("SELECT 1").value == "1"
    assert db("SELECT 1").value == "1"
    assert connect()("SELECT 1").value == "1"


def test_a_change_rolled_back_tells_nobody(double: Double, db: Client, connect: Connect) -> None:
    double.settings.oc001 = "others"
    other = connect()
    db("BEGIN")
    db("CREATE TABLE t (id int)")
    db("ROLLBACK")
    assert db("TRUNCATE t").sqlstate and other("SELECT 1").value == "1"


def test_the_end_of_a_job_is_a_catalog_change(double: Double, t: Client) -> None:
    job = t.job("CREATE INDEX ASYNC ON t (id)")
    t.wait(job)
    double.settings.oc001 = "others"
    t("SELECT 1")
    double.settings.job_hold = "processing"
    job = t.job("CREATE INDEX ASYNC ON t (id)")
    assert t("SELECT 1").value == "1"
    double.settings.job_hold = "none"
    while (answer := t("SELECT 1")).error == ("", ""):
        pass
    assert answer.error == OC001


def test_the_end_of_a_job_can_be_left_out(double: Double, t: Client, connect: Connect) -> None:
    double.settings.oc001 = "ddl"
    t.wait(t.job("CREATE INDEX ASYNC ON t (id)"))
    assert t("SELECT 1").value == "1"
    connect()("CREATE TABLE u (id int)")
    assert t("SELECT 1").error == OC001


def test_a_session_can_be_told_of_its_own_change(double: Double, db: Client) -> None:
    double.settings.oc001 = "all"
    db("CREATE TABLE t (id int)")
    assert db("SELECT 1").error == OC001
    assert db("SELECT 1").value == "1"
