"""hash with "write": atlas.sum in a folder and in S3."""

from __future__ import annotations

from pathlib import Path

from tests.dsql.double import Double
from tests.support.command_line import (
    Outcome,
    credentials,
    dsql_target,
    run_event,
    write_files,
)
from tests.support.moto_bucket import MotoBucket

FILES: dict[str, str | bytes] = {
    "1_a.sql": "CREATE TABLE a (id int);\n",
    "2_b.sql": "CREATE TABLE b (id int);\n",
}


def run_hash(source: str, environment: dict[str, str]) -> Outcome:
    return run_event({"command": "hash", "source": source, "write": True}, environment)


def test_a_folders_sum_is_written_once_and_apply_requires_it(double: Double, tmp_path: Path) -> None:
    source = write_files(tmp_path, FILES)
    written = run_hash(source, {})
    assert (written.exit_code, written.status) == (0, "UP_TO_DATE")
    assert written.answer["sum"]["written"] is True
    assert written.answer["sum"]["location"] == f"file://{tmp_path}/atlas.sum"
    assert (tmp_path / "atlas.sum").read_text() == written.answer["sum"]["text"]
    again = run_hash(source, {})
    assert (again.status, again.answer["sum"]["written"]) == ("UP_TO_DATE", False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1_a.sql", "2_b.sql", "atlas.sum"]
    event = {"source": source, "target": dsql_target(double), "atlasSum": "require"}
    assert run_event(event, credentials(double)).status == "APPLIED"


def test_a_prefixs_sum_is_put_once_and_an_archives_is_not(double: Double, bucket: MotoBucket) -> None:
    environment = credentials(double) | {"AWS_ENDPOINT_URL_S3": bucket.endpoint}
    for name, text in FILES.items():
        bucket.put(f"summed/{name}", str(text).encode())
    written = run_hash("s3://releases/summed/", environment)
    assert written.status == "UP_TO_DATE", written.answer
    assert written.answer["sum"]["location"] == "s3://releases/summed/atlas.sum"
    assert bucket.get("summed/atlas.sum").decode() == written.answer["sum"]["text"]
    assert run_hash("s3://releases/summed/", environment).answer["sum"]["written"] is False
    assert bucket.count_versions("summed/atlas.sum") == 1

    refused = run_hash("s3://releases/summed.zip", environment)
    assert refused.status == "INVALID"
    assert "not written into an archive" in refused.problem["message"]
