"""CREATE INDEX ASYNC and ALTER TABLE ASYNC ... VALIDATE CONSTRAINT as jobs that take time."""

from __future__ import annotations

import re

import pytest

from tests.dsql.client import Client
from tests.dsql.conftest import Connect
from tests.dsql.double import Double

DUPLICATES = "Found duplicate key while validating index for UCVs"


@pytest.fixture
def t(db: Client) -> Client:
    db("CREATE TABLE t (id int PRIMARY KEY, a int, b text)")
    db("INSERT INTO t SELECT n, n % 5, 'B' || n FROM generate_series(1, 10) n")
    return db


def state(db: Client, index: str) -> tuple[str | None, ...]:
    """indisvalid and indisunique."""
    sql = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid ="
    (row,) = db(f"{sql} '{index}'::regclass").rows
    return row


def test_an_index_answers_with_its_job(t: Client) -> None:
    for answer in (t("CREATE INDEX ASYNC ON t (a)"), t.extended("CREATE INDEX ASYNC ON t (a)")):
        assert (answer.tag, answer.columns) == ("CREATE INDEX", ("job_id",))
        assert re.fullmatch("[a-z2-7]{25}[aeimquy4]", answer.value or "")


def test_an_index_is_invalid_until_its_job_has_ended(double: Double, t: Client) -> None:
    double.settings.job_hold = "processing"
    job = t.job("CREATE INDEX ASYNC i ON t (a)")
    assert state(t, "i") == ("f", "f")
    double.settings.job_hold = "none"
    assert t.wait(job) == ("completed", None)
    assert state(t, "i") == ("t", "f")


def test_a_job_that_takes_no_time_has_ended_when_it_is_looked_at(double: Double, t: Client) -> None:
    double.settings.job_delay = 0.0
    t("CREATE INDEX ASYNC i ON t (a)")
    assert t.extended("SELECT status FROM sys.jobs").value == "completed"
    assert state(t, "i") == ("t", "f")


def test_sys_jobs_has_the_published_columns(double: Double, t: Client) -> None:
    double.settings.job_hold = "submitted"
    job = t.job("CREATE INDEX ASYNC i ON t (a)")
    answer = t("SELECT * FROM sys.jobs")
    assert answer.columns == (
        "job_id", "status", "details", "job_type", "class_id", "object_id", "object_name",
        "start_time", "update_time",
    )  # fmt: skip
    (row,) = answer.rows
    shown = dict(zip(answer.columns, row, strict=True))
    assert (shown["job_id"], shown["status"], shown["job_type"]) == (
        job,
        "submitted",
        "INDEX_BUILD",
    )
    assert (shown["class_id"], shown["object_name"]) == ("1259", "public.i")
    assert shown["update_time"] is None and shown["details"] is None
    joined = "SELECT c.relname FROM sys.jobs j JOIN pg_class c ON c.oid = j.object_id"
    assert t(joined).value == "i"


def test_a_job_is_submitted_then_processing_then_completed(double: Double, t: Client) -> None:
    double.settings.job_hold = "submitted"
    job = t.job("CREATE INDEX ASYNC i ON t (a)")
    status = f"SELECT status FROM sys.jobs WHERE job_id = '{job}' AND (update_time IS NULL)"
    assert t(f"{status} = true").value == "submitted"
    double.settings.job_hold = "processing"
    while not t(f"{status} = false").rows:
        pass
    assert t(f"{status} = false").value == "processing"
    double.settings.job_hold = "none"
    assert t.wait(job) == ("completed", None)


def test_a_unique_index_over_duplicates_stays_invalid_and_guards(t: Client) -> None:
    job = t.job("CREATE UNIQUE INDEX ASYNC u ON t (a)")
    assert t.wait(job) == ("failed", DUPLICATES)
    assert state(t, "u") == ("f", "t")
    assert t("INSERT INTO t VALUES (11, 3)").sqlstate == "23505"
    assert t("INSERT INTO t VALUES (11, 99)").tag == "INSERT 0 1"


def test_if_not_exists_over_an_invalid_index_does_nothing(t: Client) -> None:
    t.wait(t.job("CREATE UNIQUE INDEX ASYNC u ON t (a)"))
    answer = t("CREATE UNIQUE INDEX ASYNC IF NOT EXISTS u ON t (a)")
    assert (answer.tag, answer.rows) == ("CREATE INDEX", ())
    assert state(t, "u") == ("f", "t")


def test_a_dropped_and_rebuilt_unique_index_is_valid(t: Client) -> None:
    t.wait(t.job("CREATE UNIQUE INDEX ASYNC u ON t (a)"))
    assert t("DROP INDEX u").tag == "DROP INDEX"
    t("DELETE FROM t WHERE id > 5")
    assert t.wait(t.job("CREATE UNIQUE INDEX ASYNC u ON t (a)")) == ("completed", None)
    assert state(t, "u") == ("t", "t")


def test_duplicates_are_judged_at_the_jobs_end(double: Double, t: Client) -> None:
    double.settings.job_hold = "processing"
    job = t.job("CREATE UNIQUE INDEX ASYNC u ON t (a)")
    t("DELETE FROM t WHERE id > 5")
    double.settings.job_hold = "none"
    assert t.wait(job) == ("completed", None)


UNIQUE_FORMS = {
    "(b)": "completed",
    "(lower(b))": "completed",
    "((a % 2), b) INCLUDE (id)": "completed",
    "(a) WHERE id <= 5": "completed",
    "(a) WHERE id <= 6": "failed",
    "((id / 100))": "failed",
    "((CASE WHEN id > 9 THEN id END))": "completed",
    "((CASE WHEN id > 9 THEN id END)) NULLS NOT DISTINCT": "failed",
    "(a, (id % 2))": "completed",
}


