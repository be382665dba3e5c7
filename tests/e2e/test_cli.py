"""`bootstrap` as a command: its arguments, its exit codes, one event from a file."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.dsql.double import Double
from tests.support.command_line import (
    EVENT_SCHEMA,
    TOP,
    credentials,
    dsql_target,
    run,
    run_event,
    user_tables,
    write_files,
)

FILES: dict[str, str | bytes] = {
    "1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY, grams bigint);\n"
    "CREATE INDEX CONCURRENTLY tea_grams ON tea USING btree (grams ASC);\n",
    "2_stock.sql": "INSERT INTO tea VALUES ('Assam', 250), ('Sencha; green', 100);\n",
}
USAGE_ERROR = 64


def environment_name(field: str) -> str:
    return "MIGRATE_" + "".join("_" + c if c.isupper() else c for c in field).upper()


def test_help_names_every_event_field_and_its_variable() -> None:
    done = run(["--help"], {})
    assert done.returncode == 0
    fields = set(EVENT_SCHEMA["properties"]) - {"contentDigest"}
    assert [name for name in sorted(fields) if name not in done.stdout] == []
    assert [name for name in map(environment_name, sorted(fields)) if name not in done.stdout] == []


def test_version_is_one_line() -> None:
    done = run(["--version"], {})
    assert done.returncode == 0
    assert done.stdout.startswith("dsql-migrate ") and done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["--evnt"], "--evnt"),
        (["--event"], "--event"),
        (["--event", "no/such/file.json"], "no/such/file.json"),
        (["--timeout", "soon", "--event", "-"], "--timeout"),
        ([], "AWS_LAMBDA_RUNTIME_API"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments: list[str], says: str) -> None:
    done = run(arguments, {})
    assert done.returncode == USAGE_ERROR
    assert says in done.stderr and done.stdout == ""


def test_sample_events_fit_the_schema() -> None:
    wrapped = ("cloudformation-", "schedule-rule", "workflow-")
    samples = [
        path
        for path in (TOP / "events").glob("*.json")
        if not path.name.startswith(wrapped) and not path.name.endswith(".schema.json")
    ]
    assert len(samples) >= 4
    for path in samples:
        jsonschema.validate(json.loads(path.read_text()), EVENT_SCHEMA)


def test_the_log_of_many_files_is_ten_lines_at_most(double: Double, tmp_path: Path) -> None:
    files = {f"{n}_t.sql": f"CREATE TABLE t{n} (id int PRIMARY KEY);" for n in range(1, 41)}
    event = {"source": write_files(tmp_path, files), "target": dsql_target(double)}
    outcome = run_event(event, credentials(double))
    lines = [json.loads(line) for line in outcome.log.splitlines()]
    assert len(lines) <= 10, outcome.log
    assert "40 migrations applied" in lines[-2]["message"]
    assert lines[-1]["MigrationsApplied"] == 40


def test_files_are_applied_once_and_a_second_apply_does_nothing(
    double: Double, tmp_path: Path
) -> None:
    event = {
        "command": "apply",
        "source": write_files(tmp_path, FILES),
        "target": dsql_target(double),
    }
    first = run_event(event, credentials(double))
    assert (first.exit_code, first.status) == (0, "APPLIED")
    assert first.answer["currentVersion"] == "2"
    assert [row["version"] for row in first.answer["migrations"]] == ["1", "2"]
    assert user_tables(double) == ["public.tea"]
    assert double.query("SELECT count(*) FROM tea") == [("2",)]
    assert double.query(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'tea_grams'::regclass"
    ) == [("t",)]

    second = run_event(event, credentials(double))
    assert (second.exit_code, second.status) == (0, "UP_TO_DATE")
    assert second.answer["counts"]["applied"] == 0
    assert double.query("SELECT count(*) FROM tea") == [("2",)]


def test_plan_shows_each_statement_as_it_would_be_sent_and_sends_none(
    double: Double, tmp_path: Path
) -> None:
    event = {
        "command": "plan",
        "source": write_files(tmp_path, FILES),
        "target": dsql_target(double),
    }
    planned = run_event(event, credentials(double))
    assert (planned.exit_code, planned.status) == (0, "PLANNED")
    steps = planned.answer["plan"]
    assert [step["version"] for step in steps] == ["1", "2"]
    index = steps[0]["statements"][1]["sql"]
    assert index.split() == "CREATE INDEX ASYNC tea_grams ON tea (grams)".split()
    assert steps[1]["statements"][0]["sql"].endswith("('Sencha; green', 100)")
    assert user_tables(double) == []


def test_status_of_waiting_files_is_pending(double: Double, tmp_path: Path) -> None:
    event = {
        "command": "status",
        "source": write_files(tmp_path, FILES),
        "target": dsql_target(double),
    }
    waiting = run_event(event, credentials(double))
    assert (waiting.exit_code, waiting.status) == (5, "PENDING")
    assert [row["version"] for row in waiting.answer["pending"]] == ["1", "2"]


def test_the_environment_stands_in_for_every_field(double: Double, tmp_path: Path) -> None:
    settings = {
        "MIGRATE_COMMAND": "plan",
        "MIGRATE_SOURCE": write_files(tmp_path, FILES),
        "MIGRATE_TARGET": dsql_target(double),
    }
    assert run_event({}, credentials(double) | settings).status == "PLANNED"
    # The event goes first.
    assert run_event({"command": "status"}, credentials(double) | settings).status == "PENDING"


def test_an_event_is_read_from_a_file(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path / "files", FILES)
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps({"command": "status", "source": source, "target": dsql_target(double)})
    )
    done = run(["--event", str(event)], credentials(double))
    assert json.loads(done.stdout)["status"] == "PENDING"


def test_a_failing_statement_is_reported_with_its_place_and_stops_the_run(
    double: Double, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "1_a.sql": "CREATE TABLE a (id bigint PRIMARY KEY);",
        "2_b.sql": "INSERT INTO a VALUES (1);\n\n-- The same key\n  INSERT INTO a VALUES (1);\n",
        "3_c.sql": "CREATE TABLE c (id bigint PRIMARY KEY);",
    }
    event = {"source": write_files(tmp_path, files), "target": dsql_target(double)}
    failed = run_event(event, credentials(double))
    assert (failed.exit_code, failed.status) == (1, "FAILED")
    failure = failed.answer["failure"]
    assert (failure["file"], failure["line"], failure["sqlstate"]) == ("2_b.sql", 4, "23505")
    assert failed.answer["errorType"].startswith("Function.")
    assert "2_b.sql:4" in failed.answer["errorMessage"]
    assert user_tables(double) == ["public.a"]

    # Mended after its last applied statement, it goes on from there.
    write_files(tmp_path, {"2_b.sql": "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n"})
    assert run_event(event, credentials(double)).status == "APPLIED"
    assert user_tables(double) == ["public.a", "public.c"]
    assert double.query("SELECT count(*) FROM a") == [("2",)]
