"""validate, info and hash: what they say, and that they change nothing."""

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

FILES: dict[str, str | bytes] = {
    "1_a.sql": "CREATE TABLE a (id int);\n",
    "2_b.sql": "CREATE TABLE b (id int);\n",
}
SUM = (  # of Atlas itself
    "h1:suWOgEl4b8+ZGnGkyRcy2AueRtZKAkT6PdNTDiVWU88=\n"
    "1_a.sql h1:e72Wd39UNYY4sGrVkNYkCs4GRrWBQ0ASXh73rS+WpU4=\n"
    "2_b.sql h1:LYBzMWp8I1J0wb5WVXG/rhd1DXb0uUx/zp1eAIICVlY=\n"
)


def run_command(double: Double, source: str, command: str, **more: Any) -> Outcome:
    event = {"command": command, "source": source, "target": dsql_target(double)} | more
    return run_event(event, credentials(double))


def test_hash_needs_no_database_and_apply_keeps_to_its_sum(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path, FILES)
    hashed = run_event({"command": "hash", "source": source}, {})
    assert (hashed.exit_code, hashed.status) == (5, "PENDING")
    assert hashed.answer["sum"]["text"] == SUM
    write_files(tmp_path, {"atlas.sum": SUM})
    assert run_event({"command": "hash", "source": source}, {}).status == "UP_TO_DATE"

    write_files(tmp_path, {"2_b.sql": "CREATE TABLE c (id int);\n"})
    refused = run_command(double, source, "apply")
    assert refused.status == "INVALID"
    assert refused.problem["message"] == "2_b.sql was changed after atlas.sum was written"
    assert user_tables(double) == []
    write_files(tmp_path, FILES)
    assert run_command(double, source, "apply").status == "APPLIED"


def test_validate_with_and_without_a_database(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path, FILES)
    for event in ({"target": dsql_target(double), "offline": True}, {}):
        files_only = run_event({"command": "validate", "source": source} | event, {})
        assert (files_only.exit_code, files_only.status) == (0, "VALID")
        assert "no database was asked" in files_only.answer["message"]
    assert run_command(double, source, "validate", atlasSum="require").problem["code"] == "sum-missing"
    assert run_command(double, source, "apply").status == "APPLIED"
    write_files(tmp_path, {"1_a.sql": "CREATE TABLE a (id bigint);\n", "3_c.sql": "SELECT 'open"})
    invalid = run_command(double, source, "validate")
    assert invalid.status == "INVALID"
    codes = [problem["code"] for problem in invalid.answer["problems"]]
    assert "checksum-mismatch" in codes and len(codes) == 2


def test_info_tells_how_every_migration_stands(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path, FILES)
    assert run_command(double, source, "info").status == "PENDING"
    assert run_command(double, source, "apply").status == "APPLIED"
    write_files(tmp_path, {"3_c.sql": "SELECT 'open"})  # which info does not look into
    told = run_command(double, source, "info", limit=2)
    assert (told.status, told.answer["next"]) == ("PENDING", "2")
    first = told.answer["info"][0]
    assert (first["state"], first["applied"], first["file"]) == ("Success", 1, "1_a.sql")
    assert first["appliedBy"].startswith("local-") and first["installedOn"] >= first["startedOn"]
    assert told.answer["counts"]["pending"] == 1
    rest = run_command(double, source, "info", limit=2, after=told.answer["next"])
    assert [(row["version"], row["state"]) for row in rest.answer["info"]] == [("3", "Pending")]
    assert rest.answer["table"].splitlines()[3].startswith("| Versioned |")
