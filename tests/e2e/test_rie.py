"""The zip as it is deployed, under AWS's own Runtime Interface Emulator."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.dsql.double import Double
from tests.support.command_line import (
    ANSWER_SCHEMA,
    credentials,
    dsql_target,
    user_tables,
    write_files,
)
from tests.support.deploy import PACKAGE
from tests.support.rie import Rie

TABLE = "CREATE TABLE tea (name text PRIMARY KEY);\n"


@pytest.fixture
def rie(double: Double, tmp_path: Path) -> Iterator[Rie]:
    environment = credentials(double) | {
        "MIGRATE_SOURCE": f"file://{tmp_path}/files/",
        "MIGRATE_TARGET": dsql_target(double),
    }
    write_files(tmp_path / "files", {"1_tea.sql": TABLE})
    with Rie(PACKAGE, tmp_path, environment) as started:
        yield started


def test_the_zip_holds_an_executable_bootstrap_at_its_root() -> None:
    with zipfile.ZipFile(PACKAGE) as archive:
        assert archive.namelist() == ["bootstrap"]
        mode = archive.getinfo("bootstrap").external_attr >> 16
    assert stat.S_ISREG(mode) and stat.S_IMODE(mode) == 0o755


def test_one_process_serves_status_apply_and_status(rie: Rie, double: Double) -> None:
    answers = [rie.invoke({"command": command}) for command in ("status", "apply", "status")]
    for answer in answers:
        jsonschema.validate(answer, ANSWER_SCHEMA)
    assert [answer["status"] for answer in answers] == ["PENDING", "APPLIED", "UP_TO_DATE"]
    assert user_tables(double) == ["public.tea"]
    assert rie.log_text().count("exec '") == 1


def test_a_refused_event_is_a_function_error_and_the_next_one_is_served(rie: Rie) -> None:
    refused = rie.invoke(["not", "an", "object"])
    assert refused["errorType"] == "Function.MigrationInvalid"
    assert "object" in refused["errorMessage"]
    assert rie.invoke({"command": "status"})["status"] == "PENDING"


def test_an_answer_is_cut_to_lambdas_limit_and_the_next_event_is_served(
    rie: Rie, tmp_path: Path
) -> None:
    row = "INSERT INTO tea VALUES ('" + "x" * 10_000 + "%d');\n"
    write_files(tmp_path / "files", {"2_rows.sql": "".join(row % i for i in range(700))})
    answer = rie.invoke({"command": "plan"})
    assert answer["status"] == "PLANNED" and answer["counts"]["pending"] == 2
    assert [step["file"] for step in answer["plan"]] == ["1_tea.sql"]
    assert answer["omitted"] == {"plan": 1}
    assert rie.invoke({"command": "status"})["status"] == "PENDING"
    assert rie.log_text().count("exec '") == 1


def test_an_event_of_five_megabytes_is_refused_by_name(rie: Rie) -> None:
    answer = rie.invoke({"command": "status", "comment": "y" * (5 << 20)})
    assert "comment" in answer["errorMessage"] and len(answer["errorMessage"]) < 1000
    assert "yyyyyyyy" not in rie.log_text()


def test_the_log_holds_no_secret_and_no_event(rie: Rie, double: Double) -> None:
    rie.invoke({"command": "apply"})
    rie.invoke({"command": "status", "unknown-field": "payload-text"})
    log = rie.log_text()
    assert '"level"' in log
    hidden = [key.secret for key in double.settings.keys] + ["X-Amz-Signature", "payload-text"]
    assert [text for text in hidden if text in log] == []
