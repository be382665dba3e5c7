"""Many files and large ones: what is read of them, and how much memory that takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.apply.stage import Run, apply
from tests.dsql.double import Double
from tests.support.command_line import credentials, dsql_target, run_event
from tests.support.counting_s3 import CountingS3
from tests.support.world import World

COMMENT = b"-- a line of a comment that is as long as others are, and says nothing at all\n"
KIB_OF_40_MIB = 40 << 10


@pytest.fixture
def s3() -> Iterator[CountingS3]:
    with CountingS3() as s3:
        yield s3


def run_apply(s3: CountingS3, double: Double) -> Run:
    s3.gets.clear()
    environment = credentials(double) | {"AWS_ENDPOINT_URL_S3": s3.endpoint}
    return apply("s3://files/m/", dsql_target(double), environment)


def test_only_files_that_the_ledger_does_not_know_are_downloaded(
    s3: CountingS3, double: Double
) -> None:
    for number in range(1, 6):
        s3.objects[f"m/{number}_t.sql"] = b"CREATE TABLE t%d (n bigint);" % number
    assert run_apply(s3, double).answer["counts"]["applied"] == 5
    assert sorted(s3.gets) == sorted(s3.objects)

    assert run_apply(s3, double).answer["counts"]["alreadyApplied"] == 5
    assert s3.gets == []

    s3.objects["m/3_t.sql"] = b"CREATE TABLE t3 (n bigint); -- the third\n"
    changed = run_apply(s3, double).answer
    assert s3.gets == ["m/3_t.sql"]
    assert [problem["code"] for problem in changed["problems"]] == ["layout-changed"]

    s3.objects["m/6_t.sql"] = b"CREATE TABLE t6 (n bigint);"
    run_apply(s3, double)
    assert sorted(s3.gets) == ["m/3_t.sql", "m/6_t.sql"]  # at once, so in either order


def test_ten_thousand_applied_files_cost_no_download_and_little_memory(
    s3: CountingS3, world: World
) -> None:
    text = b"CREATE TABLE first (n bigint);"
    s3.objects["m/000000_first.sql"] = text
    run_apply(s3, world.double)
    columns = (
        "description, kind, checksum, statement_hashes, total, applied, in_doubt, job_ids, "
        "started_at, finished_at, execution_ms, applied_by, source_version, progress, "
        "source_etag, source_size"
    )
    world.postgres.query(
        f"INSERT INTO dsql_migrate.revisions (version, source, {columns}) "
        "SELECT lpad(n::text, 6, '0'), format('s3://files/m/%s_more.sql', lpad(n::text, 6, '0')), "
        f"{columns} FROM dsql_migrate.revisions, generate_series(1, 9999) n"
    )
    for number in range(1, 10_000):
        s3.objects[f"m/{number:06d}_more.sql"] = text
    done = run_apply(s3, world.double)
    assert done.answer["status"] == "UP_TO_DATE"
    assert done.answer["counts"]["alreadyApplied"] == 10_000
    assert s3.gets == []
    assert done.round_trips <= 4
    assert done.peak < KIB_OF_40_MIB

    event = {"command": "info", "source": "s3://files/m/", "target": dsql_target(world.double)}
    environment = credentials(world.double) | {"AWS_ENDPOINT_URL_S3": s3.endpoint}
    seen = 0
    for after in ("", "004999"):
        told = run_event(event | {"after": after}, environment).answer
        assert "omitted" not in told and told["counts"]["alreadyApplied"] == 10_000
        assert told.get("next", "") == ("" if after else "004999")
        seen += len(told["info"])
    assert (seen, s3.gets) == (10_000, [])


def test_memory_follows_the_largest_file_and_not_all_together(
    s3: CountingS3, double: Double
) -> None:
    comment = COMMENT * ((1 << 20) // len(COMMENT))
    for number in range(1, 101):
        s3.objects[f"m/{number}_t.sql"] = comment + b"CREATE TABLE t%d (n bigint);" % number
    done = run_apply(s3, double)
    assert done.answer["counts"]["applied"] == 100
    assert done.peak < KIB_OF_40_MIB
