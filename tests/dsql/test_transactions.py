"""One DDL statement a transaction and no DML beside it; limits; the aborted state."""

from __future__ import annotations

import time

import pytest
from psycopg import pq

from tests.dsql.client import Client
from tests.dsql.conftest import Connect
from tests.dsql.double import Double

TWO_DDL = ("0A000", "multiple ddl statements not supported in a transaction")
MIXED = ("0A000", "ddl and dml are not supported in the same transaction")
ABORTED = (
    "25P02",
    "current transaction is aborted, commands ignored until end of transaction block",
)
OC000 = ("40001", "change conflicts with another transaction (OC000)")
CREATE_A, CREATE_B = "CREATE TABLE a (id int)", "CREATE TABLE b (id int)"

FORBIDDEN = {
    "two ddl": ([CREATE_A, CREATE_B], TWO_DDL),
    "ddl then async index": ([CREATE_A, "CREATE INDEX ASYNC i ON a (id)"], TWO_DDL),
    "ddl then grant": ([CREATE_A, "GRANT SELECT ON a TO PUBLIC"], TWO_DDL),
    "ddl then comment": ([CREATE_A, "COMMENT ON TABLE a IS 'x'"], TWO_DDL),
    "ddl then dml": ([CREATE_A, "INSERT INTO a VALUES (1)"], MIXED),
    "dml then ddl": (["INSERT INTO t VALUES (1)", CREATE_A], MIXED),
    "writing select then ddl": (
        ["WITH w AS (INSERT INTO t VALUES (1) RETURNING id) SELECT * FROM w", CREATE_A],
        MIXED,
    ),
}


@pytest.fixture
def t(db: Client) -> Client:
    assert db("CREATE TABLE t (id int)").tag == "CREATE TABLE"
    return db


