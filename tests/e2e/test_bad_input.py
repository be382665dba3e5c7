"""Bad input and refused connections: a clear error each, nothing applied, nothing leaked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dsql.auth import make_token
from tests.dsql.double import Double
from tests.support.certificates import make_certificates
from tests.support.command_line import (
    Outcome,
    credentials,
    dsql_target,
    run_event,
    user_tables,
    write_files,
)
from tests.support.vanishing_s3 import VanishingS3

GOOD = "CREATE TABLE a (id bigint PRIMARY KEY);\n"
TOKEN = re.compile(r"X-Amz-(?:Signature|Credential|Security-Token)|DbConnect(?:Admin)?&")
WRONG_SECRET = "wrong/secret+of/forty/characters/EXAMPLE"


def run_files(double: Double, folder: Path, files: dict[str, str | bytes], **more: Any) -> Outcome:
    event = {"source": write_files(folder, files), "target": dsql_target(double)} | more
    return run_event(event, credentials(double))


def check_refused(outcome: Outcome, double: Double, status: str = "INVALID") -> None:
    assert outcome.status == status, outcome.answer
    assert outcome.exit_code == {"FAILED": 1, "INVALID": 2}[status]
    assert outcome.answer["errorType"].startswith("Function.")
    assert user_tables(double) == []
    check_nothing_leaked(outcome, [key.secret for key in double.settings.keys] + [WRONG_SECRET])


def check_nothing_leaked(outcome: Outcome, secrets: list[str]) -> None:
    text = outcome.text()
    assert [secret for secret in secrets if secret in text] == []
    assert not TOKEN.search(text)


# The event


@pytest.mark.parametrize(
    "event, says",
    [
        ([], "object"),
        ("apply", "object"),
        ({"comand": "apply"}, "comand"),
        ({"command": "aply"}, "command"),
        ({"waitTimeout": "soon"}, "waitTimeout"),
        ({"source": "ftp://files/"}, "source"),
        ({"source": "s3:///x/"}, "source"),
        ({"target": "mysql://host/db"}, "target"),
        ({"target": "dsql://host.example/postgres"}, "region"),
        ({"ledgerSchema": "a; DROP TABLE b"}, "ledgerSchema"),
    ],
)
def test_an_event_that_is_wrong_is_refused_by_name(
    double: Double, tmp_path: Path, event: object, says: str
) -> None:
    if isinstance(event, dict):
        good = {"source": write_files(tmp_path, {"1_a.sql": GOOD}), "target": dsql_target(double)}
        event = good | event
    outcome = run_event(event, credentials(double))
    check_refused(outcome, double)
    assert says in outcome.answer["errorMessage"]


def test_a_missing_source_is_named(double: Double) -> None:
    outcome = run_event({"target": dsql_target(double)}, credentials(double))
    check_refused(outcome, double)
    assert "source" in outcome.answer["errorMessage"]
    assert "MIGRATE_SOURCE" in outcome.answer["errorMessage"]


def test_a_password_in_a_refused_target_is_not_repeated(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path, {"1_a.sql": GOOD})
    event = {"source": source, "target": "postgres://ann:hunter2-secret@127.0.0.1:x/db"}
    outcome = run_event(event, credentials(double))
    check_refused(outcome, double)
    check_nothing_leaked(outcome, ["hunter2-secret"])


# The files


def test_no_files_are_an_error(double: Double, tmp_path: Path) -> None:
    outcome = run_files(double, tmp_path, {"README.txt": "no migrations here"})
    check_refused(outcome, double)
    assert str(tmp_path) in outcome.answer["errorMessage"]
    assert "allowEmpty" in outcome.answer["errorMessage"]


def test_no_files_are_fine_when_allowed(double: Double, tmp_path: Path) -> None:
    assert run_files(double, tmp_path, {}, allowEmpty=True).status == "UP_TO_DATE"


def test_a_folder_that_is_not_there_is_named(double: Double, tmp_path: Path) -> None:
    event = {"source": f"file://{tmp_path}/nowhere/", "target": dsql_target(double)}
    outcome = run_event(event, credentials(double))
    check_refused(outcome, double)
    assert "nowhere" in outcome.answer["errorMessage"]


def test_an_unterminated_string_is_shown_at_its_line_and_column(
    double: Double, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "1_a.sql": GOOD,
        "2_b.sql": "-- Zoë\nINSERT INTO a\n  VALUES ('it''s);\n",
    }
    outcome = run_files(double, tmp_path, files)
    check_refused(outcome, double)
    problem = outcome.problem
    assert (problem["file"], problem["line"], problem["column"]) == ("2_b.sql", 3, 11)
    assert "2_b.sql:3:11" in outcome.answer["errorMessage"]


def test_two_files_of_one_version_are_both_named(double: Double, tmp_path: Path) -> None:
    outcome = run_files(double, tmp_path, {"1_a.sql": GOOD, "01_b.sql": "SELECT 1;"})
    check_refused(outcome, double)
    assert "1_a.sql" in outcome.text() and "01_b.sql" in outcome.text()


def test_a_file_that_is_not_utf_8_is_named(double: Double, tmp_path: Path) -> None:
    outcome = run_files(double, tmp_path, {"1_a.sql": GOOD, "2_b.sql": b"SELECT 'M\xfcller';\n"})
    check_refused(outcome, double)
    assert (outcome.problem["file"], outcome.problem["line"]) == ("2_b.sql", 1)
    assert "UTF-8" in outcome.answer["errorMessage"]


def test_a_file_with_a_name_of_another_form_is_an_error(double: Double, tmp_path: Path) -> None:
    outcome = run_files(double, tmp_path, {"1_a.sql": GOOD, "second.sql": "SELECT 1;"})
    check_refused(outcome, double)
    assert "second.sql" in outcome.answer["errorMessage"]


def test_what_dsql_refuses_is_found_before_anything_is_sent(double: Double, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "1_a.sql": GOOD,
        "2_b.sql": "CREATE TABLE b (id serial PRIMARY KEY);\nCREATE TEMP TABLE c (id int);\n",
    }
    outcome = run_files(double, tmp_path, files)
    check_refused(outcome, double)
    places = [
        (p["file"], p["line"]) for p in outcome.answer["problems"] if p["severity"] == "error"
    ]
    assert places == [("2_b.sql", 1), ("2_b.sql", 2)]
    assert all(problem["hint"] for problem in outcome.answer["problems"])


def test_an_edit_of_an_applied_file_is_refused(double: Double, tmp_path: Path) -> None:
    assert run_files(double, tmp_path, {"1_a.sql": GOOD}).status == "APPLIED"
    outcome = run_files(double, tmp_path, {"1_a.sql": GOOD.replace("bigint", "uuid")})
    assert outcome.status == "INVALID"
    assert "1_a.sql" in outcome.answer["errorMessage"]


# The connection


def check_connection_refused(
    double: Double, tmp_path: Path, changes: dict[str, str], **more: Any
) -> Outcome:
    event = {
        "source": write_files(tmp_path, {"1_a.sql": GOOD}),
        "target": dsql_target(double, **more),
    }
    outcome = run_event(event, credentials(double) | changes, "--timeout", "30")
    check_refused(outcome, double, "FAILED")
    return outcome


def test_a_wrong_secret_is_refused(double: Double, tmp_path: Path) -> None:
    outcome = check_connection_refused(double, tmp_path, {"AWS_SECRET_ACCESS_KEY": WRONG_SECRET})
    assert "access denied" in outcome.answer["errorMessage"]


def test_an_unknown_key_is_refused(double: Double, tmp_path: Path) -> None:
    outcome = check_connection_refused(double, tmp_path, {"AWS_ACCESS_KEY_ID": "AKIDUNKNOWN"})
    assert "access denied" in outcome.answer["errorMessage"]


def test_an_expired_token_is_refused(double: Double, tmp_path: Path) -> None:
    double.settings.clock_offset = 2 * 3600.0
    outcome = check_connection_refused(double, tmp_path, {})
    assert "access denied" in outcome.answer["errorMessage"]


def test_a_user_that_the_cluster_does_not_know_is_refused(double: Double, tmp_path: Path) -> None:
    outcome = check_connection_refused(double, tmp_path, {}, user="reporting")
    assert "reporting" in outcome.text()


def run_with_password(double: Double, tmp_path: Path, password: str, sslmode: str) -> Outcome:
    """As a plain PostgreSQL target, which takes any password and sslmode, at the same door."""
    parameters = dsql_target(double, sslmode=sslmode).partition("?")[2]
    event = {
        "source": write_files(tmp_path, {"1_a.sql": GOOD}),
        "target": f"postgres://admin@{double.host_name}:{double.port}/postgres?{parameters}",
    }
    outcome = run_event(event, {"MIGRATE_PASSWORD": password}, "--timeout", "30")
    check_refused(outcome, double, "FAILED")
    assert password not in outcome.text()
    return outcome


def test_a_token_for_the_wrong_action_is_refused(double: Double, tmp_path: Path) -> None:
    token = make_token(double.host_name, double.settings.keys[0], user="reporting")
    outcome = run_with_password(double, tmp_path, token, "verify-full")
    assert "Wrong user to action mapping" in outcome.answer["errorMessage"]


def test_a_connection_in_clear_text_is_refused_by_the_cluster(
    double: Double, tmp_path: Path
) -> None:
    token = make_token(double.host_name, double.settings.keys[0])
    outcome = run_with_password(double, tmp_path, token, "disable")
    assert outcome.answer["failure"]["code"] in ("connection-failed", "authentication-failed")


def test_an_unknown_certificate_authority_is_refused(double: Double, tmp_path: Path) -> None:
    other = make_certificates(tmp_path, ["other.example"])
    outcome = check_connection_refused(double, tmp_path, {}, sslrootcert=str(other.ca))
    assert "certificate" in outcome.answer["errorMessage"]


def test_a_certificate_authority_that_is_not_there_is_named(double: Double, tmp_path: Path) -> None:
    outcome = check_connection_refused(double, tmp_path, {}, sslrootcert=str(tmp_path / "no.pem"))
    assert "no.pem" in outcome.answer["errorMessage"]


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
def test_a_connection_without_verified_tls_is_never_made(
    double: Double, tmp_path: Path, mode: str
) -> None:
    target = dsql_target(double, sslmode=mode)
    source = write_files(tmp_path, {"1_a.sql": GOOD})
    outcome = run_event({"source": source, "target": target}, credentials(double))
    check_refused(outcome, double)
    assert "sslmode" in outcome.answer["errorMessage"]
    assert double.statements() == []


def test_no_credentials_at_all_say_so(double: Double, tmp_path: Path) -> None:
    event = {"source": write_files(tmp_path, {"1_a.sql": GOOD}), "target": dsql_target(double)}
    outcome = run_event(event, {})
    check_refused(outcome, double, "FAILED")
    assert "credentials" in outcome.answer["errorMessage"]


def test_a_cluster_that_wakes_up_is_waited_for(double: Double, tmp_path: Path) -> None:
    fault = double.inject("waking_up", times=2)
    outcome = run_files(double, tmp_path, {"1_a.sql": GOOD})
    assert outcome.status == "APPLIED", outcome.answer
    assert fault.fired == 2


def test_a_cluster_that_never_wakes_up_is_reported(double: Double, tmp_path: Path) -> None:
    double.inject("waking_up", times=None)
    event = {"source": write_files(tmp_path, {"1_a.sql": GOOD}), "target": dsql_target(double)}
    outcome = run_event(event, credentials(double), "--timeout", "5")
    check_refused(outcome, double, "FAILED")
    assert "waking up" in outcome.answer["errorMessage"]


def test_a_connection_that_works_leaks_nothing_either(double: Double, tmp_path: Path) -> None:
    event = {"source": write_files(tmp_path, {"1_a.sql": GOOD}), "target": dsql_target(double)}
    trace = {"AWS_LAMBDA_LOG_LEVEL": "TRACE"}
    outcome = run_event(event, credentials(double) | trace)
    assert outcome.status == "APPLIED"
    check_nothing_leaked(outcome, [key.secret for key in double.settings.keys])


# S3


@pytest.mark.parametrize("status, code", [(404, "NoSuchKey"), (412, "PreconditionFailed")])
def test_an_object_that_changes_between_list_and_get_is_named(
    double: Double, status: int, code: str
) -> None:
    with VanishingS3(GOOD.encode(), status, code) as s3:
        event = {"source": "s3://files/app/", "target": dsql_target(double)}
        outcome = run_event(event, credentials(double) | {"AWS_ENDPOINT_URL_S3": s3.endpoint})
    check_refused(outcome, double, "FAILED")
    assert "2_b.sql" in outcome.answer["errorMessage"]
