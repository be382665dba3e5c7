"""Directories as Flyway and the sequelize tutorial have them, and those that are not clear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.dsql.double import Double
from tests.support.command_line import (
    Outcome,
    credentials,
    dsql_target,
    run_event,
    user_tables,
    write_files,
)

FLYWAY: dict[str, str | bytes] = {
    "V1__tea.sql": "CREATE TABLE tea (name text PRIMARY KEY);\n",
    "later/V1.10__green.sql": "INSERT INTO tea VALUES ('Sencha, after ' || (SELECT name FROM tea));\n",
    "V1_9__black.sql": "INSERT INTO tea VALUES ('Assam');\n",
    "U1_9__black.sql": "DELETE FROM tea;\n",
}


def run_files(double: Double, folder: Path, files: dict[str, str | bytes], **more: Any) -> Outcome:
    event = {"source": write_files(folder, files), "target": dsql_target(double)} | more
    return run_event(event, credentials(double))


def versions_of(outcome: Outcome) -> list[str]:
    return [row["version"] for row in outcome.answer.get("migrations", [])]


def test_a_flyway_directory_is_recognised_and_runs_in_its_order(
    double: Double, tmp_path: Path
) -> None:
    first = run_files(double, tmp_path, FLYWAY)
    assert first.status == "APPLIED", first.answer
    assert versions_of(first) == ["1", "1.9", "1.10"]
    assert first.answer["currentVersion"] == "1.10"
    rows = double.query("SELECT name FROM tea ORDER BY name")
    assert rows == [("Assam",), ("Sencha, after Assam",)]
    assert run_files(double, tmp_path, {}, format="flyway").status == "UP_TO_DATE"


def test_numbered_folders_run_by_number_then_by_name(double: Double, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "v10/1_c.sql": "INSERT INTO a VALUES (3);",
        "v2/2_b.sql": "INSERT INTO a VALUES (2);",
        "v2/1_a.sql": "CREATE TABLE a (id bigint PRIMARY KEY);",
    }
    outcome = run_files(double, tmp_path, files)
    assert versions_of(outcome) == ["2/1_a.sql", "2/2_b.sql", "10/1_c.sql"], outcome.answer
    assert run_files(double, tmp_path, {}).status == "UP_TO_DATE"


def test_a_mixed_directory_is_refused_until_the_format_is_named(
    double: Double, tmp_path: Path
) -> None:
    files = {"2_more.sql": "CREATE TABLE more (id bigint PRIMARY KEY);"} | FLYWAY
    refused = run_files(double, tmp_path, files)
    assert refused.status == "INVALID"
    assert refused.problem["code"] == "ambiguous-format"
    assert "atlas 2_more.sql, flyway " in refused.problem["message"]
    assert user_tables(double) == []
    named = run_files(double, tmp_path, {}, format="flyway")
    assert versions_of(named) == ["1", "1.9", "1.10"]
    assert named.problem["file"] == "2_more.sql"  # left out, with a warning


PLACED: dict[str, str | bytes] = {
    "M1__tea.ddl": "CREATE TABLE ${table} (name text PRIMARY KEY);\n",
    "M2__rows.ddl": "INSERT INTO ${table} VALUES ('${flyway:filename} for ${flyway:user}');\n",
    "M2__rows.ddl.conf": "executeInTransaction=false\n",
}
NAMING = {"flyway": {"sqlMigrationPrefix": "M", "sqlMigrationSuffixes": ".ddl"}}


def test_placeholders_have_their_values_and_files_the_names_that_are_asked_for(
    double: Double, tmp_path: Path
) -> None:
    refused = run_files(double, tmp_path, PLACED, **NAMING)
    assert refused.status == "INVALID"
    assert refused.problem["code"] == "placeholder"
    assert (refused.problem["line"], refused.problem["column"]) == (1, 14)
    assert user_tables(double) == []
    applied = run_files(double, tmp_path, {}, placeholders={"Table": "tea"}, **NAMING)
    assert versions_of(applied) == ["1", "2"], applied.answer
    assert double.query("SELECT name FROM tea") == [("M2__rows.ddl for admin",)]
    # Other values do not make the files changed ones.
    again = run_files(double, tmp_path, {}, placeholders={"Table": "coffee"}, **NAMING)
    assert again.status == "UP_TO_DATE", again.answer


def test_a_baseline_file_comes_first_and_repeatable_files_last_and_again(
    double: Double, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = FLYWAY | {
        "B1.9__all.sql": "CREATE TABLE tea (name text PRIMARY KEY);\n"
        "INSERT INTO tea VALUES ('Ceylon');\n",
        "R__best_tea.sql": "CREATE OR REPLACE VIEW best AS SELECT '${best}' AS name;\n",
    }
    first = run_files(double, tmp_path, files, placeholders={"best": "Assam"})
    assert versions_of(first) == ["1.9", "1.10", "R:best tea"], first.answer
    kinds = [row.get("kind", "versioned") for row in first.answer["migrations"]]
    assert kinds == ["baseline-file", "versioned", "repeatable"]
    assert first.answer["currentVersion"] == "1.10"
    assert run_files(double, tmp_path, {}, placeholders={"best": "Assam"}).status == "UP_TO_DATE"
    planned = run_files(double, tmp_path, {}, placeholders={"best": "Ceylon"}, command="plan")
    assert [step["runsAgain"] for step in planned.answer["plan"]] == [True], planned.answer
    again = run_files(double, tmp_path, {}, placeholders={"best": "Ceylon"})
    assert versions_of(again) == ["R:best tea"], again.answer
    assert double.query("SELECT name FROM best") == [("Ceylon",)]


def test_a_callback_is_refused_before_anything_runs(double: Double, tmp_path: Path) -> None:
    refused = run_files(double, tmp_path, FLYWAY | {"beforeMigrate.sql": "SELECT 1;"})
    assert refused.status == "INVALID"
    assert refused.problem["file"] == "beforeMigrate.sql"
    assert "callback" in refused.problem["message"]
    assert user_tables(double) == []


def test_a_format_that_fits_no_file_is_an_empty_source(double: Double, tmp_path: Path) -> None:
    refused = run_files(double, tmp_path, FLYWAY, format="folders")
    assert refused.status == "INVALID"
    assert refused.problem["code"] == "empty-source"
    assert "format" in refused.problem["hint"]


def test_an_unknown_format_is_refused_by_name(double: Double, tmp_path: Path) -> None:
    refused = run_files(double, tmp_path, FLYWAY, format="liquibase")
    assert refused.status == "INVALID"
    assert "liquibase" in refused.answer["errorMessage"]