@pytest.mark.parametrize(("statements", "error"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_is_refused_in_an_explicit_transaction(
    t: Client, statements: list[str], error: tuple[str, str]
) -> None:
    t("BEGIN")
    first, second = statements
    assert t(first).error == ("", "")
    assert t(second).error == error
    assert t("SELECT 1").error == ABORTED
    assert t("COMMIT").tag == "ROLLBACK"
    assert t("SELECT to_regclass('a') IS NULL AND NOT EXISTS (SELECT FROM t)").value == "t"


@pytest.mark.parametrize(("statements", "error"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_is_refused_in_one_simple_query(
    t: Client, statements: list[str], error: tuple[str, str]
) -> None:
    assert t.simple("; ".join(statements))[-1].error == error
    assert t("SELECT to_regclass('a') IS NULL AND NOT EXISTS (SELECT FROM t)").value == "t"


@pytest.mark.parametrize(("statements", "error"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_is_refused_between_two_syncs(
    t: Client, statements: list[str], error: tuple[str, str]
) -> None:
    answers = t.pipeline(*statements, "SELECT 1")
    assert answers[1].error == error
    assert answers[2].tag == "skipped"
    assert t("SELECT to_regclass('a') IS NULL AND NOT EXISTS (SELECT FROM t)").value == "t"


def test_ddl_alone_commits_and_rolls_back(db: Client) -> None:
    for end, kept in (("ROLLBACK", "t"), ("COMMIT", "f")):
        db("BEGIN")
        db(CREATE_A)
        assert db(end).tag == end
        assert db("SELECT to_regclass('a') IS NULL").value == kept


def test_a_refusal_outside_a_transaction_spoils_nothing(t: Client) -> None:
    assert t("TRUNCATE t").sqlstate == "0A000"
    assert t.state == pq.TransactionStatus.IDLE
    assert t("SELECT 1").value == "1"


def test_a_refusal_inside_a_transaction_aborts_it(t: Client) -> None:
    t("BEGIN")
    assert t("TRUNCATE t").sqlstate == "0A000"
    assert t.state == pq.TransactionStatus.INERROR
    assert t("TRUNCATE t").error == ABORTED
    assert t.extended("CREATE TABLE x (c text STORAGE PLAIN)").error == ABORTED
    assert t("ROLLBACK").tag == "ROLLBACK"
    assert t("SELECT 1").value == "1"


def test_several_statements_of_a_query_each_answer(t: Client) -> None:
    answers = t.simple("SELECT 1 AS a; INSERT INTO t VALUES (1), (2); SELECT 2 AS b;")
    assert [answer.tag for answer in answers] == ["SELECT 1", "INSERT 0 2", "SELECT 1"]
    assert answers[2].columns == ("b",)


def test_a_query_may_hold_a_whole_transaction(t: Client) -> None:
    begin, index, commit = t.simple("BEGIN; CREATE INDEX ASYNC ON t (id); COMMIT")
    assert (begin.tag, index.tag, commit.tag) == ("BEGIN", "CREATE INDEX", "COMMIT")
    assert index.columns == ("job_id",) and len(index.value or "") == 26
    tags = [
        a.tag for a in t.simple("BEGIN; CREATE TABLE c (); COMMIT; BEGIN; DROP TABLE c; COMMIT")
    ]
    assert tags == ["BEGIN", "CREATE TABLE", "COMMIT", "BEGIN", "DROP TABLE", "COMMIT"]


def test_an_error_undoes_the_whole_query(t: Client) -> None:
    answers = t.simple("INSERT INTO t VALUES (1); SELECT missing; INSERT INTO t VALUES (2)")
    assert [answer.tag or answer.sqlstate for answer in answers] == ["INSERT 0 1", "42703"]
    assert t("SELECT count(*) FROM t").value == "0"


def test_a_pipeline_of_explicit_transactions_stops_at_the_first_error(t: Client) -> None:
    answers = t.pipeline(
        "BEGIN", CREATE_A, "COMMIT",
        "BEGIN", "INSERT INTO t VALUES (1)", "COMMIT",
        "BEGIN", CREATE_A, "COMMIT",
        "BEGIN", "INSERT INTO t VALUES (2)", "COMMIT",
    )  # fmt: skip
    assert [a.tag or a.sqlstate for a in answers] == [
        "BEGIN", "CREATE TABLE", "COMMIT", "BEGIN", "INSERT 0 1", "COMMIT",
        "BEGIN", "42P07", "skipped", "skipped", "skipped", "skipped",
    ]  # fmt: skip
    assert t.state == pq.TransactionStatus.INERROR
    t("ROLLBACK")
    assert t("SELECT sum(id) FROM t").value == "1"


def test_3000_rows_pass_and_3001_fail_at_the_statement(t: Client) -> None:
    t("BEGIN")
    assert t("INSERT INTO t SELECT generate_series(1, 3000)").tag == "INSERT 0 3000"
    assert t("INSERT INTO t VALUES (1)").error == ("54000", "transaction row limit exceeded")
    assert t("SELECT 1").error == ABORTED
    t("ROLLBACK")
    assert t("INSERT INTO t SELECT generate_series(1, 3001)").sqlstate == "54000"
    assert t("SELECT count(*) FROM t").value == "0"


def test_the_row_limit_counts_every_kind_of_change(t: Client) -> None:
    t("INSERT INTO t SELECT generate_series(1, 2000)")
    answers = t.simple("UPDATE t SET id = 0; DELETE FROM t")
    assert [a.tag or a.message for a in answers] == [
        "UPDATE 2000",
        "transaction row limit exceeded",
    ]
    rows = "1\n" * 3001
    assert t.copy_in("COPY t FROM STDIN", rows).sqlstate == "54000"


def test_a_transaction_over_10_mb_fails_at_commit(t: Client) -> None:
    t("CREATE TABLE big (b text)")
    t("BEGIN")
    for _ in range(3):
        t(f"INSERT INTO big VALUES ('{'x' * 4_000_000}')")
    answer = t("COMMIT")
    assert answer.error == ("54000", "transaction size limit 10mb exceeded")
    assert answer.detail == "Current transaction size 12mb > 10mb"
    assert t.state == pq.TransactionStatus.IDLE
    assert t("SELECT count(*) FROM big").value == "0"


def test_an_old_transaction_fails_at_its_next_statement(double: Double, t: Client) -> None:
    double.settings.transaction_age = 0.05
    t("BEGIN")
    t("SELECT 1")
    time.sleep(0.1)
    assert t("SELECT 1").error == ("54000", "transaction age limit of 0.05s exceeded")
    assert t("ROLLBACK").tag == "ROLLBACK"


def test_analyze_and_call_stand_alone(t: Client) -> None:
    t("BEGIN")
    assert t("ANALYZE t").sqlstate == "25001"
    t("ROLLBACK")
    job = t.job("CREATE INDEX ASYNC ON t (id)")
    assert t.simple(f"SELECT 1; CALL sys.wait_for_job('{job}')")[-1].sqlstate == "25001"


def test_a_reader_keeps_its_snapshot(t: Client, connect: Connect) -> None:
    other = connect()
    t("BEGIN")
    assert t("SELECT count(*) FROM t").value == "0"
    other("INSERT INTO t VALUES (1)")
    assert t("SELECT count(*) FROM t").value == "0"
    t("COMMIT")
    assert t("SELECT count(*) FROM t").value == "1"


def test_the_second_of_two_writers_conflicts(t: Client, connect: Connect) -> None:
    t("INSERT INTO t VALUES (1)")
    other = connect()
    for client in (t, other):
        client("BEGIN")
        client("SELECT * FROM t")
    t("UPDATE t SET id = 2")
    t("COMMIT")
    assert other("UPDATE t SET id = 3").error == OC000
    assert other("ROLLBACK").tag == "ROLLBACK"
    assert other("UPDATE t SET id = 3").tag == "UPDATE 1"


def test_a_writer_that_would_wait_conflicts_instead(
    double: Double, t: Client, connect: Connect
) -> None:
    double.settings.lock_timeout = 0.05
    t("INSERT INTO t VALUES (1)")
    other = connect()
    t("BEGIN")
    t("UPDATE t SET id = 2")
    assert other("UPDATE t SET id = 3").error == OC000
    assert t("COMMIT").tag == "COMMIT"


def test_a_cancel_request_stops_a_statement(double: Double, db: Client) -> None:
    db.send("SELECT pg_sleep(30)")
    running = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not double.query(running):
        pass
    db.cancel()
    (answer,) = db.receive()
    assert answer.error == ("57014", "canceling statement due to user request")
    assert db("SELECT 1").value == "1"


def test_a_long_pipeline_is_refused_when_told_so(double: Double, db: Client) -> None:
    double.settings.pipeline = 2
    short = db.pipeline("SELECT 1", "SELECT 2")
    assert [answer.value for answer in short] == ["1", "2"]
    long = db.pipeline("SELECT 1", "SELECT 2", "SELECT 3")
    assert long[2].error == ("0A000", "pipeline too long")
    assert db("SELECT 4").value == "4"
