"""One .zip or .tar.gz as the source, in the package and in S3."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from tests.dsql.double import Double
from tests.support.command_line import (
    Outcome,
    credentials,
    dsql_target,
    run_event,
    user_tables,
    write_files,
)
from tests.support.moto_bucket import MotoBucket

FILES: dict[str, str | bytes] = {
    "1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY);\n",
    "2_stock.sql": "INSERT INTO tea VALUES ('Assam'), ('Sencha');\n",
    "README.md": "no migration",
}
NEW_FILE: dict[str, str | bytes] = {"3_cups.sql": "CREATE TABLE cups (id bigint PRIMARY KEY);\n"}


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def make_zip(files: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def make_tar_gz(files: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(as_bytes(text))
            archive.addfile(member, io.BytesIO(as_bytes(text)))
    return packed.getvalue()


def run_source(double: Double, source: str, bucket: MotoBucket | None = None) -> Outcome:
    environment = credentials(double)
    if bucket:
        environment["AWS_ENDPOINT_URL_S3"] = bucket.endpoint
    return run_event({"source": source, "target": dsql_target(double)}, environment)


def test_an_archive_in_s3_is_applied_and_its_version_and_etag_are_recorded(
    double: Double, bucket: MotoBucket
) -> None:
    stored = bucket.put("app/7.zip", make_zip(FILES))
    first = run_source(double, "s3://releases/app/7.zip", bucket)
    assert first.status == "APPLIED", first.answer
    assert double.query("SELECT count(*) FROM tea") == [("2",)]
    assert double.query(
        "SELECT source, source_version, source_etag FROM dsql_migrate.revisions WHERE version = '2'"
    ) == [("s3://releases/app/7.zip!/2_stock.sql", stored["VersionId"], stored["ETag"])]
    assert run_source(double, "s3://releases/app/7.zip", bucket).status == "UP_TO_DATE"

    # The next release is another archive, of another kind.
    bucket.put("app/8.tgz", make_tar_gz(FILES | NEW_FILE))
    second = run_source(double, "s3://releases/app/8.tgz", bucket)
    assert [row["version"] for row in second.answer["migrations"]] == ["3"]


def test_an_archive_in_the_package_goes_on_where_a_folder_ended(
    double: Double, tmp_path: Path
) -> None:
    assert run_source(double, write_files(tmp_path / "files", FILES)).status == "APPLIED"
    packed = tmp_path / "files.tar.gz"
    packed.write_bytes(make_tar_gz(FILES | NEW_FILE))
    second = run_source(double, f"file://{packed}")
    assert [row["version"] for row in second.answer["migrations"]] == ["3"]
    assert user_tables(double) == ["public.cups", "public.tea"]


def test_an_archive_with_a_bad_entry_applies_nothing_and_names_both(
    double: Double, tmp_path: Path
) -> None:
    packed = tmp_path / "files.zip"
    packed.write_bytes(make_zip(FILES | {"../3_out.sql": "SELECT 1;"}))
    refused = run_source(double, f"file://{packed}")
    assert (refused.exit_code, refused.status) == (2, "INVALID")
    assert str(packed) in refused.answer["errorMessage"]
    assert "../3_out.sql" in refused.answer["errorMessage"]
    assert user_tables(double) == []


def test_an_archive_that_is_not_there_is_named(double: Double, bucket: MotoBucket) -> None:
    refused = run_source(double, "s3://releases/app/none.zip", bucket)
    assert refused.status == "INVALID"
    assert "s3://releases/app/none.zip" in refused.answer["errorMessage"]