@pytest.mark.parametrize(("form", "status"), UNIQUE_FORMS.items(), ids=list(UNIQUE_FORMS))
def test_what_counts_as_a_duplicate(t: Client, form: str, status: str) -> None:
    assert t.wait(t.job(f"CREATE UNIQUE INDEX ASYNC u ON t {form}"))[0] == status


def test_a_job_whose_table_is_gone_completes_and_says_so(double: Double, t: Client) -> None:
    double.settings.job_hold = "processing"
    job = t.job("CREATE INDEX ASYNC i ON t (a)")
    t("DROP TABLE t")
    double.settings.job_hold = "none"
    assert t.wait(job) == ("completed", 'relation "public.t" does not exist')
    assert t("SELECT object_name FROM sys.jobs").value is None


def test_dropping_the_index_gives_its_build_up(double: Double, t: Client) -> None:
    double.settings.job_hold = "processing"
    job = t.job("CREATE INDEX ASYNC i ON t (a)")
    assert t("DROP INDEX i").tag == "DROP INDEX"
    double.settings.job_hold = "none"
    assert t.wait(job)[0] == "completed"


def test_an_index_rolled_back_leaves_no_job(t: Client) -> None:
    t("BEGIN")
    assert t("CREATE INDEX ASYNC i ON t (a)").tag == "CREATE INDEX"
    t("ROLLBACK")
    assert t("SELECT count(*) FROM sys.jobs").value == "0"


def test_a_unique_constraint_takes_over_only_a_finished_index(double: Double, t: Client) -> None:
    double.settings.job_hold = "submitted"
    job = t.job("CREATE UNIQUE INDEX ASYNC u ON t (b)")
    add = "ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX u"
    assert t(add).error == ("55000", 'index "u" is not valid')
    double.settings.job_hold = "none"
    t.wait(job)
    assert t(add).tag == "ALTER TABLE"
    assert t("SELECT to_regclass('u') IS NULL AND to_regclass('k') IS NOT NULL").value == "t"


def test_a_constraint_is_validated_by_a_job(double: Double, t: Client) -> None:
    double.settings.job_hold = "processing"
    t("ALTER TABLE t ADD CONSTRAINT c CHECK (a >= 0) NOT VALID")
    valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'c'"
    answer = t("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c")
    assert (answer.tag, answer.columns, t(valid).value) == ("ALTER TABLE", ("job_id",), "f")
    double.settings.job_hold = "none"
    assert t.wait(answer.value or "") == ("completed", None)
    assert t(valid).value == "t"
    assert t("SELECT job_type FROM sys.jobs").value == "VALIDATE_CONSTRAINT"
    again = t.job("ALTER TABLE ASYNC IF EXISTS public.t VALIDATE CONSTRAINT c")
    assert t.wait(again) == ("completed", None)


def test_a_violated_constraint_stays_not_valid_and_guards(t: Client) -> None:
    t("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID")
    job = t.job("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c")
    assert t.wait(job) == ("failed", 'check constraint "c" is violated by some row')
    assert t("SELECT convalidated FROM pg_constraint WHERE conname = 'c'").value == "f"
    assert t("INSERT INTO t VALUES (99, -1)").sqlstate == "23514"


def test_a_violated_foreign_key_fails_its_job(t: Client) -> None:
    t("CREATE TABLE child (id int)")
    t("INSERT INTO child VALUES (77)")
    t("ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES t NOT VALID")
    status, details = t.wait(t.job("ALTER TABLE ASYNC child VALIDATE CONSTRAINT f"))
    assert status == "failed"
    message = 'insert or update on table "child" violates foreign key constraint "f"'
    assert details == message


def test_wait_for_job_tells_whether_it_succeeded(t: Client) -> None:
    good = t.job("CREATE INDEX ASYNC ON t (a)")
    bad = t.job("CREATE UNIQUE INDEX ASYNC ON t (a)")
    answer = t(f"CALL sys.wait_for_job('{good}')")
    assert (answer.columns, answer.value) == (("succeeded",), "t")
    assert t.extended(f"CALL sys.wait_for_job('{bad}')").value == "f"


def test_wait_for_job_gives_up_in_the_end(double: Double, connect: Connect, t: Client) -> None:
    double.settings.change({"job_hold": "submitted", "wait_for_job_timeout": 0.05})
    job = t.job("CREATE INDEX ASYNC ON t (a)")
    assert connect()(f"CALL sys.wait_for_job('{job}')").value == "f"


def test_finished_jobs_disappear_when_a_later_one_ends(double: Double, t: Client) -> None:
    first = t.job("CREATE INDEX ASYNC ON t (a)")
    t.wait(first)
    double.settings.job_retention = 0.0
    second = t.job("CREATE INDEX ASYNC ON t (b)")
    t(f"CALL sys.wait_for_job('{second}')")
    for _ in range(200):
        if t("SELECT count(*) FROM sys.jobs WHERE status <> 'processing'").value == "0":
            break
    assert t(f"SELECT count(*) FROM sys.jobs WHERE job_id = '{first}'").value == "0"


def test_jobs_of_several_tables_run_side_by_side(double: Double, t: Client) -> None:
    double.settings.job_hold = "submitted"
    jobs = [t.job(f"CREATE INDEX ASYNC i{n} ON t (a)") for n in range(8)]
    double.settings.job_hold = "none"
    assert [t.wait(job)[0] for job in jobs] == ["completed"] * 8
    spread = "SELECT max(start_time) < min(update_time) FROM sys.jobs"
    assert t(spread).value == "t"
